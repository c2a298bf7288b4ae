"""What the payer's pages share: the sum to pay, the page of no payment, and the pages' own policy."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from merchants.states import Environment
from mypay.kit.money import to_text
from payments.models import Checkout, Payment
from payments.payer import BANKS, WALLET_NAMES
from payments.states import CheckoutStatus, Method

_LAST_FOUR = 4
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors {}; form-action {}"


def summary(found: Checkout, payment: Payment | None = None) -> dict[str, object]:
    """Whom the payer pays, and how much: this payment, else what is owed, else the whole that was paid."""
    amount = payment.amount if payment else (found.owed if found.status == CheckoutStatus.PENDING else found.amount)
    return {
        "checkout": found,
        "merchant": found.merchant,
        "money": in_currency(amount, found),
        "is_sandbox": is_sandbox(found),
    }


def in_currency(amount: int, found: Checkout) -> str:
    """Minor units of the checkout as people read them."""
    return f"{found.currency} {to_text(amount, found.currency)}"


def is_sandbox(found: Checkout) -> bool:
    """Whether test numbers may be shown."""
    return found.merchant.environment == Environment.SANDBOX


def payer_hint(payment: Payment) -> str:
    """Enough of a number or address for its owner to know it; whoever else has the link learns no more."""
    text = payment.payer
    if payment.method in (Method.NETBANKING, Method.WALLET):  # names a bank or wallet, nobody's account
        return BANKS.get(text) or WALLET_NAMES.get(text) or text
    if "@" in text:
        return f"{text[0]}•••@{text.partition('@')[2]}"
    return f"{text[:4]}•••{text[-3:]}" if len(text) > _LAST_FOUR else text


def gone(request: HttpRequest, found: Checkout | None) -> HttpResponse:
    """404: there is no such payment, or it has expired."""
    shown = {"checkout": found, "return_url": found.return_url if found else ""}
    return guarded(render(request, "checkout/gone.html", shown, status=404), found)


def guarded(response: HttpResponse, found: Checkout | None, *, leads_away: bool = False) -> HttpResponse:
    """The pages' own policy; their script asks us how a payment went."""
    policy = content_policy(leads_away=leads_away or bool(found and found.return_url))
    response["Content-Security-Policy"] = f"connect-src 'self'; {policy}"
    return response


def content_policy(*, leads_away: bool, framed_by: str = "'self'") -> str:
    """What browsers let a payer's page do: no inline script or style, no frame but of `framed_by`.

    Browsers hold `form-action` against each redirect that follows, and a shop may send the payer on
    from its return URL, a gateway from its page; so a form may lead anywhere on the web where there is one.
    """
    return _POLICY.format(framed_by, "'self' http: https:" if leads_away else "'self'")
