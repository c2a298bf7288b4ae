"""The rows of what the emulated Paystack pays out: as `rows` says; a recipient that nobody has is a 400 to a transfer."""

from tests.access.grammar import Door, Row, delete, get, post, put, row

KEY = Door.PAYSTACK_KEY
_RECIPIENT = {"type": "nuban", "name": "New", "account_number": "0123450009", "bank_code": "058"}
_ORDER = {"amount": 1000, "recipient": "{ps_recipient}", "reference": "a-new-transfer-of-its-own"}


def at(route: str) -> str:
    return f"paystack/{route}"


PAYSTACK_TRANSFERS: tuple[Row, ...] = (
    row(at("transferrecipient"), KEY, get(shows="ps_recipient ps_payee ps_trade"), post(_RECIPIENT, status=201)),
    row(at("transferrecipient/<str:code>"), KEY,
        get(shows="ps_payee ps_trade"), put({"name": "New"}, shows="ps_trade"), delete(), code="{ps_recipient}"),
    row(at("transfer"), KEY, get(shows="ps_transfer ps_reference ps_reason ps_waits"), get("?recipient={ps_recipient}", shows="ps_reason"),
        post({"source": "balance", **_ORDER}), unknown=400),
    row(at("transfer/bulk"), KEY, post({"source": "balance", "transfers": [_ORDER]}), unknown=400),
    row(at("transfer/finalize_transfer"), KEY, post({"transfer_code": "{ps_waiting}", "otp": "123456"}, shows="ps_waits")),
    row(at("transfer/enable_otp"), KEY, post()),
    row(at("transfer/disable_otp"), KEY, post()),
    row(at("transfer/disable_otp_finalize"), KEY, post({"otp": "123456"})),
    row(at("transfer/resend_otp"), KEY, post({"transfer_code": "{ps_waiting}"})),
    row(at("transfer/verify/<str:reference>"), KEY, get(shows="ps_reason ps_payee"), reference="{ps_reference}"),
    row(at("transfer/<str:id_or_code>"), KEY, get(shows="ps_reason ps_payee"), id_or_code="{ps_transfer}"),
    row(at("balance"), KEY, get()),
    row(at("balance/ledger"), KEY, get(shows="ps_reference")),
    row(at("bank"), KEY, get()),
    row(at("bank/resolve"), KEY, get(status=400), get("?account_number=0123450001&bank_code=058")),
)  # fmt: skip
