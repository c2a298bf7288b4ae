"""No test leaves its gateway on paper behind."""

from collections.abc import Iterator

import pytest

from gateways import registry


@pytest.fixture(autouse=True)
def known_gateways() -> Iterator[None]:
    before = dict(registry._connectors)
    yield
    registry._connectors.clear()
    registry._connectors.update(before)
