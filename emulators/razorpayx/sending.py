"""Hand payouts to the engine, also those that waited for money."""

from collections.abc import Callable

from emulators.models import VendorObject
from emulators.razorpay.errors import BadRequest
from emulators.razorpayx import fund_accounts
from emulators.razorpayx.account import CURRENCY
from emulators.razorpayx.base import FUND_ACCOUNT, PAYOUT, kept
from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import clock, idempotency, sql
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError, InsufficientBalance, NotFound, StaleState
from payouts.models import Payout
from payouts.services.create import create_payout
from payouts.validation import PayoutRequest

QUEUED = "queued"  # its rows' `reference` while they wait
_MOST = 20
_TOO_LITTLE = "Your account does not have enough balance to carry out the payout operation."


def available(merchant: Merchant) -> int:
    """Paise that can be paid out."""
    held = MerchantBalance.objects.filter(merchant=merchant, currency=CURRENCY).values_list("available", flat=True).first()
    return held or 0


def refused(problem: ApiError) -> ApiError:
    """Razorpay's word for a refusal of the engine's."""
    is_poor = isinstance(problem, InsufficientBalance | NotFound)
    return BadRequest(_TOO_LITTLE, field="amount", reason="insufficient_funds") if is_poor else problem


def send(
    row: VendorObject,
    account: VendorObject,
    claim: idempotency.Claim,
    reply: Callable[[Payout], Reply],
    *,
    scenario: str = "",
) -> Reply:
    """The engine's payout under the row's id; a new row is written with it, one that waited is so no more."""
    is_new = row.reference != QUEUED
    data = {name: value for name, value in row.data.items() if name != "status"}
    guard, ended = {"id": row.pk, "reference": QUEUED}, {"data": data, "reference": ""}
    beside = sql.insert(row) if is_new else sql.update(VendorObject, guard, ended, refuse=sql.stale)
    return create_payout(
        merchant=row.merchant,
        body=data,
        claim=claim,
        scenario=scenario,
        read=lambda merchant, body: request_of(row, account),
        reply=reply,
        beside=lambda payout: [beside],
    )


def send_queued(merchant: Merchant) -> None:
    """Send what there is money for by now, the oldest first: each time somebody looks at the payouts."""
    waiting = list(kept.rows(merchant, PAYOUT).filter(reference=QUEUED).order_by("pk")[:_MOST])
    for row in waiting:
        if available(merchant) < row.data["amount"]:
            return
        row.merchant = merchant
        account = kept.get(merchant, FUND_ACCOUNT, row.data["fund_account_id"])
        claim = idempotency.claim_named(
            owner_id=merchant.pk, name=PAYOUT, key=None, method="POST", path="", body=row.data, now=clock.now(merchant)
        )
        try:
            send(row, account, claim, lambda payout: Reply.of(200, {}))
        except StaleState:
            continue  # somebody else has sent it


def request_of(row: VendorObject, account: VendorObject) -> PayoutRequest:
    """What the engine is asked for; the reference is the payout's id, since Razorpay's may repeat."""
    to, title = fund_accounts.destination(account)
    return PayoutRequest(
        merchant_reference=kept.id_of(row),
        amount=row.data["amount"],
        currency=CURRENCY,
        destination=to,
        account_title=title,
        purpose=row.data["purpose"],
        description=row.data.get("narration", ""),
        metadata=row.data.get("notes"),
        id=row.pk,
    )
