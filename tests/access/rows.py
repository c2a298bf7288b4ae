"""The rows of the access matrix: every route, whom it lets in, and what its calls need.

A route without a row, a row without a route, and a method that a view has and its row has not
fail the build. A row is the route as the URLconf writes it (`both`, `portal` and `admin` name its
two addresses), its door, its calls, and what fills its path. `{name}` is a thing of the victim's,
made in `belongings`; a `shows` is a secret from there which the rightful caller reads, so that the
matrix knows that nobody else's silence is an accident. For new routes, say of vouchers, this is all:

    # belongings.py, where the victim lives a little
    own.has(voucher=voucher_id)
    own.hides(voucher_text="sealed voucher")

    # rows.py
    row("api/v1/vouchers", PAYMENT_KEY, get(shows="voucher"), get("?payment={payment}", shows="voucher"), post({"amount": 1}, status=201)),
    row("api/v1/vouchers/<str:voucher_id>", PAYMENT_KEY, get(shows="voucher_text"), delete(), voucher_id="{voucher}"),
    row(portal("vouchers/<str:voucher_id>"), MEMBER, get(), put({"text": "x"}, roles=MANAGERS), voucher_id="{voucher}"),

`status` is what the rightful caller gets (200 unless said), `unknown` the answer to an id that
nobody has (404 unless said): a stranger with the victim's id gets the very same bytes. `shows` is
names with spaces between; `roles` says who of a merchant's people may, everyone unless said. A path
or body with a `{name}` is about that object; a query with one is a list that is asked about it.
"""

from merchants.states import Role
from merchants.tests.factories import PASSWORD
from tests.access.grammar import Door, Row, delete, form, get, patch, post, put, row
from tests.access.rows_pages import MANAGERS, NO_VIEWER, PAGES, TECHNICAL
from tests.access.rows_paystack import PAYSTACK
from tests.access.rows_paystack_transfers import PAYSTACK_TRANSFERS
from tests.access.rows_razorpay import RAZORPAY

ANYBODY, HOLDER, PAYOUT_KEY, PAYMENT_KEY = Door.ANYBODY, Door.HOLDER, Door.PAYOUT_KEY, Door.PAYMENT_KEY
ANY_KEY, SANDBOX_KEY = Door.ANY_KEY, Door.SANDBOX_KEY
MEMBER, SESSION, STAFF, BANK = Door.MEMBER, Door.SESSION, Door.STAFF, Door.BANK

_OWNER = frozenset({Role.OWNER})

_TO = {"destType": "BANK", "bankCode": "HBL", "accountNumber": "12345670001"}
_PAYOUT = {"merchantReference": "new", "amount": "10.00", **_TO}
_LENIENT = {"merchant_ref": "new", "amount": 10}
_CHECKOUT = {
    "reference": "new", "amount": 10, "paymentMethod": "jazzcash", "paymentType": "onetime",
    "successUrl": "http://127.0.0.1:9/hook", "returnUrl": "http://127.0.0.1:9/back",
}  # fmt: skip
_PAYER = {"mobileNumber": "03030000000", "pin": "1234"}
_PAGE = "company checkout checkout_reference"


def both(route: str) -> tuple[str, str]:
    """A payment route: at the root and under `/api/v1`."""
    return route, f"api/v1/{route}"


def portal(route: str) -> tuple[str, str]:
    return f"api/portal/{route}", f"api/v1/portal/{route}"


def admin(route: str) -> tuple[str, str]:
    return f"api/admin/{route}", f"api/v1/admin/{route}"


_OPEN = (
    *(row(path, ANYBODY, get()) for path in ("", "health", "ready", "api/health", "api/v1/health", "api/schema", "api/docs")),
    *(row(f"api/{v}health/{probe}", ANYBODY, get()) for v in ("", "v1/") for probe in ("liveness", "readiness")),
    *(row(path, ANYBODY, get()) for path in ("metrics", "api/metrics")),  # to METRICS_NETWORKS: mypay/tests/test_metrics.py
    row(both("test-scenarios"), ANYBODY, get()),
    # Signed, or kept as rejected: payments/tests/test_gateway_hear.py
    *(
        row(path, ANYBODY, post(status=401))
        for gateway in ("razorpay", "paystack")
        for path in (f"webhooks/{gateway}", f"api/v1/callback/{gateway}")
    ),
    *(
        row(path, ANYBODY, post(status=401), unknown=401, token="nonsense")
        for path in ("webhooks/razorpay/<str:token>", "webhooks/paystack/<str:token>", "webhook/<str:token>")
    ),
)
_PAYOUTS = (
    row("api/v1/payouts", PAYOUT_KEY,
        get(shows="payout payout_reference account account_title"), get("?status=FAILED&limit=100", shows="failed_payout"),
        get("?cursor=&limit=100", shows="payout"), post(_PAYOUT, status=201),
        post({"merchantReference": "new", "amount": "10.00", "beneficiaryId": "{beneficiary}"}, status=201, shows="account")),
    row("api/v1/payouts/<str:payout_id>", PAYOUT_KEY, get(shows="payout account"), payout_id="{payout}"),
    row("api/v1/payouts/<str:payout_id>/reinitiate", PAYOUT_KEY, post(shows="failed_payout"), payout_id="{failed_payout}"),
    row("api/v1/payout-batches", PAYOUT_KEY,
        get(shows="batch batch_name"), get("?cursor=", shows="batch"), post({"lines": [_PAYOUT]}, status=201)),
    row("api/v1/payout-batches/<str:batch_id>", PAYOUT_KEY, get(shows="batch_name"), batch_id="{batch}"),
    row("api/v1/payout-batches/<str:batch_id>/lines", PAYOUT_KEY, get(shows="batch_reference"), batch_id="{batch}"),
    row("api/v1/payout-batches/<str:batch_id>/cancel", PAYOUT_KEY, post(shows="draft_name"), batch_id="{draft}"),
    row("api/v1/beneficiaries", PAYOUT_KEY,
        get(shows="beneficiary beneficiary_name"), get("?cursor=", shows="beneficiary"), post({"name": "New", **_TO}, status=201)),
    row("api/v1/beneficiaries/<str:beneficiary_id>", PAYOUT_KEY, get(shows="beneficiary_name"), delete(), beneficiary_id="{beneficiary}"),
    row("api/v1/balance", PAYOUT_KEY, get()),
    row("api/v1/balance/history", PAYOUT_KEY, get(shows="payout_reference"), get("?cursor=", shows="payout_reference")),
    row("api/v1/directory", PAYOUT_KEY, get()),
    row("api/v1/directory/banks", PAYOUT_KEY, get()),
    row("api/v1/directory/wallets", PAYOUT_KEY, get()),
    row("api/v1/verify-account", PAYOUT_KEY, post(_TO)),
    row("ipn/callback", BANK, post({"payoutId": "{reviewed_payout}", "status": "SUCCESS"}, shows="reviewed_payout")),
)  # fmt: skip
_PAYMENTS = (
    row("api/checkout/create", PAYMENT_KEY, post(_LENIENT)),
    row(both("checkouts"), PAYMENT_KEY, post(_CHECKOUT)),
    row(both("checkouts/<str:checkout_id>"), PAYMENT_KEY, get(shows="checkout checkout_reference"), checkout_id="{checkout}"),
    row(both("transactions"), PAYMENT_KEY,
        get(shows="checkout paid_checkout"), get("?reference={paid_reference}", shows="paid_checkout"), get("?cursor=", shows="checkout")),
    row(both("transactions/<reference:reference>"), PAYMENT_KEY, get(shows="paid_checkout"), reference="{paid_reference}"),
    row(both("webhooks/process-pending"), PAYMENT_KEY, post()),
    row("payment/complete", HOLDER, post({"checkoutId": "{checkout}", **_PAYER}, shows="return_url")),
    row(both("payment/<str:checkout_id>/complete"), HOLDER, post(_PAYER, shows="return_url"), checkout_id="{checkout}"),
    row(both("webhooks/test"), HOLDER, post({"checkoutId": "{checkout}"}), unknown=200),
    row("payment/<str:checkout_id>", HOLDER, get(shows=_PAGE), checkout_id="{checkout}"),
    row("payment/<str:checkout_id>/pay", HOLDER,
        get(status=302), form(_PAYER, status=302, shows="return_url"), form(status=400, shows=_PAGE), checkout_id="{checkout}"),
    row("payment/<str:checkout_id>/cancel", HOLDER, form(status=302, shows="return_url"), checkout_id="{checkout}"),
    row("payment/<str:checkout_id>/result", HOLDER, get(shows="company paid_reference return_url"), checkout_id="{paid_checkout}"),
)  # fmt: skip
_MONEY = (
    row("payment/<str:checkout_id>/confirm", HOLDER,
        get(shows="company asked_reference"), form({"answer": "decline"}, status=302, shows="return_url"),
        checkout_id="{asked_checkout}"),
    row("payment/<str:checkout_id>/return/<str:order_id>", HOLDER,
        get(status=404), form(status=404), checkout_id="{checkout}", order_id="0190b2a4-7c1e-7000-8000-00000000abcd"),
    row("payment/<str:checkout_id>/phone", HOLDER,
        get(shows="company rung_reference"), form({"answer": "decline"}, shows="company"), checkout_id="{rung_checkout}"),
    row("api/v1/payment/<str:checkout_id>/confirm", HOLDER,
        get(), post({"answer": "approve", "secret": "123456"}, shows="return_url"), checkout_id="{asked_checkout}"),
    row("api/v1/payments", PAYMENT_KEY,
        get(shows="payment authorized_payment payer"), get("?reference={paid_reference}", shows="paid_checkout"),
        get("?checkoutId={paid_checkout}", shows="paid_reference"), get("?cursor=", shows="payment")),
    row("api/v1/payments/<str:payment_id>", PAYMENT_KEY, get(shows="payment_reference"), payment_id="{payment}"),
    row("api/v1/payments/<str:payment_id>/capture", PAYMENT_KEY, post(), payment_id="{authorized_payment}"),
    row("api/v1/payments/<str:payment_id>/void", PAYMENT_KEY, post(), payment_id="{authorized_payment}"),
    row("api/v1/payments/<str:payment_id>/refunds", PAYMENT_KEY,
        get(shows="refund refund_reason"), post({"amount": 1}, status=201), payment_id="{payment}"),
    row("api/v1/refunds", PAYMENT_KEY,
        get(shows="refund refund_reason payment"), get("?paymentId={payment}", shows="refund"), get("?cursor=", shows="refund")),
    row("api/v1/refunds/<str:refund_id>", PAYMENT_KEY, get(shows="refund_reason"), refund_id="{refund}"),
    row("api/v1/disputes", PAYMENT_KEY,
        get(shows="dispute payment"), get("?paymentId={payment}", shows="dispute"), get("?cursor=", shows="dispute")),
    row("api/v1/disputes/<str:dispute_id>", PAYMENT_KEY, get(shows="payment"), dispute_id="{dispute}"),
    row("api/v1/disputes/<str:dispute_id>/evidence", PAYMENT_KEY, post({"evidence": {"text": "It came"}}), dispute_id="{dispute}"),
    row("api/v1/disputes/<str:dispute_id>/accept", PAYMENT_KEY, post(), dispute_id="{dispute}"),
    row("api/v1/sandbox/disputes", SANDBOX_KEY, post({"paymentId": "{payment}", "amount": 1}, status=201)),
    row("api/v1/sandbox/disputes/<str:dispute_id>/decide", SANDBOX_KEY, post({"outcome": "won"}), dispute_id="{dispute}"),
    row("api/v1/sandbox/refunds/<str:refund_id>/decide", SANDBOX_KEY, post({"outcome": "success"}), refund_id="{refund}"),
)  # fmt: skip
_SETTLEMENTS = (
    row("api/v1/settlements", PAYMENT_KEY, get(shows="settlement"), get("?currency=PKR&limit=100", shows="settlement")),
    row("api/v1/settlements/upcoming", PAYMENT_KEY, get()),
    row("api/v1/settlements/<str:settlement_id>", PAYMENT_KEY, get(shows="settlement"), settlement_id="{settlement}"),
    row("api/v1/settlements/<str:settlement_id>/lines", PAYMENT_KEY, get(shows="settled_reference"), settlement_id="{settlement}"),
    row("api/v1/settlements/<str:settlement_id>/statement.csv", PAYMENT_KEY, get(shows="settled_reference"), settlement_id="{settlement}"),
    row("api/v1/settlement-plans", PAYMENT_KEY, get()),
    row("api/v1/sandbox/settlement-plans/<str:currency>", SANDBOX_KEY, put({"delayDays": 2}), currency="PKR"),
    row("api/v1/sandbox/settlements/run", SANDBOX_KEY, post({"all": True})),
    row("api/v1/sandbox/settlements/<str:settlement_id>/breaks", SANDBOX_KEY,
        get(), post({"kinds": ["missing_line"], "seed": "s"}, status=201), delete(), settlement_id="{settlement}"),
    row("api/v1/sandbox/settlements/<str:settlement_id>/grade", SANDBOX_KEY, post({"findings": []}), settlement_id="{settlement}"),
)  # fmt: skip
_CONTROLS = (
    row("api/v1/sandbox/rules", SANDBOX_KEY, get(shows="rule_reason"), post({"outcome": "failed"}, status=201), delete()),
    row("api/v1/sandbox/rules/<str:rule_id>", SANDBOX_KEY, delete(), rule_id="{rule}"),
    row("api/v1/sandbox/clock", SANDBOX_KEY, get()),
    row("api/v1/sandbox/clock/advance", SANDBOX_KEY, post({"seconds": 60})),
    row("api/v1/sandbox/clock/freeze", SANDBOX_KEY, post()),
    row("api/v1/sandbox/clock/unfreeze", SANDBOX_KEY, post()),
    row("api/v1/sandbox/clock/reset", SANDBOX_KEY, post()),
    row("api/v1/sandbox/faults", SANDBOX_KEY, get(shows="fault_seed"), post({"kind": "latency"}, status=201), delete()),
    row("api/v1/sandbox/faults/<str:fault_id>", SANDBOX_KEY, delete(), fault_id="{fault}"),
    row("api/v1/sandbox/reset", SANDBOX_KEY, post()),
    row("api/v1/sandbox/snapshots", SANDBOX_KEY, get(shows="snapshot snapshot_name"), post(status=201)),
    row("api/v1/sandbox/snapshots/<str:snapshot_id>", SANDBOX_KEY, delete(), snapshot_id="{snapshot}"),
    row("api/v1/sandbox/snapshots/<str:snapshot_id>/restore", SANDBOX_KEY, post(), snapshot_id="{snapshot}"),
    row("api/v1/sandbox/children", SANDBOX_KEY, get(shows="child child_name"), post(status=201)),
    row("api/v1/sandbox/children/<str:child_id>", SANDBOX_KEY, delete(), child_id="{child}"),
    row("api/v1/sandbox/top-up", SANDBOX_KEY, post({"amount": 10})),
)
_HOOK = {"url": "http://127.0.0.1:9/new-hook"}
_WEBHOOKS = (
    row("api/v1/webhooks/endpoints", ANY_KEY, get(shows="endpoint endpoint_url endpoint_header"), post(_HOOK, status=201)),
    row("api/v1/webhooks/endpoints/<str:endpoint_id>", ANY_KEY,
        get(shows="endpoint_url endpoint_header"), patch({"enabled": False}, shows="endpoint_url"), delete(), endpoint_id="{endpoint}"),
    row("api/v1/webhooks/endpoints/<str:endpoint_id>/rotate-secret", ANY_KEY, post(shows="endpoint_url"), endpoint_id="{endpoint}"),
    row("api/v1/webhooks/endpoints/<str:endpoint_id>/replay", ANY_KEY,
        post({"status": "all"}, status=201, shows="endpoint"), endpoint_id="{endpoint}"),
    row("api/v1/webhooks/replays/<str:replay_id>", ANY_KEY, get(shows="endpoint"), replay_id="{replay}"),
    row("api/v1/webhooks/events", ANY_KEY,
        get("?limit=100", shows="event event_reference"), get("?subjectId={subject}", shows="event event_reference"),
        get("?after={earlier_event}&limit=100", shows="event"), get("?cursor=&limit=100", shows="event")),
    row("api/v1/webhooks/event-types", ANY_KEY, get()),
    row("api/v1/webhooks/deliveries", ANY_KEY,
        get("?endpointId={endpoint}", shows="delivery event endpoint_url"), get("?eventId={event}", shows="delivery"),
        get("?replayId={replay}", shows="delivery"), get("?cursor=&limit=100", shows="delivery"), get("?limit=100", shows="delivery")),
    row("api/v1/webhooks/deliveries/<str:delivery_id>", ANY_KEY, get(shows="event endpoint_url event_reference"), delivery_id="{delivery}"),
    row("api/v1/webhooks/deliveries/<str:delivery_id>/resend", ANY_KEY, post(shows="event endpoint_url"), delivery_id="{delivery}"),
    row("api/v1/webhooks/trigger", SANDBOX_KEY, post({"type": "payment.completed"}, status=201)),
    row("api/v1/webhooks/debug", ANY_KEY,
        post({"headers": {}, "body": ""}), post({"headers": {}, "body": "", "endpointId": "{endpoint}"})),
    row("api/v1/sandbox/webhook-tricks", SANDBOX_KEY, get(shows="trick_reference"), post({"trick": "drop"}, status=201), delete()),
    row("api/v1/sandbox/webhook-tricks/<str:trick_id>", SANDBOX_KEY, delete(), trick_id="{trick}"),
)  # fmt: skip
_PORTAL_API = (
    row(portal("auth/register"), ANYBODY, post({"companyName": "New", "username": "newcomer"}, status=201)),
    row(portal("auth/login"), ANYBODY,
        post(status=400), post({"email": "{owner_email}", "password": "wrong"}, status=401),
        post({"email": "staff@mypay.example", "password": PASSWORD}, status=401), unknown=401),
    row(portal("auth/token"), ANYBODY, post({"email": "{owner_email}", "password": "wrong"}, status=401), unknown=401),
    row(portal("auth/refresh"), HOLDER,
        post({"refresh": "{refresh}"}), post({"refresh": "{staff_refresh_of_both}"}, status=401), unknown=401),
    row(portal("auth/logout"), ANYBODY, post()),
    row(portal("merchant/profile"), MEMBER,
        get(shows="email company"), put({"companyName": "New"}, roles=MANAGERS), put({"webhookUrl": ""}, roles=MANAGERS),
        put({"email": "new@sealed.example"}, roles=_OWNER), put({"currentPassword": PASSWORD, "newPassword": "another one"})),
    row(portal("merchant/credentials"), MEMBER,
        get(roles=NO_VIEWER), post(roles=TECHNICAL), post({"type": "payout"}, roles=TECHNICAL)),
    row(portal("transactions"), MEMBER, get(shows="checkout paid_checkout payer"), get("?cursor=", shows="checkout")),
    row(portal("transactions/export/<str:format>"), MEMBER, get(shows="paid_reference"), format="csv"),
    row(portal("transactions/<str:checkout_id>"), MEMBER, get(shows="paid_checkout payer success_url"), checkout_id="{paid_checkout}"),
    row(portal("dashboard/stats"), MEMBER, get()),
    row(portal("payouts"), MEMBER, get(shows="payout account"), get("?cursor=", shows="payout")),
    row(portal("payouts/export/<str:format>"), MEMBER, get(shows="payout account"), format="json"),
    row(portal("payouts/<str:payout_id>"), MEMBER, get(shows="payout account"), payout_id="{payout}"),
)  # fmt: skip
_ADMIN_API = (
    row(admin("auth/login"), ANYBODY,
        post(status=400), post({"email": "{owner_email}", "password": PASSWORD}, status=401), unknown=401),
    row(admin("auth/token"), ANYBODY, post({"email": "{owner_email}", "password": PASSWORD}, status=401), unknown=401),
    row(admin("auth/refresh"), ANYBODY,
        post({"refresh": "{staff_refresh}"}), post({"refresh": "{refresh_of_both}"}, status=401), unknown=401),
    row(admin("auth/logout"), ANYBODY, post()),
    row(admin("merchants"), STAFF, get(shows="email company webhook_url"), post({"email": "new@new.example", "name": "New"}, status=201)),
    row(admin("merchants/<str:merchant_id>"), STAFF, get(shows="email psk_last payout"), put({"name": "New"}), merchant_id="{merchant}"),
    row(admin("merchants/<str:merchant_id>/toggle-status"), STAFF, post(), merchant_id="{merchant}"),
    row(admin("merchants/<str:merchant_id>/reset-password"), STAFF, post(shows="email"), merchant_id="{merchant}"),
    row(admin("merchants/<str:merchant_id>/email"), STAFF, put({"email": "new@sealed.example"}), merchant_id="{merchant}"),
    row(admin("transactions"), STAFF, get(shows="checkout paid_reference"), get("?merchantId={merchant}", shows="checkout")),
    row(admin("payouts"), STAFF, get(shows="payout account"), get("?merchantId={merchant}", shows="payout")),
    row(admin("payouts/<str:payout_id>/approve"), STAFF, post(shows="account"), payout_id="{reviewed_payout}"),
    row(admin("payouts/<str:payout_id>/reject"), STAFF, post(shows="account"), payout_id="{reviewed_payout}"),
    row(admin("stats"), STAFF, get()),
    row(admin("config"), STAFF, get(), put({"webhook_retry_attempts": "4"})),
)  # fmt: skip

ROWS: tuple[Row, ...] = (
    *_OPEN, *_PAYOUTS, *_PAYMENTS, *_MONEY, *_SETTLEMENTS, *_CONTROLS, *_WEBHOOKS, *_PORTAL_API, *_ADMIN_API, *PAGES, *RAZORPAY, *PAYSTACK,
    *PAYSTACK_TRANSFERS,
)  # fmt: skip
