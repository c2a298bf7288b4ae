"""Payment links over HTTP: made, sent, paid in parts, cancelled, expired."""

from typing import Any

import pytest

from emulators.razorpay.tests.conftest import CARD, Shop
from merchants.models import Message
from mypay.kit import clock
from payments.models import Checkout

CUSTOMER = {"name": "Gaurav Kumar", "contact": "+919000090000", "email": "gaurav@example.com"}


def link(shop: Shop, **changes: Any) -> Any:
    return shop.post("/payment_links", {"amount": 100_000, "currency": "INR", **changes})


def test_create_link_answers_razorpays_link(shop: Shop) -> None:
    expire_by = int(clock.real_now().timestamp()) + 3600
    made = shop.post("/payment_links/", {
        "amount": 100_000, "currency": "INR", "accept_partial": True, "first_min_partial_amount": 10_000, "expire_by": expire_by,
        "reference_id": "TS1989", "description": "A policy", "customer": CUSTOMER, "notify": {"sms": True, "email": True},
        "reminder_enable": True, "notes": {"policy": "J"}, "callback_url": "https://shop.example/back", "callback_method": "get",
    })  # fmt: skip
    assert made == {
        "accept_partial": True, "amount": 100_000, "amount_paid": 0, "callback_method": "get",
        "callback_url": "https://shop.example/back", "cancelled_at": 0, "created_at": made["created_at"], "currency": "INR",
        "customer": CUSTOMER, "description": "A policy", "expire_by": expire_by, "expired_at": 0, "first_min_partial_amount": 10_000,
        "id": made["id"], "notes": {"policy": "J"}, "notify": {"email": True, "sms": True, "whatsapp": False},
        "order_id": made["id"].replace("plink_", "order_"), "payments": [], "reference_id": "TS1989", "reminder_enable": True,
        "reminders": [], "short_url": f"http://127.0.0.1:8000/razorpay/l/{made['id']}", "status": "created",
        "updated_at": made["created_at"], "upi_link": False, "user_id": "", "whatsapp_link": False,
    }  # fmt: skip
    assert shop.get(f"/payment_links/{made['id']}") == made
    assert shop.get("/payment_links?reference_id=TS1989") == {"payment_links": [made]}
    assert set(Message.objects.values_list("kind", "to")) == {("mail", CUSTOMER["email"]), ("sms", CUSTOMER["contact"])}
    assert all(made["short_url"] in body for body in Message.objects.values_list("body", flat=True))


def test_create_link_of_a_taken_reference_is_refused(shop: Shop, other_shop: Shop) -> None:
    link(other_shop, reference_id="A")
    link(shop, reference_id="A")
    told = shop.refused("post", "/payment_links", {"amount": 100, "reference_id": "A"})
    assert told[1:] == ("payment link with given reference_id: (A) already exists. Please pass unique reference_id", "reference_id")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 99}, "amount"),
        ({"first_min_partial_amount": 100}, "first_min_partial_amount"),
        ({"accept_partial": True, "first_min_partial_amount": 100_100}, "first_min_partial_amount"),
        ({"expire_by": 1_700_000_000}, "expire_by"),
        ({"expire_by": "soon"}, "expire_by"),
        ({"callback_url": "https://shop.example", "callback_method": "post"}, "callback_method"),
        ({"callback_url": "javascript:alert(1)", "callback_method": "get"}, "callback_url"),
        ({"customer": "Gaurav"}, "customer"),
        ({"customer": {"email": "e" * 65}}, "email"),
        ({"notify": {"sms": "maybe"}}, "sms"),
    ],
)
def test_create_link_refusal_names_the_field(shop: Shop, changes: dict[str, Any], field: str) -> None:
    told = shop.refused("post", "/payment_links", {"amount": 100_000, "currency": "INR", **changes})
    assert (told[0], told[2]) == (400, field)
    assert not Checkout.objects.exists()


def test_link_is_paid_in_parts(shop: Shop) -> None:
    made = link(shop, accept_partial=True, first_min_partial_amount=10_000, customer=CUSTOMER)
    first = shop.pay(made["order_id"], **CARD, amount="400.00")
    seen = shop.get(f"/payment_links/{made['id']}")
    assert (seen["status"], seen["amount_paid"], first["amount"], first["email"]) == ("partially_paid", 40_000, 40_000, CUSTOMER["email"])
    second = shop.pay(made["order_id"])
    seen = shop.get(f"/payment_links/{made['id']}")
    assert (seen["status"], seen["amount_paid"]) == ("paid", 100_000)
    assert [(part["payment_id"], part["amount"], part["method"]) for part in seen["payments"]] == [
        (first["id"], 40_000, "card"),
        (second["id"], 60_000, "card"),
    ]
    assert shop.get(f"/payment_links?payment_id={first['id']}") == {"payment_links": [seen]}


def test_cancelled_link_cannot_be_paid_or_cancelled_again(shop: Shop) -> None:
    made = link(shop)
    cancelled = shop.post(f"/payment_links/{made['id']}/cancel")
    assert cancelled["status"] == "cancelled" and cancelled["cancelled_at"] >= made["created_at"]
    told = shop.refused("post", f"/payment_links/{made['id']}/cancel")
    assert told[1] == "Payment Link cannot be cancelled as it is cancelled"
    assert shop.get(f"/orders/{made['order_id']}/payments")["count"] == 0


def test_link_that_nobody_pays_expires(shop: Shop) -> None:
    expire_by = int(clock.real_now().timestamp()) + 1800
    made = link(shop, expire_by=expire_by)
    shop.later(hours=1)
    seen = shop.get(f"/payment_links/{made['id']}")
    assert seen["status"] == "expired" and abs(seen["expired_at"] - expire_by) <= 1


def test_change_link_while_it_is_open(shop: Shop) -> None:
    made = link(shop, reference_id="old")
    changes = {"reference_id": "new", "notes": {"a": "b"}, "reminder_enable": True}
    changed = shop.call("patch", f"/payment_links/{made['id']}", changes).json()
    assert changed == {**made, **changes} == shop.get("/payment_links?reference_id=new")["payment_links"][0]
    assert shop.get("/payment_links?reference_id=old")["payment_links"] == []
    assert shop.refused("patch", f"/payment_links/{made['id']}", {"amount": 1})[2] == "amount"
    shop.pay(made["order_id"])
    assert shop.refused("patch", f"/payment_links/{made['id']}", changes)[1] == "Payment Link cannot be updated as it is paid"


def test_notify_sends_the_link_once_more(shop: Shop) -> None:
    made = link(shop, customer={"contact": CUSTOMER["contact"]})
    assert shop.post(f"/payment_links/{made['id']}/notify_by/sms") == {"success": True}
    assert Message.objects.get().to == CUSTOMER["contact"]
    assert shop.refused("post", f"/payment_links/{made['id']}/notify_by/email")[2] == "customer.email"
    assert shop.refused("post", f"/payment_links/{made['id']}/notify_by/pigeon")[0] == 404


def test_foreign_link_is_as_unknown(shop: Shop, other_shop: Shop) -> None:
    theirs, order = link(other_shop, reference_id="A"), shop.order()
    for object_id in (theirs["id"], "plink_00000000000000", order["id"].replace("order_", "plink_")):
        for method, path in (("get", ""), ("patch", ""), ("post", "/cancel"), ("post", "/notify_by/sms")):
            assert shop.refused(method, f"/payment_links/{object_id}{path}") == (400, "The id provided does not exist", "")
    assert shop.get("/payment_links") == {"payment_links": []}
