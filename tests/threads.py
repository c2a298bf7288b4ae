"""For tests whose threads meet in the database: real ones, and a database that lets them run."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from mypay.settings import environment

Test = TypeVar("Test", bound=Callable[..., Any])

WITH_THREADS = [
    pytest.mark.mariadb,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        environment.DATABASE_URL.startswith("sqlite"),
        reason="SQLite's tests share one in-memory connection: threads need MariaDB",
    ),
]


def with_threads(test: Test) -> Test:
    """Mark one test so; a whole module by `pytestmark = WITH_THREADS`."""
    for mark in WITH_THREADS:
        test = mark(test)
    return test
