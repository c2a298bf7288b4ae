"""Two sealers at once make one chain."""

import threading
from typing import Any

import pytest
from django.db import connection, connections

from audit.services.record import record
from audit.services.seal import seal
from audit.services.verify import findings
from audit.tags import Tag


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_seal_overtaken_between_its_reads_leaves_the_chain_whole() -> None:
    for number in range(3):
        record(tag=Tag.ADMIN_CHANGED, resource_id=number)
    overtaken = False

    def between(execute: Any, sql: str, params: Any, many: bool, told: Any) -> Any:
        nonlocal overtaken
        if "audit_auditentry" in sql and sql.startswith("SELECT") and not overtaken:
            overtaken = True
            other = threading.Thread(target=lambda: (seal(), connections.close_all()))
            other.start()
            other.join()
        return execute(sql, params, many, told)

    with connection.execute_wrapper(between):
        seal()
    assert overtaken and list(findings()) == []
