"""Who may call: `X-API-KEY` (contract section 1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from conftest import Api
from merchants.models import ApiKey, Merchant
from merchants.services.issue_key import issue_key, revoke_key
from merchants.states import MerchantStatus, Scope
from mypay.kit.clock import real_now

INVALID = {"error": {"message": "Invalid API key", "code": "INVALID_API_KEY"}}


def _call(key: str, path: str = "/api/v1/balance", name: str = "X-API-KEY") -> Any:
    return Client().get(path, headers={name: key})


@pytest.mark.parametrize("name", ["X-API-KEY", "X-Api-Key", "x-api-key"])
def test_authenticate_own_key_opens_own_data(merchant: Merchant, name: str) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    assert _call(issued.key, name=name).status_code == 200
    assert _call(f"  {issued.key} ").status_code == 200


def test_authenticate_revoked_key_is_refused_at_once(merchant: Merchant) -> None:
    issued, other = (issue_key(merchant=merchant, scope=Scope.PAYOUTS) for _ in range(2))
    assert _call(issued.key).status_code == 200
    revoke_key(issued.row)
    response = _call(issued.key)
    assert (response.status_code, response.json()) == (401, INVALID)
    assert _call(other.key).status_code == 200


@pytest.mark.parametrize(("ahead", "status"), [(timedelta(minutes=1), 200), (timedelta(0), 401), (timedelta(days=-1), 401)])
def test_authenticate_key_works_until_it_expires(merchant: Merchant, ahead: timedelta, status: int) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYOUTS, expires_at=real_now() + ahead)
    response = _call(issued.key)
    assert response.status_code == status
    assert status == 200 or response.json() == INVALID


def test_authenticate_key_of_another_scope_is_refused(merchant: Merchant) -> None:
    payments = issue_key(merchant=merchant, scope=Scope.PAYMENTS)
    response = _call(payments.key)
    assert (response.status_code, response.json()) == (401, INVALID)
    assert _call(payments.key, "/api/v1/sandbox/clock").status_code == 200  # the controls open to any key of theirs


@pytest.mark.parametrize("status", [MerchantStatus.INACTIVE, MerchantStatus.SUSPENDED])
def test_authenticate_merchant_that_is_not_active_is_refused_until_it_is(merchant: Merchant, api: Api, status: MerchantStatus) -> None:
    for wanted, code in ((status, 401), (MerchantStatus.ACTIVE, 200)):
        Merchant.objects.filter(pk=merchant.pk).update(status=wanted)
        response = api.get("/balance")
        assert response.status_code == code
    Merchant.objects.filter(pk=merchant.pk).update(status=status)
    assert api.get("/balance").json() == INVALID
    assert api.payout().json() == INVALID


@pytest.mark.parametrize(
    "key",
    ["x", "test-anything", "mypay_", f"mypay_{'0' * 64}", "' OR 1=1 --", "%", "é", "x" * 201, "x" * 100_000, "None", "null", "\x7f"],
)
def test_authenticate_unknown_key_is_refused(merchant: Merchant, key: str) -> None:
    response = _call(key)
    assert (response.status_code, response.json()) == (401, INVALID)


@pytest.mark.parametrize("key", ["", " ", "\t"])
def test_authenticate_without_key_is_refused(merchant: Merchant, key: str) -> None:
    response = _call(key)
    assert (response.status_code, response.json()) == (401, {"error": {"message": "API key is required", "code": "MISSING_API_KEY"}})


def test_authenticate_hash_of_a_key_is_no_key(merchant: Merchant) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    for other in (issued.row.sha256, issued.key.upper(), issued.key[:-1], f"{issued.key}0", issued.row.encrypted, issued.row.hint):
        assert _call(other).status_code == 401


def test_authenticate_each_key_sees_its_own_merchant(merchant: Merchant, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    mine, theirs = api_of(merchant), api_of(stranger)
    created = mine.payout().json()["data"]
    assert created["merchantId"] == merchant.pk
    assert theirs.get("/payouts").json()["data"]["payouts"] == []
    assert ApiKey.objects.filter(merchant=merchant).count() == 1
