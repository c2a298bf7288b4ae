"""A worker's own metrics, on METRICS_PORT: it has no web server, and in a cluster its own disk."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import structlog
from django.db import connections
from prometheus_client import CONTENT_TYPE_LATEST

from mypay.kit.crypto import same
from mypay.metrics.view import page
from mypay.settings import environment

log = structlog.get_logger("mypay.metrics")


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        if self.path.partition("?")[0] not in ("/metrics", "/health"):
            self._answer(404, b"")
        elif self.path.startswith("/health"):
            self._answer(200, b"ok\n")
        elif not self._may_read():
            self._answer(403, b"")
        else:
            try:
                self._answer(200, page())
            finally:
                connections.close_all()  # no connection outlives the answer: a worker that forks would share it

    def _may_read(self) -> bool:
        if environment.METRICS_TOKEN:
            return same(self.headers.get("Authorization", ""), f"Bearer {environment.METRICS_TOKEN}")
        peer = ip_address(self.client_address[0])
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in network for network in environment.METRICS_NETWORKS)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST if body[:1] == b"#" else "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Scrapes are no news."""


def serve() -> ThreadingHTTPServer | None:
    """Serve from a thread until the process ends; None where METRICS_PORT is 0. A port that is taken is told, no more."""
    if not environment.METRICS_PORT or not environment.METRICS_ENABLED:
        return None
    try:
        server = ThreadingHTTPServer((environment.HOST, environment.METRICS_PORT), _Handler)
    except OSError as problem:
        log.warning("metrics are not served", port=environment.METRICS_PORT, error=str(problem))
        return None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
