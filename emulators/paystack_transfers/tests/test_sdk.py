"""Paying out with Paystack's own Python SDKs, unmodified, against a server of ours."""

from collections.abc import Iterator
from typing import Any

import paystack
import pytest
from paystack.configuration import Configuration
from paystack.exceptions import ApiException
from pypaystack2 import PaystackClient
from pypaystack2.base_clients import AbstractAPIClient
from pypaystack2.enums import Country, Currency, RecipientType
from pypaystack2.models.payload_models import TransferInstruction
from pytest_django.live_server_helper import LiveServer

from emulators.paystack_transfers.tests.till import ADA, Till
from merchants.models import Merchant


@pytest.fixture
def till(transactional_db: None, merchant: Merchant) -> Till:
    till = Till(merchant)
    till.fund()
    return till


@pytest.fixture
def sdk(till: Till, live_server: LiveServer) -> Iterator[Any]:
    """`paystack-sdk`, pointed at us as its contract section says."""
    paystack.api_key = till.key
    configuration = Configuration()
    configuration.host = f"{live_server.url}/paystack"
    Configuration.set_default(configuration)
    yield paystack
    Configuration.set_default(None)


@pytest.fixture
def strict(till: Till, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> PaystackClient:
    """`pypaystack2`, whose models leave `data` empty where an answer does not fit."""
    monkeypatch.setattr(AbstractAPIClient, "_BASE_URL", f"{live_server.url}/paystack")
    return PaystackClient(secret_key=till.key)


def test_sdk_pays_a_recipient_to_the_end(sdk: Any, till: Till) -> None:
    banks = sdk.Verification.fetch_banks(country="nigeria", per_page=100).data
    bank = next(bank for bank in banks if bank["name"] == "Guaranty Trust Bank")
    resolved = sdk.Verification.resolve_account_number(account_number=ADA["account_number"], bank_code=bank["code"]).data
    assert resolved["bank_id"] == bank["id"]
    recipient = sdk.TransferRecipient.create(**ADA).data
    code = recipient["recipient_code"]
    order = {"source": "balance", "recipient": code, "reference": "sdk-transfer-00001"}
    made = sdk.Transfer.initiate(amount="100000", reason="Holiday", **order).data
    assert (made["status"], made["recipient"]) == ("pending", recipient["id"])
    with pytest.raises(ApiException) as refused:
        sdk.Transfer.initiate(amount="100000", **order)
    assert refused.value.status == 400 and "unique reference" in str(refused.value.body)
    till.later(minutes=1)
    ended = sdk.Transfer.verify(reference="sdk-transfer-00001").data
    assert (ended["status"], ended["recipient"]) == ("success", recipient)
    assert sdk.Transfer.fetch(code=made["transfer_code"]).data == ended == sdk.Transfer.list().data[0]
    assert sdk.Balance.fetch().data == [{"currency": "NGN", "balance": 4_900_000}]
    assert sdk.Balance.ledger().data[0]["difference"] == -100_000
    sdk.TransferRecipient.transferrecipient_code_put(code=code, name="Ada O.")
    sdk.TransferRecipient.transferrecipient_code_delete(code=code)
    gone = sdk.TransferRecipient.fetch(code=code).data
    assert (gone["name"], gone["is_deleted"]) == ("Ada O.", True)
    with pytest.raises(ApiException) as unknown:
        sdk.Transfer.verify(reference="sdk-transfer-00002")
    assert unknown.value.status == 404 and "Transfer not found" in str(unknown.value.body)


def test_strict_sdk_reads_all_of_it(strict: PaystackClient, till: Till) -> None:
    banks = strict.miscellaneous.get_banks(country=Country.NIGERIA)
    assert banks.data is not None and {bank.currency for bank in banks.data} == {Currency.NGN}
    resolved = strict.verification.resolve_account_number(account_number=ADA["account_number"], bank_code="058")
    assert resolved.data is not None and resolved.data.account_number == ADA["account_number"]
    made = strict.transfer_recipients.create(
        type_=RecipientType.NUBAN, name="Ada Obi", account_number=ADA["account_number"], bank_code="058"
    )
    assert made.data is not None and made.data.details.bank_name == "Guaranty Trust Bank"
    code = made.data.recipient_code
    sent = strict.transfers.initiate(amount=100_000, recipient=code, reason="Holiday", reference="strict-transfer-01")
    assert sent.data is not None and sent.data.recipient == made.data.id
    more = [TransferInstruction(amount=500, recipient=code, reference="strict-transfer-02", reason="More")]
    many = strict.transfers.bulk_transfer(more)
    assert many.data is not None and many.data[0].transfer_code.startswith("TRF_")
    till.later(minutes=1)
    ended = strict.transfers.verify("strict-transfer-01")
    assert ended.data is not None and (ended.data.status, ended.data.recipient.recipient_code) == ("success", code)
    listed = strict.transfers.get_transfers(recipient=code)
    assert listed.data is not None and [each.amount for each in listed.data] == [500, 100_000]
    balance = strict.transfer_control.check_balance()
    assert balance.data is not None and balance.data[0].balance == 4_899_500
    ledger = strict.transfer_control.get_balance_ledger()
    assert ledger.data is not None and sum(line.difference for line in ledger.data) == 4_899_500
    recipients = strict.transfer_recipients.get_transfer_recipients()
    assert recipients.data is not None and [each.recipient_code for each in recipients.data] == [code]
    assert strict.transfer_control.enable_otp().status
    waiting = strict.transfers.initiate(amount=700, recipient=code, reason="Rent", reference="strict-transfer-03")
    assert waiting.data is not None and waiting.data.status == "otp"
    assert strict.transfers.finalize(waiting.data.transfer_code, "123456").data.status == "pending"
