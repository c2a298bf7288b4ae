"""What needs somebody's attention, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from merchants.models import Merchant
from payouts.models import Payout
from portal import overview
from portal.links import page_url, room
from portal.selectors import Balance
from portal.templatetags.portal_format import money


@dataclass(frozen=True, slots=True)
class Matter:
    """One line: what it is, what to do, until when, and where."""

    title: str
    text: str
    url: str
    at: datetime | None = None


def matters(merchant: Merchant, balances: Sequence[Balance], payouts: Sequence[Payout]) -> list[Matter]:
    """Six bounded reads; `payouts` are the latest, which say what a balance should hold."""
    return [*_disputes(merchant), *_captures(merchant), *_payouts(merchant), *_low(balances, payouts), *_webhooks(merchant)]


def _disputes(merchant: Merchant) -> list[Matter]:
    waiting = overview.disputes_to_answer(merchant)
    if not waiting.count:
        return []
    title = f"{waiting.told} dispute{_s(waiting.count)} to answer"
    return [
        Matter(
            title,
            "Unanswered, the money is lost. The first ends",
            page_url(room("disputes"), {"status": "needs_response"}),
            waiting.first_at,
        )
    ]


def _captures(merchant: Merchant) -> list[Matter]:
    waiting = overview.to_capture(merchant)
    if not waiting.count:
        return []
    title = f"{waiting.told} payment{_s(waiting.count)} to capture"
    return [Matter(title, "Authorised only. The first ends", page_url(room("payments"), {"status": "authorized"}), waiting.first_at)]


def _payouts(merchant: Merchant) -> list[Matter]:
    waiting = overview.payouts_waiting(merchant)
    if not waiting.count:
        return []
    title = f"{waiting.told} payout{_s(waiting.count)} in review or on hold"
    return [Matter(title, "MyPay’s staff decide about them.", page_url(room("payouts"), {"status": "IN_REVIEW"}))]


def _low(balances: Sequence[Balance], payouts: Sequence[Payout]) -> list[Matter]:
    """A balance that would not have paid one of the latest payouts, or that is overdrawn."""
    largest: dict[str, int] = {}
    for payout in payouts:
        largest[payout.currency] = max(largest.get(payout.currency, 0), payout.amount)
    low = [balance for balance in balances if balance.available < largest.get(balance.currency, 0)]
    return [
        Matter(
            f"Low balance: {balance.currency} {money(balance.available, balance.currency)} available",
            f"One of your latest payouts was of {balance.currency} {money(largest[balance.currency], balance.currency)}.",
            page_url(room("history"), {"currency": balance.currency}),
        )
        for balance in low
    ]


def _webhooks(merchant: Merchant) -> list[Matter]:
    told = [
        Matter("An endpoint was switched off", f"{endpoint.url}: {endpoint.get_disabled_reason_display().lower()}.", room("endpoints"))
        for endpoint in overview.disabled_endpoints(merchant)
    ]
    failed = overview.failed_deliveries(merchant)
    if failed.count:
        title = f"{failed.told} webhook{_s(failed.count)} given up in seven days"
        told.append(Matter(title, "Your server did not take them. Send them again when it does.", room("deliveries") or room("endpoints")))
    return told


def _s(count: int) -> str:
    return "" if count == 1 else "s"
