"""A gateway's server on this machine that does as the test says; each gateway's own stand-in says what it answers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Refusal(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


_BEFORE = {"refuse": (400, "Refused by the test"), "busy": (429, "Too many requests"), "down": (503, "Out of order")}


class Standin:
    """`troubles` befall the next requests, one each:

    `refuse` (400, nothing done), `busy` (429), `down` (503, nothing done), `cut` (done, but no answer comes),
    `garble` (done, the answer is no JSON).
    """

    base = ""  # what its paths begin with

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.calls: list[tuple[str, str]] = []
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("GET", {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self._answer("POST", json.loads(self.rfile.read(length) or b"{}"))

            def _answer(self, method: str, body: Any) -> None:
                path = self.path.removeprefix(standin.base)
                standin.calls.append((method, path))
                trouble = standin.troubles.pop(0) if standin.troubles else ""
                try:
                    if trouble in _BEFORE:
                        raise Refusal(*_BEFORE[trouble])
                    status, content = standin.act(method, path, body, dict(self.headers))
                except Refusal as no:
                    status, content = no.status, standin.refused(no.words)
                if trouble == "cut":
                    self.close_connection = True
                    return
                told = b"<html>" if trouble == "garble" else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """From now on nothing listens there."""
        self.server.shutdown()
        self.server.server_close()

    @property
    def begun(self) -> dict[str, Any]:
        """The orders that were opened there."""
        raise NotImplementedError

    def act(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        """The answer's status and content; raises Refusal."""
        raise NotImplementedError

    def refused(self, words: str) -> Any:
        """A refusal's content."""
        raise NotImplementedError
