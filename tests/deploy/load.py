"""Constant load through nginx: half reads, half payouts, each over a connection that is kept."""

import http.client
import json
import socket
import ssl
import threading
import time
import uuid
from dataclasses import dataclass, field

from tests.deploy.machine import DOMAIN

HOST = f"sandbox.{DOMAIN}"
_PAYOUT = {"amount": "1.00", "destType": "BANK", "bankCode": "HBL", "accountNumber": "1234567890", "accountTitle": "Drill"}


class Connection(http.client.HTTPSConnection):
    """To this machine's nginx, under the gateway's name."""

    def __init__(self, port: int) -> None:
        super().__init__(HOST, port, timeout=60, context=ssl._create_unverified_context())

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = ssl._create_unverified_context().wrap_socket(plain, server_hostname=HOST)


@dataclass
class Load:
    """Runs while its block does; `failures` are answers that were none, or not the wanted ones.

    With `again`, a request that got no answer is sent once more under its idempotency key, as clients are told to.
    """

    port: int
    key: str
    again: bool = False
    failures: list[str] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    reads: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)
    _is_over: bool = False

    def __enter__(self) -> "Load":
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(6)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join()

    def _client(self, number: int) -> None:
        connection = Connection(self.port)
        while not self._is_over:
            if number % 2:
                self._pay(connection)
            else:
                self._read(connection)
            time.sleep(0.1)
        connection.close()

    def _read(self, connection: Connection) -> None:
        status, body = self._ask(connection, "GET", "/api/v1/balance", None, {})
        self.reads += 1
        if status != 200:
            self.failures.append(f"GET {status} {body}")

    def _pay(self, connection: Connection) -> None:
        headers = {"X-IDEMPOTENCY-KEY": str(uuid.uuid4())}
        body = json.dumps({**_PAYOUT, "merchantReference": uuid.uuid4().hex})
        status, answer = self._ask(connection, "POST", "/api/v1/payouts", body, headers)
        deadline = time.monotonic() + 60
        while self.again and status in (0, 409, 502, 503, 504) and time.monotonic() < deadline:
            self.repeats.append(f"POST {status} {answer}")
            time.sleep(0.5)
            status, answer = self._ask(connection, "POST", "/api/v1/payouts", body, headers)
        if status == 201:
            self.accepted.append(json.loads(answer)["data"]["id"])
        else:
            self.failures.append(f"POST {status} {answer}")

    def _ask(self, connection: Connection, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        try:
            connection.request(method, path, body, {"X-API-KEY": self.key, "Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as problem:
            connection.close()
            return 0, repr(problem)
