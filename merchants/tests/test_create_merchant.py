"""Create a merchant: the service and `manage.py create_merchant`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry
from merchants.authentication import find_merchant
from merchants.models import ApiKey, Member, Merchant, User
from merchants.services.create_merchant import WEBHOOK_SECRET_CONTEXT, create_merchant
from merchants.states import Environment, MerchantStatus, Role, Scope
from mypay.kit.crypto import decrypt
from mypay.kit.errors import ValidationError


def _create(**changes: Any) -> Merchant:
    return create_merchant(**{"email": " Shop@Example.test ", "name": "A", "company_name": "A Ltd", "password": "correct horse", **changes})


def test_create_merchant_is_an_active_sandbox_with_its_owner(db: None) -> None:
    merchant = _create()
    assert (merchant.email, merchant.environment, merchant.status) == ("shop@example.test", Environment.SANDBOX, MerchantStatus.ACTIVE)
    assert merchant.vendor_id == f"MERCHANT_{merchant.pk:06d}"
    owner = Member.objects.get(merchant=merchant)
    assert (owner.role, owner.user.email, owner.user.is_staff) == (Role.OWNER, "shop@example.test", False)
    assert owner.user.check_password("correct horse") and "correct horse" not in owner.user.password
    assert AuditEntry.objects.get(action="merchant.created").merchant_id == merchant.pk


def test_create_merchant_gets_a_webhook_secret_of_its_own(db: None) -> None:
    secrets = {decrypt(_create(email=f"{n}@x.test").webhook_secret_encrypted, context=WEBHOOK_SECRET_CONTEXT) for n in range(3)}
    assert len(secrets) == 3 and all(secret.startswith("whsec_") and len(secret) == 46 for secret in secrets)


def test_create_merchant_without_password_has_no_login(db: None) -> None:
    _create(password=None)
    assert User.objects.count() == 0 and Member.objects.count() == 0


@pytest.mark.parametrize("email", ["shop@example.test", "SHOP@example.TEST", "  shop@example.test"])
def test_create_merchant_with_a_taken_address_is_refused_and_leaves_nothing(db: None, email: str) -> None:
    _create()
    with pytest.raises(ValidationError, match="already exists") as refused:
        _create(email=email)
    assert refused.value.field == "email"
    assert (Merchant.objects.count(), User.objects.count()) == (1, 1)


def test_create_merchant_command_prints_login_and_keys_once(db: None) -> None:
    out = StringIO()
    call_command("create_merchant", email="New@shop.test", name="New", company="New Ltd", json=True, stdout=out)
    told = json.loads(out.getvalue())
    merchant = Merchant.objects.get()
    assert list(told) == ["merchant", "email", "password", "payouts_key", "payments_key"]
    assert (told["merchant"], told["email"], merchant.company_name) == (merchant.vendor_id, "new@shop.test", "New Ltd")
    assert User.objects.get().check_password(told["password"])
    assert find_merchant(told["payouts_key"], (Scope.PAYOUTS,)) is not None
    assert find_merchant(told["payments_key"], (Scope.PAYMENTS,)) is not None
    assert ApiKey.objects.count() == 2


def test_create_merchant_command_refuses_a_taken_address(db: None) -> None:
    _create()
    with pytest.raises(CommandError, match="already exists"):
        call_command("create_merchant", email="shop@example.test", name="B")
    assert ApiKey.objects.count() == 0
