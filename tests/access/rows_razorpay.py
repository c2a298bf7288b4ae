"""The rows of the emulated Razorpay: as `rows` says; an id that nobody has is a 400 there."""

from functools import partial

from tests.access.grammar import METHODS, Call, Door, Row, form, get, patch, post
from tests.access.grammar import row as any_row

KEY = Door.RAZORPAY_KEY
row = partial(any_row, unknown=400)


def v1(route: str) -> str:
    return f"razorpay/v1/{route}"


_ORDER = {"amount": 1000, "currency": "INR"}
_NOTES = {"notes": {"a": "b"}}
_PAYMENTS = (
    row(v1("orders"), KEY,
        get(shows="rzp_order rzp_receipt rzp_notes"), get("?receipt=sealed+receipt", shows="rzp_order"), post(_ORDER)),
    row(v1("orders/<str:order_id>"), KEY, get(shows="rzp_receipt"), patch(_NOTES, shows="rzp_receipt"), order_id="{rzp_order}"),
    row(v1("orders/<str:order_id>/payments"), KEY, get(shows="rzp_payment"), order_id="{rzp_paid_order}"),
    row(v1("payments"), KEY, get(shows="rzp_payment rzp_held")),
    row(v1("payments/<str:payment_id>"), KEY,
        get(shows="rzp_paid_order"), patch(_NOTES, shows="rzp_paid_order"), payment_id="{rzp_payment}"),
    row(v1("payments/<str:payment_id>/card"), KEY, get(), payment_id="{rzp_payment}"),
    row(v1("payments/<str:payment_id>/capture"), KEY, post({"amount": 50_000, "currency": "INR"}), payment_id="{rzp_held}"),
    row(v1("payments/<str:payment_id>/refund"), KEY, post({"amount": 100}), payment_id="{rzp_payment}"),
    row(v1("payments/<str:payment_id>/refunds"), KEY, get(shows="rzp_refund rzp_refund_receipt"), payment_id="{rzp_payment}"),
    row(v1("payments/<str:payment_id>/refunds/<str:refund_id>"), KEY,
        get(shows="rzp_refund_receipt"), payment_id="{rzp_payment}", refund_id="{rzp_refund}"),
    row(v1("refunds"), KEY, get(shows="rzp_refund rzp_refund_receipt"), post({"payment_id": "{rzp_payment}", "amount": 100})),
    row(v1("refunds/<str:refund_id>"), KEY,
        get(shows="rzp_refund_receipt"), patch(_NOTES, shows="rzp_refund_receipt"), refund_id="{rzp_refund}"),
    row(v1("payment_links"), KEY,
        get(shows="rzp_link rzp_reference rzp_contact_number"), get("?reference_id=sealed+link", shows="rzp_link"), post(_ORDER)),
    row(v1("payment_links/<str:link_id>"), KEY,
        get(shows="rzp_reference"), patch(_NOTES, shows="rzp_reference"), link_id="{rzp_link}"),
    row(v1("payment_links/<str:link_id>/cancel"), KEY, post(shows="rzp_reference"), link_id="{rzp_link}"),
    row(v1("payment_links/<str:link_id>/notify_by/<str:medium>"), KEY, post(), link_id="{rzp_link}", medium="sms"),
    row(v1("customers"), KEY, get(shows="rzp_customer rzp_customer_name"), post({"name": "New"})),
    row(v1("customers/<str:customer_id>"), KEY, get(shows="rzp_customer_name"), customer_id="{rzp_customer}"),
)  # fmt: skip
_PAYOUT = {
    "account_number": "{rzp_account}", "fund_account_id": "{rzp_fund_account}", "amount": 1000, "currency": "INR", "mode": "IMPS",
    "purpose": "refund",
}  # fmt: skip
_BANK = {"name": "New", "ifsc": "HDFC0009107", "account_number": "123456789"}
_VALIDATION = {"account_number": "{rzp_account}", "fund_account": {"id": "{rzp_fund_account}"}, "amount": 100, "currency": "INR"}
_PAYOUTS = (
    row(v1("contacts"), KEY, get(shows="rzp_contact rzp_contact_name"), post({"name": "New"}, status=201)),
    row(v1("contacts/<str:contact_id>"), KEY,
        get(shows="rzp_contact_name"), patch(_NOTES, shows="rzp_contact_name"), contact_id="{rzp_contact}"),
    row(v1("fund_accounts"), KEY, get(shows="rzp_fund_account rzp_holder"),
        post({"contact_id": "{rzp_contact}", "account_type": "bank_account", "bank_account": _BANK}, status=201)),
    row(v1("fund_accounts/<str:fund_account_id>"), KEY,
        get(shows="rzp_holder"), patch({"active": False}, shows="rzp_holder"), fund_account_id="{rzp_fund_account}"),
    row(v1("fund_accounts/validations"), KEY, get(shows="rzp_validation"), post(_VALIDATION, status=201)),
    row(v1("fund_accounts/validations/<str:validation_id>"), KEY, get(), validation_id="{rzp_validation}"),
    row(v1("payouts"), KEY, get(status=400), post(_PAYOUT)),
    row(v1("payouts/<str:payout_id>"), KEY, get(shows="rzp_payout_reference"), payout_id="{rzp_payout}"),
    row(v1("payouts/<str:payout_id>/cancel"), KEY, post(shows="rzp_queued"), payout_id="{rzp_queued}"),
    row(v1("banking_balances"), KEY, get()),
    row(v1("transactions"), KEY, get(status=400)),
    row(v1("transactions/<str:transaction_id>"), KEY, get(), transaction_id="{rzp_transaction}"),
)  # fmt: skip
_NOWHERE = tuple(Call(method, status=404) for method in METHODS if method != "HEAD")
_VISITS = (("v1/checkout/<uuid:visit_id>", "visit_id", "rzp_visit"), ("l/<str:link_id>", "link_id", "rzp_link"))
_VISIT_PAGES = {
    "": (get(shows="company"),),
    "/pay": (get(status=302), form(status=400, shows="company")),
    "/bank": (get(status=302), form(status=302)),
    "/cancel": (form(shows="company"),),
    "/end": (get(status=302),),
}
_PAGES = (
    row(v1("checkout.js"), Door.ANYBODY, get()),
    row(v1("checkout/embedded"), Door.ANYBODY, form(status=400)),
    *(
        any_row(f"razorpay/{start}{route}", Door.HOLDER, *calls, **{name: f"{{{thing}}}"})
        for start, name, thing in _VISITS
        for route, calls in _VISIT_PAGES.items()
    ),
    any_row("razorpay/", Door.ANYBODY, *_NOWHERE),
)

RAZORPAY: tuple[Row, ...] = (*_PAYMENTS, *_PAYOUTS, *_PAGES)
