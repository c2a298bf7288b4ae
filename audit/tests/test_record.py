"""What an audit entry keeps: who, from where, and no secret (contract section 11)."""

import contextvars
import json
from collections.abc import Callable

import pytest
from django.db import transaction

from audit import context
from audit.models import AuditEntry
from audit.services.record import record
from audit.tags import Tag
from conftest import Api
from merchants.models import Merchant
from merchants.services.issue_key import issue_key, reveal_key, revoke_key
from merchants.states import Scope
from merchants.tests.factories import PASSWORD, make_merchant


def test_record_outside_a_request_is_the_systems(db: None) -> None:
    contextvars.Context().run(record, tag=Tag.ADMIN_CHANGED, resource_id=5)
    entry = AuditEntry.objects.get()
    assert (entry.actor_type, entry.actor_id, entry.merchant_id, entry.ip_address) == ("system", "", None, "")
    assert (entry.action, entry.resource_id, entry.details, entry.seal_id) == ("admin.changed", "5", "{}", None)


def test_record_in_a_request_names_the_merchant_its_address_and_the_request(api: Api, merchant: Merchant) -> None:
    data = api.payout(headers={"X-Request-Id": "req-1"}).json()["data"]
    entry = AuditEntry.objects.get(action="payout.created")
    assert (entry.actor_type, entry.actor_id, entry.merchant_id) == ("merchant", str(merchant.pk), merchant.pk)
    assert (entry.ip_address, entry.request_id, entry.resource_id) == ("127.0.0.1", "req-1", data["id"])
    assert json.loads(entry.details) == {"payoutId": data["id"], "merchantReference": data["merchantReference"], "amount": "1000.00"}


def test_record_every_transition_is_an_entry(api: Api, settle: Callable[[], None]) -> None:
    created = api.payout("12345670002").json()["data"]["id"]
    settle()
    entries = AuditEntry.objects.filter(resource_id=created, action="payout.moved").order_by("id")
    assert [(json.loads(entry.details)["from"], json.loads(entry.details)["to"]) for entry in entries] == [
        ("PENDING", "PROCESSING"), ("PROCESSING", "RETRY"), ("RETRY", "PROCESSING"), ("PROCESSING", "SUCCESS"),
    ]  # fmt: skip


def test_record_masks_what_must_not_be_kept(db: None) -> None:
    details = {
        "password": "hunter2", "pin": "1234", "cvv": 123, "cardNumber": "4242424242424242", "mobileNumber": "03030000000",
        "api_key": f"mypay_{'a' * 64}", "accountNumber": "12345670001", "nested": {"token": "abc", "list": [{"cvc": "999"}]}, "kept": "yes",
    }  # fmt: skip
    record(tag=Tag.ADMIN_CHANGED, resource_id=1, details=details)
    kept = AuditEntry.objects.get().details
    for secret in ("hunter2", "1234", "4242424242424242", "03030000000", "a" * 10, "12345670001", "abc", "999"):
        assert secret not in kept
    assert json.loads(kept)["kept"] == "yes" and json.loads(kept)["accountNumber"] == "123******01"


def test_record_keys_and_passwords_of_a_whole_life_are_nowhere(db: None) -> None:
    merchant = make_merchant()
    issued = issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    assert reveal_key(issued.row).key == issued.key
    revoke_key(issued.row)
    told = "".join(AuditEntry.objects.values_list("details", flat=True))
    assert issued.key not in told and issued.key[6:] not in told and PASSWORD not in told
    assert issued.row.hint in told


def test_record_is_part_of_the_act_and_goes_with_it(db: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(tag=Tag.ADMIN_CHANGED, resource_id=1)
        _ = 1 / 0
    assert AuditEntry.objects.count() == 0


def test_context_of_one_request_does_not_leak_into_the_next(api: Api) -> None:
    api.payout()
    api.client.get("/api/v1/payouts")  # nobody yet knows who calls
    assert (context.current().actor_type, context.current().actor_id, context.current().merchant_id) == ("system", "", None)
