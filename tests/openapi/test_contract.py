"""Every route, with data as described and otherwise: what comes back is what the description says.

Nothing is left out: whatever a request does is undone after it, so signing out, a new password, a
reset or a fault spoils nothing. Only the header X-Mock-Fault is never sent, as it is not described.
"""

import os
import re
import zlib
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver
from hypothesis.internal.cache import LRUReusedCache
from hypothesis.internal.conjecture import providers
from schemathesis import Case
from schemathesis.core import NOT_SET
from schemathesis.schemas import APIOperation

from merchants.selectors import remember_config
from merchants.states import CONFIG_DEFAULTS, ConfigKey
from mypay.urls import all as all_urls
from tests.openapi.described import CHECKS, described, explore, operations, security_scheme
from tests.openapi.world import ADMIN, MERCHANT, NOBODY, World, undone

pytestmark = pytest.mark.django_db
_DRAWN_ONLY = {"coverage": {"enabled": False}, "examples": {"enabled": False}}
# All examples and corners of each route, always; of drawn cases, which cost most and repeat themselves, the bulk by night.
WHOLE = operations(described({"max-examples": 25 if os.environ.get("NIGHTLY") else 8}))
FEW = operations(described({"mode": "positive", "max-examples": 5}, _DRAWN_ONLY))
ONE = operations(described({"mode": "positive", "max-examples": 1}, _DRAWN_ONLY))
CLOSED = [label for label, operation in WHOLE.items() if security_scheme(operation)]
# All that anybody may call.
OPEN = re.compile(
    r"GET /(api/v1/)?health|GET /(ready|api/(v1/)?health(/liveness|/readiness)?)"
    r"|GET /(api/v1/)?test-scenarios|POST /(api/v1/)?webhooks/test"
    r"|POST /payment/complete|POST /(api/v1/)?payment/{checkout_id}/complete|(GET|POST) /api/v1/payment/{checkout_id}/confirm"
    r"|POST /api/(v1/)?(portal|admin)/auth/(login|token|refresh|logout)|POST /api/(v1/)?portal/auth/register"
)
# What is for people, the description itself, and what is described elsewhere: the vendors' own APIs, and their calls to us.
PAGES = re.compile(
    r"/|/(portal|admin)/.*|/payment/{checkout_id}(/(pay|cancel|result|confirm|phone|return/{order_id}))?|/api/(schema|docs)|/(api/)?metrics"
    r"|/(razorpay|paystack)/.*|/webhook/{token}|/webhooks/(razorpay|paystack)(/{token})?|/api/v1/callback/(razorpay|paystack)"
)
UNREADABLE = b"Duplicate field in request body"  # the body is read before anybody is asked who calls (contract section 1)
OPEN_IN_MAINTENANCE = re.compile(r"/(api/(v1/)?)?(health(/\w+)?|ready|admin/.*)")


@pytest.fixture(autouse=True)
def same_data_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis also draws literals of whatever modules are loaded, and those depend on the tests before."""
    monkeypatch.setattr(providers.HypothesisProvider, "_local_constants", providers.Constants())
    monkeypatch.setattr(providers, "CONSTANTS_CACHE", LRUReusedCache(1024))


def test_description_is_valid_openapi() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file="/dev/null")


def test_every_route_is_described() -> None:
    described_paths = {operation.path for operation in WHOLE.values()}
    for path in _paths(all_urls.urlpatterns):
        assert path in described_paths or PAGES.fullmatch(path), f"{path} is not described"


def test_no_route_is_open_but_those_that_shall_be() -> None:
    assert {label for label in WHOLE if OPEN.fullmatch(label)} == WHOLE.keys() - CLOSED


@pytest.mark.parametrize("label", WHOLE)
def test_call_of_route_is_answered_as_described(label: str, world: World) -> None:
    operation = WHOLE[label]

    def check(case: Case) -> None:
        number = _number(case)
        _name_what_exists(case, world, number)
        headers = world.credentials(_rightful(operation, number), security_scheme(operation))
        with undone():
            case.call_and_validate(headers=headers, checks=CHECKS)

    explore(operation, check)


@pytest.mark.parametrize("label", CLOSED)
def test_call_of_route_by_others_is_refused(label: str, world: World) -> None:
    scheme = security_scheme(FEW[label])
    others = {NOBODY, MERCHANT, ADMIN} - {_rightful(FEW[label], 0)}

    def check(case: Case) -> None:
        for who in sorted(others):
            with undone():
                response = case.call_and_validate(headers=world.credentials(who, scheme), checks=CHECKS)
            assert response.status_code in (401, 403) or UNREADABLE in response.content, (who, response.content)

    explore(FEW[label], check)


@pytest.mark.parametrize("label", ONE)
def test_call_of_route_in_maintenance_is_answered_as_described(label: str, world: World) -> None:
    operation = ONE[label]
    is_open = OPEN_IN_MAINTENANCE.fullmatch(operation.path)

    def check(case: Case) -> None:
        headers = world.credentials(_rightful(operation, 0), security_scheme(operation))
        remember_config({**CONFIG_DEFAULTS, ConfigKey.MAINTENANCE_MODE: "true"})
        with undone():
            response = case.call_and_validate(headers=headers, checks=CHECKS[1:])
        assert is_open or response.status_code == 503

    explore(operation, check)


def _paths(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        found += _paths(pattern.url_patterns, path) if isinstance(pattern, URLResolver) else [path]
    return found


def _rightful(operation: APIOperation, number: int) -> str:
    """Who may come: the one the scheme is for; to an open route anybody, known or not."""
    scheme = security_scheme(operation)
    if not scheme:
        return (NOBODY, MERCHANT, ADMIN)[number // 2 % 3]
    return ADMIN if scheme == "AdminToken" else MERCHANT


def _number(case: Case) -> int:
    """One that the case alone decides, so that a replay decides alike."""
    body = None if case.body is NOT_SET else case.body
    return zlib.crc32(repr((case.path_parameters, dict(case.headers), case.query, body)).encode("utf-8", "replace"))


def _name_what_exists(case: Case, world: World, number: int) -> None:
    """Let every other case be about objects of the world's, so that more than 404 is seen."""
    if number % 2:
        return
    case.path_parameters = _renamed(case.path_parameters, world, number // 2)
    if isinstance(case.body, dict):
        case.body = _renamed(case.body, world, number // 2)


def _renamed(members: dict[str, Any], world: World, number: int) -> dict[str, Any]:
    """The members, those that the world knows by name with its own values."""
    own = {name: world.known[name] for name in members.keys() & world.known.keys()}
    return {**members, **{name: values[number % len(values)] for name, values in own.items()}}
