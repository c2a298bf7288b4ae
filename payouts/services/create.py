"""Create a payout: the hot path. One packet of statements, the balance last, one COMMIT."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from audit import lines
from audit.services.record import entry
from audit.tags import Tag
from ledger import selectors as ledger
from ledger.services import move
from merchants.models import Merchant
from mypay.kit import idempotency, sql, wakeups
from mypay.kit.api import Reply, success
from mypay.kit.errors import ApiError, InsufficientBalance
from mypay.kit.idempotency import Claim
from mypay.kit.money import to_text
from payouts.errors import duplicate_reference
from payouts.models import Payout
from payouts.render import payout_json, snapshot
from payouts.selectors import get_beneficiary
from payouts.services.process import facts
from payouts.services.transition import start
from payouts.states import PayoutStatus
from payouts.validation import PayoutRequest, read_payout, to_beneficiary
from sandbox.services.decide import scripted
from sandbox.states import Flow
from webhooks.catalogue import EventType
from webhooks.services.emit import event


def created_reply(payout: Payout) -> Reply:
    """The core dialect's answer to a new payout."""
    return success(201, payout_json(payout), "Payout created successfully")


def read_request(merchant: Merchant, body: dict[str, Any]) -> PayoutRequest:
    """The core dialect's create body, in rupees of Pakistan, to its directory or to a beneficiary."""
    return read_payout(to_beneficiary(body, partial(get_beneficiary, merchant)))


def create_payout(
    *,
    merchant: Merchant,
    body: dict[str, Any],
    claim: Claim,
    scenario: str = "",
    read: Callable[[Merchant, dict[str, Any]], PayoutRequest] = read_request,
    reply: Callable[[Payout], Reply] = created_reply,
    beside: Callable[[Payout], list[sql.Statement]] = sql.nothing,
) -> Reply:
    """201 with the payout PENDING and its amount moved from available to reserved.

    Checks in the contract's order: idempotency, validation, duplicate, balance (section 1); a
    refusal is kept under the key like a reply. `scenario` is the `X-Mock-Scenario` header; `read`
    checks a dialect's body, `reply` tells of the payout in a dialect's words, `beside` writes a dialect's rows with it.
    """
    reference = ""
    created: Payout | None = None

    def effect() -> Reply:
        nonlocal reference, created
        request = read(merchant, body)
        reference = request.merchant_reference
        payout = _new_payout(merchant, request, claim, scenario)
        made = reply(payout)
        try:
            sql.transact([claim.record(made), *_statements(payout, beside(payout))])
        except InsufficientBalance:
            ledger.balance(merchant, payout.currency)  # 404 when there is no balance at all
            raise
        created = payout
        return made

    def clash() -> ApiError | None:
        taken = Payout.objects.filter(merchant=merchant, merchant_reference=reference).exists()
        return duplicate_reference() if taken else None

    # A one-shot is used up in the payout's transaction; with none, the packet is the transaction.
    scripted_effect = partial(sql.in_transaction, effect)
    answer = idempotency.once(claim, scripted_effect if merchant.has_scenarios else effect, clash)
    if created:
        amount = to_text(created.amount, created.currency)
        lines.transaction("PAYOUT_CREATED", {"payoutId": str(created.id), "amount": amount})
        wakeups.wake("payout", created.wake_at)
    return answer


def payout_of(merchant: Merchant, request: PayoutRequest, at: datetime) -> Payout:
    """The payout that the request asks for, pending; nothing is written or decided."""
    destination = request.destination
    return Payout(
        id=request.id,
        merchant=merchant,
        merchant_reference=request.merchant_reference,
        amount=request.amount,
        currency=request.currency,
        destination_type=destination.type.value,
        bank_code=destination.bank_code,
        wallet_code=destination.wallet_code,
        account_number=destination.account_number,
        account_title=request.account_title,
        status=PayoutStatus.PENDING.value,
        purpose=request.purpose,
        description=request.description,
        metadata=request.metadata,
        created_at=at,
        updated_at=at,
    )


def _new_payout(merchant: Merchant, request: PayoutRequest, claim: Claim, scenario: str) -> Payout:
    payout = payout_of(merchant, request, claim.now)
    decision = scripted(merchant=merchant, flow=Flow.PAYOUT, facts=facts(payout), header=scenario)
    payout.scenario = decision.to_json() if decision else None
    for name, value in start(payout, claim.now).items():
        setattr(payout, name, value)
    return payout


def _statements(payout: Payout, beside: list[sql.Statement]) -> list[sql.Statement]:
    about = {"payoutId": str(payout.id), "merchantReference": payout.merchant_reference}
    seen = snapshot(payout)
    reserve = move.reserve(
        merchant_id=payout.merchant_id,
        currency=payout.currency,
        amount=payout.amount,
        description=f"Payout created: {payout.merchant_reference}",
        at=payout.created_at,
        subject_id=payout.id,
        metadata=about,
    )
    return [
        sql.insert(payout),
        *beside,
        event(merchant_id=payout.merchant_id, type=EventType.PAYOUT_CREATED, subject_id=payout.id, data=seen, at=payout.created_at),
        entry(
            tag=Tag.PAYOUT_CREATED,
            resource_id=payout.id,
            merchant_id=payout.merchant_id,
            details={**about, "amount": seen["amount"]},
            at=payout.created_at,
        ),
        *move.statements(reserve),
    ]
