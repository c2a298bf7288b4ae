"""The gateways there are. A folder registers its connector; nothing else knows their names."""

from collections.abc import Iterable

from gateways.contract import Connector, Spec

_connectors: dict[str, type[Connector]] = {}


def register(connector: type[Connector]) -> None:
    """Make a gateway known; the app calls this when it is ready."""
    _connectors[connector.spec.name] = connector


def connector(name: str) -> type[Connector]:
    """The connector of that gateway; KeyError for one that is not there."""
    return _connectors[name]


def spec_of(name: str) -> Spec | None:
    """What that gateway is and can do, None for one that is not there."""
    known = _connectors.get(name)
    return known.spec if known else None


def specs() -> Iterable[Spec]:
    """What every gateway is and can do."""
    return [known.spec for known in _connectors.values()]
