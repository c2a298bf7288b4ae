"""Every example of the description, sent as printed, succeeds; every route that takes a body has one."""

from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from schemathesis.core.jsonschema import make_validator
from schemathesis.schemas import APIOperation

from tests.openapi.described import CHECKS, SUCCESS, described, operations, security_scheme
from tests.openapi.world import ADMIN, MERCHANT, World, undone

pytestmark = pytest.mark.django_db
JSON = "application/json"
OWNED = ("checkoutId", "paymentId", "payoutId", "refresh")  # what is printed there stands for the reader's own
OPERATIONS = operations(described())
WRITES = {
    label: operation
    for label, operation in OPERATIONS.items()
    if JSON in operation.definition.raw.get("requestBody", {}).get("content", {})
}


def examples(operation: APIOperation) -> dict[str, Any]:
    content = operation.definition.raw["requestBody"]["content"][JSON]
    return {name: example["value"] for name, example in content.get("examples", {}).items()}


PRINTED = [(label, name) for label, operation in WRITES.items() for name in examples(operation)]


@pytest.mark.parametrize("label", WRITES)
def test_route_with_a_body_has_an_example(label: str) -> None:
    assert examples(WRITES[label])


@pytest.mark.parametrize(("label", "name"), PRINTED)
def test_example_is_as_the_route_describes_its_body(label: str, name: str) -> None:
    body = WRITES[label].get_body_for_media_type(JSON)
    assert body is not None
    make_validator(body.optimized_schema, WRITES[label].schema.adapter.jsonschema_validator_cls).validate(examples(WRITES[label])[name])


@pytest.mark.parametrize(("label", "name"), PRINTED)
def test_example_sent_as_printed_succeeds(label: str, name: str, world: World) -> None:
    operation, body = WRITES[label], examples(WRITES[label])[name]
    paths = _all_of(world, [parameter.name for parameter in operation.path_parameters])
    bodies = [{**body, **owned} for owned in _all_of(world, [member for member in body if member in OWNED])]
    statuses = {_send(operation, world, path, body) for path, body in product(paths, bodies)}
    assert SUCCESS & statuses, statuses


def _all_of(world: World, names: list[str]) -> list[dict[str, str]]:
    """Every way to fill these members with what the world has."""
    return [dict(zip(names, ids, strict=True)) for ids in product(*(world.known[name] for name in names))]


def _send(operation: APIOperation, world: World, path: dict[str, str], body: dict[str, Any]) -> int:
    who = ADMIN if "/admin/" in operation.path else MERCHANT
    headers = {"X-Idempotency-Key": str(uuid4()), **world.credentials(who, security_scheme(operation))}
    case = operation.Case(path_parameters=path, body=body, media_type=JSON)
    with undone():
        return case.call_and_validate(headers=headers, checks=CHECKS).status_code
