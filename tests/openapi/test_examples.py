"""Every route succeeds: with each example of its body as printed, or without a body for something that is there.

A new route with an id in its path needs something of that name in the world (world.py).
"""

from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from schemathesis.core import NOT_SET, Body
from schemathesis.core.jsonschema import make_validator
from schemathesis.schemas import APIOperation

from tests.openapi.described import CHECKS, described, operations, security_scheme
from tests.openapi.world import ADMIN, MERCHANT, World, undone

pytestmark = pytest.mark.django_db
JSON = "application/json"
SUCCESS = {200, 201}
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
    body = examples(WRITES[label])[name]
    bodies = [{**body, **owned} for owned in _all_of(world, [member for member in body if member in OWNED])]
    statuses = {status for one in bodies for status in _statuses(WRITES[label], world, one)}
    assert SUCCESS & statuses, statuses


@pytest.mark.parametrize("label", [label for label in OPERATIONS if label not in WRITES])
def test_call_without_a_body_succeeds(label: str, world: World) -> None:
    statuses = _statuses(OPERATIONS[label], world)
    assert SUCCESS & statuses, statuses


def _statuses(operation: APIOperation, world: World, body: Body = NOT_SET) -> set[int]:
    """The answers about each thing of the world's that the path could name."""
    paths = _all_of(world, [parameter.name for parameter in operation.path_parameters])
    return {_send(operation, world, path, body) for path in paths}


def _all_of(world: World, names: list[str]) -> list[dict[str, str]]:
    """Every way to fill these members with what the world has."""
    return [dict(zip(names, ids, strict=True)) for ids in product(*(world.known[name] for name in names))]


def _send(operation: APIOperation, world: World, path: dict[str, str], body: Body) -> int:
    who = ADMIN if "/admin/" in operation.path else MERCHANT
    headers = {"X-Idempotency-Key": str(uuid4()), **world.credentials(who, security_scheme(operation))}
    case = operation.Case(path_parameters=path, body=body, media_type=None if body is NOT_SET else JSON)
    with undone():
        return case.call_and_validate(headers=headers, checks=CHECKS).status_code
