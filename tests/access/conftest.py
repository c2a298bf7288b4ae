"""One world for all cases of the matrix: each leaves it as it found it."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django import DjangoDbBlocker

from payouts.selectors import forget_codes
from tests.access.wire import Wire, undone
from tests.access.world import World, make_world


@pytest.fixture(scope="package")
def shared(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[World, Wire]]:
    """Made once; a transaction around it takes it away again."""
    with django_db_blocker.unblock(), undone():
        yield make_world(), Wire()
    forget_codes()


@pytest.fixture
def world(shared: tuple[World, Wire], db: None) -> World:
    cache.clear()
    return shared[0]


@pytest.fixture
def wire(shared: tuple[World, Wire]) -> Wire:
    return shared[1]
