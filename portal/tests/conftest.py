"""A merchant with money, its owner signed in, and a way to make payouts."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from ledger.services.top_up import top_up
from merchants.models import Merchant, User
from merchants.services.create_merchant import create_merchant
from merchants.tests.factories import forget_events
from mypay.kit import clock, idempotency
from payouts.models import DirectoryEntry, Payout
from payouts.selectors import forget_codes
from payouts.services.create import create_payout

PASSWORD = "correct horse battery"
MakePayout = Callable[..., Payout]


@pytest.fixture
def merchant(db: None) -> Merchant:
    return _merchant("owner@shop.example")


@pytest.fixture
def stranger(db: None) -> Merchant:
    return _merchant("owner@elsewhere.example")


def _merchant(email: str) -> Merchant:
    made = create_merchant(email=email, name="Owner", company_name="Shop", password=PASSWORD)
    top_up(merchant=made, currency="PKR", amount=100_000_000)
    forget_events(made)
    return made


@pytest.fixture
def user(merchant: Merchant) -> User:
    return User.objects.get(email=merchant.email)


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def make_payout(db: None) -> MakePayout:
    DirectoryEntry.objects.get_or_create(kind="BANK", code="HBL", defaults={"name": "Habib Bank Limited"})
    forget_codes()

    def make(merchant: Merchant, reference: str = "") -> Payout:
        body = {
            "merchantReference": reference or str(uuid4()),
            "amount": 1500,
            "destType": "BANK",
            "bankCode": "HBL",
            "accountNumber": "12345670001",
        }
        claim = idempotency.claim(owner_id=merchant.pk, header=str(uuid4()), method="POST", path="/", body=body, now=clock.now(merchant))
        reply = create_payout(merchant=merchant, body=body, claim=claim)
        assert reply.status == 201, reply.body
        return Payout.objects.get(merchant=merchant, merchant_reference=body["merchantReference"])

    return make
