"""`--with-database`: of a second run of the suite, on another database, only what asks a database."""

import pytest

_ASKS = {"django_db", "mariadb", "processes", "browser"}
_FIXTURES = {"db", "transactional_db", "live_server"}
# They start programs that ask it.
_BY_PROGRAMS = (
    "tests/processes/", "tests/browser/", "tests/gateways/", "tests/deploy/test_scripts.py", "tests/deploy/test_drill.py",
    "mypay/tests/test_replica.py", "mypay/tests/test_operations.py",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--with-database", action="store_true", help="leave out the tests that ask no database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--with-database"):
        others = [item for item in items if not _asks(item)]
        items[:] = [item for item in items if _asks(item)]
        config.hook.pytest_deselected(items=others)


def _asks(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    marks = {mark.name for mark in item.iter_markers()}
    return bool(fixtures & _FIXTURES or marks & _ASKS) or item.nodeid.startswith(_BY_PROGRAMS)
