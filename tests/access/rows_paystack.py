"""The rows of the emulated Paystack: as `rows` says; a reference that nobody has is a 400 there, a number a 404."""

from functools import partial

from tests.access.grammar import METHODS, Call, Door, Row, form, get, post
from tests.access.grammar import row as any_row

KEY = Door.PAYSTACK_KEY
row = partial(any_row, unknown=400)

_NEW = {"email": "new@example.com", "amount": 5000}
_CARD = {"number": "4084084084084081", "cvv": "408", "expiry_month": "9", "expiry_year": "2049"}
_AGAIN = {"email": "customer@sealed.example", "amount": 5000, "authorization_code": "{psk_authorization}"}
_ACCOUNT = {"refund_account_details": {"currency": "NGN", "account_number": "0000000000", "bank_id": "9"}}
_STEPS = (
    ("pin", {"pin": "1111", "reference": "{psk_at_pin}"}, 200),
    ("phone", {"phone": "+2348100000000", "reference": "{psk_at_phone}"}, 200),
    ("birthday", {"birthday": "2007-04-15", "reference": "{psk_at_birthday}"}, 200),
    ("otp", {"otp": "123456", "reference": "{psk_at_otp}"}, 200),
    ("address", {"address": "1 Marina", "reference": "{psk_at_otp}"}, 400),
)
_COLLECTED = (
    row("paystack/transaction", KEY, get(shows="psk_paid psk_open psk_metadata psk_email"), get("?amount=50000", shows="psk_paid")),
    row("paystack/transaction/initialize", KEY, post(_NEW)),
    row("paystack/transaction/charge_authorization", KEY, post(_AGAIN, shows="psk_email")),
    row("paystack/transaction/verify/<str:reference>", KEY, get(shows="psk_metadata psk_email"), reference="{psk_paid}"),
    any_row("paystack/transaction/<str:transaction_id>", KEY, get(shows="psk_metadata"), transaction_id="{psk_transaction}"),
    row("paystack/charge", KEY, post({**_NEW, "card": _CARD}), post(_AGAIN)),
    *(row(f"paystack/charge/submit_{name}", KEY, post(body, status=status)) for name, body, status in _STEPS),
    row("paystack/charge/<str:reference>", KEY, get(shows="psk_email"), reference="{psk_paid}"),
    row("paystack/refund", KEY, get(shows="psk_note"), post({"transaction": "{psk_paid}", "amount": 100}, shows="psk_email")),
    any_row("paystack/refund/<str:refund_id>", KEY, get(shows="psk_note"), refund_id="{psk_refund}"),
    any_row("paystack/refund/retry_with_customer_details/<str:refund_id>", KEY, post(_ACCOUNT, shows="psk_note"), refund_id="{psk_refund}"),
)
_VISIT_PAGES = {
    "": (get(shows="company"),),
    "/pay": (get(status=302), form(status=400, shows="company")),
    "/bank": (get(status=302), form(status=302)),
    "/cancel": (form(shows="company"),),
    "/end": (get(status=302),),
}
_NOWHERE = tuple(Call(method, status=404) for method in METHODS if method != "HEAD")
_PAGES = (
    *(
        any_row(f"paystack/checkout/<str:access_code>{route}", Door.HOLDER, *calls, access_code="{psk_access_code}")
        for route, calls in _VISIT_PAGES.items()
    ),
    any_row("paystack/", Door.ANYBODY, *_NOWHERE),
)

PAYSTACK: tuple[Row, ...] = (*_COLLECTED, *_PAGES)
