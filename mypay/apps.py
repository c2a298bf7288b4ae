"""The project itself as an app, where commands that span apps live; and Django's admin on our site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class MyPayConfig(AppConfig):
    name = "mypay"
    label = "mypay"
    verbose_name = "MyPay"
    default = True

    def ready(self) -> None:
        from celery.signals import worker_init, worker_ready
        from django.db.backends.signals import connection_created

        from mypay.kit import counters, garbage

        connection_created.connect(counters.watch_queries, dispatch_uid="mypay.queries")
        worker_init.connect(lambda **_: garbage.pass_over_what_is_loaded(), weak=False)  # before it forks
        worker_ready.connect(_serve_metrics, weak=False)


def _serve_metrics(**_: object) -> None:
    """A Celery worker's own metrics, where METRICS_PORT asks for them."""
    from mypay.kit import counters
    from mypay.metrics import server

    counters.tidy()
    server.serve()


class StaffAdminConfig(admin.AdminConfig):
    """Django's admin, on our site."""

    default = False
    default_site = "portal.staff.site.StaffSite"
