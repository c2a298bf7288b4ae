"""A vendor's key that is one secret text, sent as a bearer: its public key follows from it."""

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.request import Request

from audit.models import ApiRequest
from audit.request_log import RequestLog
from merchants.authentication import BearerKeyAuthentication
from merchants.key_forms import CORE_SCOPES
from merchants.models import ApiKey, Merchant
from merchants.selectors import newest_secret
from merchants.services.issue_key import IssuedKey, issue_key, reveal_key, revoke_key
from merchants.states import Environment, Scope
from mypay.kit.api import JsonView, Reply
from mypay.kit.clock import real_now


class _Bearer(BearerKeyAuthentication):
    scopes = (Scope.PAYSTACK,)


class _Vendor(JsonView):
    authentication_classes = [_Bearer]

    def get(self, request: Request) -> HttpResponse:
        return Reply.of(200, {"merchant": request.user.pk}).response()


urlpatterns = [path("transaction", _Vendor.as_view())]
at_vendor = pytest.mark.urls(__name__)


@pytest.fixture
def made(merchant: Merchant) -> IssuedKey:
    return issue_key(merchant=merchant, scope=Scope.PAYSTACK, label="sdk")


def call(header: str, **more: Any) -> Any:
    return Client().get("/transaction", headers={"Authorization": header}, **more)


@pytest.mark.parametrize(("environment", "mode"), [(Environment.SANDBOX, "test"), (Environment.LIVE, "live")])
def test_issue_has_the_vendors_form_and_keeps_nothing_in_clear(merchant: Merchant, environment: Environment, mode: str) -> None:
    merchant.environment = environment
    made = issue_key(merchant=merchant, scope=Scope.PAYSTACK)
    assert re.fullmatch(f"sk_{mode}_[0-9a-f]{{40}}", made.key) and re.fullmatch(f"pk_{mode}_[0-9a-f]{{40}}", made.public_key)
    assert made.key[8:] != made.public_key[8:] and made.secret == ""
    assert all(made.key not in str(value) for value in ApiKey.objects.values().get().values())
    again = reveal_key(ApiKey.objects.get())
    assert (again.key, again.public_key) == (made.key, made.public_key)
    assert issue_key(merchant=merchant, scope=Scope.PAYOUTS).public_key == ""


@at_vendor
def test_bearer_opens_its_own_merchant_and_no_core_api(made: IssuedKey, stranger: Merchant) -> None:
    theirs = issue_key(merchant=stranger, scope=Scope.PAYSTACK)
    assert call(f"Bearer {made.key}").json() == {"merchant": made.row.merchant_id}
    assert call(f"bearer  {theirs.key} ").json() == {"merchant": stranger.pk}
    plain = issue_key(merchant=stranger, scope=Scope.PAYOUTS).key
    for header in ("", "Bearer", f"Bearer {plain}", f"Bearer {made.public_key}", f"Basic {made.key}", f"Bearer {'x' * 300}", made.key):
        response = call(header)
        assert (response.status_code, response.json()["error"]["message"]) == (401, "Invalid key"), header
    assert Scope.PAYSTACK not in CORE_SCOPES


@at_vendor
def test_bearer_ends_with_revocation_and_expiry_and_works_from_its_addresses_only(merchant: Merchant, made: IssuedKey) -> None:
    late = issue_key(merchant=merchant, scope=Scope.PAYSTACK, expires_at=real_now() - timedelta(seconds=1))
    near = issue_key(merchant=merchant, scope=Scope.PAYSTACK, allowed_ips="203.0.113.7")
    assert [call(f"Bearer {near.key}", REMOTE_ADDR=f"203.0.113.{last}").status_code for last in (7, 8)] == [200, 401]
    revoke_key(made.row)
    assert [call(f"Bearer {key.key}").status_code for key in (late, made)] == [401, 401]


@at_vendor
def test_bearer_key_is_logged_nowhere(made: IssuedKey, request_log: RequestLog) -> None:
    assert call(f"Bearer {made.key}").status_code == 200
    request_log.flush()
    kept = ApiRequest.objects.values().get()
    assert kept["merchant_id"] == made.row.merchant_id and all(made.key not in str(value) for value in kept.values())


def test_newest_secret_is_the_newest_working_key(merchant: Merchant, made: IssuedKey) -> None:
    newer = issue_key(merchant=merchant, scope=Scope.PAYSTACK)
    issue_key(merchant=merchant, scope=Scope.PAYSTACK, expires_at=real_now() - timedelta(seconds=1))
    assert newest_secret(merchant, Scope.PAYSTACK) == newer.key
    revoke_key(newer.row)
    assert newest_secret(merchant, Scope.PAYSTACK) == made.key
    revoke_key(made.row)
    assert newest_secret(merchant, Scope.PAYSTACK) == ""


def test_command_prints_the_key_and_its_public_one(merchant: Merchant) -> None:
    out = StringIO()
    call_command("issue_key", merchant=merchant.email, scope="paystack", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert list(told) == ["key", "publicKey", "scope", "merchant"] and told["publicKey"].startswith("pk_test_")
