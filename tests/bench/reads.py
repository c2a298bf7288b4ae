"""Lists of a merchant with a million payouts, over HTTP: a deep page costs what the first one costs."""

import base64
import http.client
import json
import statistics
import time
from typing import Any

from tests.bench.data import World
from tests.bench.server import Server

PATH = "/api/v1/payouts"
DEEP_PAGE = 10_000
LIMIT = 20
_CALLS = 60


class Reader:
    """One kept-alive connection with a key."""

    def __init__(self, server: Server, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._headers = {"X-API-KEY": key}

    def timed(self, path: str) -> tuple[float, dict[str, Any]]:
        """Milliseconds, and the answer's `data`; anything but 200 ends the bench."""
        started = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise SystemExit(f"GET {path}: {answer.status} {body!r}")
        data: dict[str, Any] = json.loads(body)["data"]
        return took, data


def _cursor(row: str) -> str:
    """The cursor after a row, as `mypay.kit.paging` makes it; walking 10,000 pages would take minutes."""
    return base64.urlsafe_b64encode(row.encode()).decode().rstrip("=")


def _by_cursor(after: str) -> str:
    return f"{PATH}?limit={LIMIT}&cursor={after}"


def _by_number(number: int) -> str:
    return f"{PATH}?limit={LIMIT}&page={number}"


def _ids(data: dict[str, Any]) -> list[str]:
    return [row["id"] for row in data["payouts"]]


def pages(server: Server, world: World, rows: int) -> dict[str, Any]:
    """Medians in ms of the first, the 10,000th and the last page by cursor, and of the numbered ones.

    The deep page by cursor must be the deep page by number, row for row.
    """
    reader = Reader(server, world.keys[0])
    last = rows // LIMIT
    before_deep, before_last = (_ids(reader.timed(_by_number(page - 1))[1])[-1] for page in (DEEP_PAGE, last))
    targets = {"first": _by_cursor(""), "deep": _by_cursor(_cursor(before_deep)), "last": _by_cursor(_cursor(before_last))}
    by_number = reader.timed(_by_number(DEEP_PAGE))[1]
    if _ids(by_number) != _ids(reader.timed(targets["deep"])[1]):
        raise SystemExit(f"page {DEEP_PAGE} by cursor is not page {DEEP_PAGE} by number")
    taken: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(_CALLS):
        for name, path in targets.items():
            taken[name].append(reader.timed(path)[0])
    numbered = {f"page_{number}": statistics.median(reader.timed(_by_number(number))[0] for _ in range(5)) for number in (1, DEEP_PAGE)}
    return {
        "rows": rows,
        "limit": LIMIT,
        "by_cursor_ms": {name: statistics.median(times) for name, times in taken.items()},
        "by_number_ms": numbered,
        "pagination": by_number["pagination"],
    }
