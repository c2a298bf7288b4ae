"""What an account may be given; every refusal names the field."""

from collections.abc import Mapping
from typing import Any

from gateways import registry
from gateways.contract import Spec
from gateways.errors import refused
from mypay.kit.outbound import OutboundRefused, check_url

MAX_NAME = 80
MAX_SECRET = 500
MAX_LIMIT = 10**15
MAX_PRIORITY = 1_000_000
MAX_WEIGHT = 10_000


def checked_gateway(name: str) -> Spec:
    """The spec of that gateway."""
    spec = registry.spec_of(name)
    if spec is None:
        raise refused("gateway", f"gateway must be one of {', '.join(sorted(known.name for known in registry.specs()))}")
    return spec


def checked_name(value: str) -> str:
    name = value.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise refused("name", f"name must be text of 1 to {MAX_NAME} characters")
    return name


def checked_credentials(spec: Spec, given: Mapping[str, str]) -> dict[str, str]:
    """What the gateway asks for, no more; what may be left out and is empty is left out."""
    known = {credential.name: credential for credential in spec.credentials}
    for name in given:
        if name not in known:
            raise refused(name, f"{spec.label} has no credential {name}")
    kept = {name: checked_secret(name, given[name]) for name in known if given.get(name)}
    for credential in spec.credentials:
        if credential.is_required and credential.name not in kept:
            raise refused(credential.name, f"{credential.label} is required")
    return kept


def checked_secret(field: str, value: str) -> str:
    """Text that a header can carry, without spaces around it."""
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > MAX_SECRET or not text.isprintable():
        raise refused(field, f"{field} must be text of at most {MAX_SECRET} characters")
    return text


def checked_base_url(value: str) -> str:
    """An http or https URL without the slash at its end; empty: the gateway's own."""
    url = value.strip()
    if url:
        try:
            check_url(url)
        except OutboundRefused:
            raise refused("base_url", "base_url must be an http or https URL") from None
    return url.rstrip("/")


def checked_limit(field: str, value: int | None) -> int | None:
    """Minor units, at least one; None: no limit."""
    if value is not None and not 1 <= value <= MAX_LIMIT:
        raise refused(field, f"{field} must be from 1 to {MAX_LIMIT} minor units")
    return value


def checked_number(field: str, value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or not least <= value <= most:
        raise refused(field, f"{field} must be a whole number from {least} to {most}")
    return value


def checked_priority(value: Any) -> int:
    return checked_number("priority", value, 0, MAX_PRIORITY)


def checked_weight(value: Any) -> int:
    return checked_number("weight", value, 1, MAX_WEIGHT)
