"""A shop's webhook endpoint on this machine."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.cache import cache


@dataclass(frozen=True)
class Call:
    """One request that came; header names in lower case."""

    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Answers `status`, or what `statuses` holds first, with `answer_headers`; remembers what came.

    Of deliveries that are under way together any may come first: `refuse_once` names the one that shall meet a 500.
    """

    def __init__(self) -> None:
        self.status = 200
        self.statuses: list[int] = []
        self.refuse_once = ""
        self.answer_headers: dict[str, str] = {}
        self.received: list[Call] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Call(headers, body, self.path))
                self.send_response(receiver.next_status(headers.get("webhook-id", "")))
                for name, value in {**receiver.answer_headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def next_status(self, webhook_id: str) -> int:
        if webhook_id and webhook_id == self.refuse_once:
            self.refuse_once = ""
            return 500
        return self.statuses.pop(0) if self.statuses else self.status

    @property
    def calls(self) -> list[tuple[dict[str, str], bytes]]:
        """What came, as pairs of headers and body."""
        return [(call.headers, call.body) for call in self.received]

    def types(self) -> list[str]:
        """The types of the events that came, in the dialect mypay."""
        return [call.json["type"] for call in self.received]

    def forget(self) -> None:
        self.received.clear()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    cache.clear()
    running = Receiver()
    yield running
    running.close()
