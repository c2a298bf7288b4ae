"""gunicorn for every service; the environment decides (docs/configuration.md)."""

import os
import signal
import threading
from typing import Any

from gunicorn import sock, systemd

from mypay.kit import garbage
from mypay.settings import environment

bind = f"{environment.HOST}:{environment.PORT}"
worker_class = "gthread"
workers = environment.WEB_WORKERS
threads = environment.WEB_THREADS
preload_app = True
keepalive = 75
backlog = 1024
timeout = 60
graceful_timeout = 30 + environment.DRAIN_SECONDS
max_requests = 100_000
max_requests_jitter = 10_000
accesslog = None  # AUDIT-REQUEST and AUDIT-RESPONSE say more
errorlog = "-"
loglevel = "warning"
control_socket_disable = True  # systemd and deploy/runner.py steer the processes
forwarded_allow_ips = ",".join(environment.TRUSTED_PROXIES)


def on_starting(server: Any) -> None:
    """Handed a listening socket (by systemd or deploy/runner.py): also listen on one of its own, for the probes of a deploy."""
    probe = os.environ.get("MYPAY_PROBE_SOCKET")
    handed = systemd.listen_fds(unset_environment=bool(probe))
    if probe and handed:
        first = systemd.SD_LISTEN_FDS_START
        server.LISTENERS = sock.create_sockets(server.cfg, server.log, range(first, first + handed))
        server.LISTENERS.append(sock.UnixSocket(probe, server.cfg, server.log))


def when_ready(server: object) -> None:
    """What is loaded once is shared by all workers and never garbage."""
    garbage.pass_over_what_is_loaded()


def post_worker_init(worker: Any) -> None:
    """SIGTERM: say that we are not ready, take requests for DRAIN_SECONDS more, then finish those at hand."""
    from mypay import wellness

    finish: Any = signal.getsignal(signal.SIGTERM)

    def drain(number: int, frame: Any) -> None:
        wellness.drain()
        if environment.DRAIN_SECONDS:
            threading.Timer(environment.DRAIN_SECONDS, finish, (number, frame)).start()
        else:
            finish(number, frame)

    signal.signal(signal.SIGTERM, drain)
    signal.siginterrupt(signal.SIGTERM, False)


def child_exit(server: object, worker: object) -> None:
    """What an ended worker counted is folded with the others'."""
    from mypay.kit import counters

    counters.tidy()


def post_fork(server: object, worker: object) -> None:
    """A worker opens its own connections."""
    from django.db import connections

    connections.close_all()
