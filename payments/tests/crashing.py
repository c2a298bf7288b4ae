"""A database that fails in the middle, and a worker that is killed there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection

_SAVEPOINTS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class Killed(BaseException):
    """The process ends here: nobody catches it."""


BROKEN = (OperationalError, Killed)


@contextmanager
def failing(at: int, *, kill: bool) -> Iterator[None]:
    """The `at`-th statement from now (1 is the first) does not reach the database; swallows what comes of that."""
    count = 0

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += not sql.startswith(_SAVEPOINTS)
        if count == at:
            count += 1
            raise Killed() if kill else OperationalError(2013, "Lost connection to server during query")
        return run(sql, params, many, context)

    try:
        with connection.execute_wrapper(execute):
            yield
    except BROKEN as problem:
        if not isinstance(problem, Killed) and problem.args[:1] != (2013,):
            raise
