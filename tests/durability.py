"""The tests' MariaDB writes commits to disk once a second, not each before it answers: no test crashes that server.

Servers that a test starts for itself, to crash and restore them, keep their own setting.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

_READ, _SET = "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit", "SET GLOBAL innodb_flush_log_at_trx_commit = %s"
_AT_EVERY_COMMIT, _EVERY_SECOND = 1, 0
_URL = os.environ.get("DATABASE_URL", "")
_changed = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Once a run, by its controller, where the server lets us; who finds it changed leaves it to whoever did that."""
    is_worker = hasattr(config, "workerinput")
    if _URL.startswith("mysql") and not is_worker and not config.option.collectonly and _ask(_READ) == _AT_EVERY_COMMIT:
        _ask(_SET, _EVERY_SECOND)
        config.stash[_changed] = _ask(_READ) == _EVERY_SECOND


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(_changed, False):
        _ask(_SET, _AT_EVERY_COMMIT)


@pytest.fixture
def durable() -> Iterator[None]:
    """The server as an operator has it: every commit is on disk."""
    is_changed = _URL.startswith("mysql") and _ask(_READ) == _EVERY_SECOND
    if is_changed:
        _ask(_SET, _AT_EVERY_COMMIT)
    yield
    if is_changed:
        _ask(_SET, _EVERY_SECOND)


def _ask(statement: str, *values: int) -> Any:
    """What the server answers, in one value; None if it refuses or is not there."""
    import MySQLdb

    parts = urlsplit(_URL)
    where = {"host": parts.hostname or "", "port": parts.port or 3306, "user": parts.username or "", "passwd": parts.password or ""}
    with contextlib.suppress(MySQLdb.Error), contextlib.closing(MySQLdb.connect(**where)) as connection:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return next(iter(cursor.fetchone() or ()), None)
    return None
