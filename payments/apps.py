"""The payments app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from mypay.kit import scheduling
        from payments.models import Checkout
        from payments.services import expire

        scheduling.register(
            scheduling.Kind("checkout", "payments.expire_due", Checkout, run=expire.expire_checkout, give_up=expire.rest_checkout)
        )
