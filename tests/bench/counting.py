"""How many statements the database executes for one request, those inside a compound one included."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client

from tests.bench.data import World, many_payouts, reset

PATH = "/api/v1/payouts"
# Reading the counters is itself a statement; the compound one is counted by what is inside it.
_NOT_COUNTED = ("Com_show_status", "Com_compound_sql")


def _counters() -> dict[str, int]:
    """This connection's own counters: what others do on the server does not disturb them."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Com\\_%'")
        return {name: int(count) for name, count in cursor.fetchall() if name not in _NOT_COUNTED}


def _executed(request: Callable[[], Any], status: int) -> dict[str, int]:
    before = _counters()
    answer = request()
    after = _counters()
    if answer.status_code != status:
        raise SystemExit(f"{answer.status_code} instead of {status}: {answer.content!r}")
    changed = {name.removeprefix("Com_"): after[name] - count for name, count in before.items()}
    return {name: count for name, count in changed.items() if count}


def _create(client: Client, key: str) -> Any:
    body = {"merchantReference": str(uuid.uuid4()), "amount": "1.00", "destType": "BANK", "bankCode": "HBL", "accountNumber": "12345670001"}
    headers = {"X-API-KEY": key, "X-Idempotency-Key": str(uuid.uuid4())}
    return client.post(PATH, json.dumps(body), content_type="application/json", headers=headers)


def _get(client: Client, key: str, path: str) -> Any:
    return client.get(path, headers={"X-API-KEY": key})


def statements(world: World) -> dict[str, Any]:
    """Statements of one create, and of list and get with one payout and with a thousand."""
    reset()
    client, key = Client(), world.keys[0]
    payout = _create(client, key).json()["data"]["id"]
    found: dict[str, Any] = {"create": _executed(lambda: _create(client, key), 201)}
    paths = {"get": f"{PATH}/{payout}", "list": PATH, "list_by_cursor": f"{PATH}?cursor="}
    few = {name: sum(_executed(lambda path=path: _get(client, key, path), 200).values()) for name, path in paths.items()}
    many_payouts(world, 1000)
    many = {name: sum(_executed(lambda path=path: _get(client, key, path), 200).values()) for name, path in paths.items()}
    reset()
    return {**found, "create_total": sum(found["create"].values()), "reads_few_rows": few, "reads_many_rows": many}
