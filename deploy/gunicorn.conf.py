"""gunicorn for every service; the environment decides (docs/configuration.md)."""

import gc

from mypay.settings import environment

bind = f"{environment.HOST}:{environment.PORT}"
worker_class = "gthread"
workers = environment.WEB_WORKERS
threads = environment.WEB_THREADS
preload_app = True
keepalive = 75
backlog = 1024
timeout = 60
graceful_timeout = 30
max_requests = 100_000
max_requests_jitter = 10_000
accesslog = None  # AUDIT-REQUEST and AUDIT-RESPONSE say more
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = ",".join(environment.TRUSTED_PROXIES)


def when_ready(server: object) -> None:
    """What is loaded once is shared by all workers and never garbage."""
    gc.collect()
    gc.freeze()


def post_fork(server: object, worker: object) -> None:
    """A worker opens its own connections; collect less often, as requests make few cycles."""
    from django.db import connections

    connections.close_all()
    gc.set_threshold(50_000, 20, 50)
