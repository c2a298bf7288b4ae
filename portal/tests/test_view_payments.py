"""The portal's payment, refund and dispute rooms: what they show, find and do, to whom, and at what cost."""

import csv
import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.services.check import findings
from merchants.models import Member, Merchant
from merchants.states import Role
from mypay.kit import clock
from payments.models import Checkout, Dispute, Payment, Refund
from payments.services.create import create_checkout
from payments.services.open_dispute import open_dispute
from payments.states import DisputeReason, DisputeStatus, PaymentStatus
from payments.tests.acts import paid, refund
from payments.tests.conftest import checkout_body
from portal import searches

HOSTILE = '=HYPERLINK("http://evil")<script>alert(1)</script>{{ 7|add:7 }}'
ROOMS = ("payments", "payments/checkouts", "refunds", "disputes")


def opened(merchant: Merchant, **members: Any) -> Checkout:
    return create_checkout(merchant=merchant, body=checkout_body(**members), lenient=False)


def disputed(payment: Payment) -> Dispute:
    found = Payment.objects.select_related("merchant", "checkout__merchant").get(pk=payment.pk)
    return open_dispute(payment=found, amount=1_000, reason=DisputeReason.FRAUDULENT, at=clock.now(found.merchant))


def named(payment: Payment, reference: str) -> Payment:
    Checkout.objects.filter(pk=payment.checkout_id).update(reference=reference)
    return payment


def one_of_each(merchant: Merchant, reference: str = "ORDER-1") -> tuple[Payment, Refund, Dispute]:
    payment = named(paid(merchant, 100_000), reference)
    refund(payment, 1_000)
    return payment, Refund.objects.get(payment=payment), disputed(payment)


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
        assert response.status_code == 200, path
        b"".join(response) if response.streaming else response.content
    return len(captured)


def rows(client: Client, path: str) -> list[Any]:
    found: list[Any] = client.get(path).context["page"].rows
    return found


def lines(client: Client, path: str) -> list[dict[str, str]]:
    response: Any = client.get(path)
    return list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))


def key_of(client: Client, path: str, form: str) -> str:
    """The hidden key of a form on the page."""
    return str(client.get(path).context["actions"][f"{form}_form"]["key"].value())


def as_role(merchant: Merchant, role: Role) -> None:
    Member.objects.filter(merchant=merchant).update(role=role)


@pytest.mark.parametrize("room", ROOMS)
def test_view_room_without_rows_says_so(signed_in: Client, room: str) -> None:
    assert b"yet.</strong>" in signed_in.get(f"/portal/{room}").content


@pytest.mark.parametrize("room", [*ROOMS, *(f"{room}/export" for room in ROOMS)])
def test_view_room_with_more_rows_asks_no_more_queries(signed_in: Client, merchant: Merchant, room: str) -> None:
    one_of_each(merchant)
    few = queries(signed_in, f"/portal/{room}")
    for number in range(6):
        one_of_each(merchant, f"MORE-{number}")
    assert queries(signed_in, f"/portal/{room}") == few <= 9


def test_view_checkouts_shows_those_that_nobody_paid(signed_in: Client, merchant: Merchant) -> None:
    waiting = opened(merchant, reference="CART-1")
    assert rows(signed_in, "/portal/payments/checkouts") == [waiting]
    assert rows(signed_in, "/portal/payments") == []
    page = signed_in.get(f"/portal/payments/checkouts/{waiting.pk}").content.decode()
    assert f"/{waiting.pk}</code>" in page and "Nobody has tried to pay." in page and "Not paid yet." in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"INV-1", "inv-2", "X"}),
        ("q=INV", {"INV-1", "inv-2"}),
        ("q=INV-1", {"INV-1"}),
        ("q=NV-1", set()),
        ("q=%25", set()),
        ("q=4242", {"INV-1", "inv-2", "X"}),
        ("status=captured&q=INV", {"INV-1", "inv-2"}),
        ("status=failed", set()),
        ("status=nonsense", {"INV-1", "inv-2", "X"}),
        ("method=card", {"INV-1", "inv-2", "X"}),
        ("method=jazzcash", set()),
        ("currency=USD", {"X"}),
        ("startDate=2000-01-01", {"INV-1", "inv-2", "X"}),
        ("endDate=2000-01-01", set()),
    ],
)
@pytest.mark.parametrize("most", [1000, 0])
def test_view_payments_filtered_shows_only_those(
    signed_in: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch, query: str, found: set[str], most: int
) -> None:
    monkeypatch.setattr(searches, "_MOST", most)
    for reference, currency in (("INV-1", "PKR"), ("inv-2", "PKR"), ("X", "USD")):
        named(paid(merchant, currency=currency), reference)
    assert {row.checkout.reference for row in rows(signed_in, f"/portal/payments?{query}")} == found
    assert {line["reference"] for line in lines(signed_in, f"/portal/payments/export?format=csv&{query}")} == found


@pytest.mark.parametrize("room", ["refunds", "disputes"])
@pytest.mark.parametrize("most", [1000, 0])
def test_view_room_searched_by_its_payment_finds_it(
    signed_in: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch, room: str, most: int
) -> None:
    monkeypatch.setattr(searches, "_MOST", most)
    payment, *both = one_of_each(merchant, "MINE")
    one_of_each(merchant, "OTHER")
    wanted = both[0] if room == "refunds" else both[1]
    for text in ("MIN", str(wanted.pk), str(payment.pk), str(payment.checkout_id)):
        assert rows(signed_in, f"/portal/{room}?q={text}") == [wanted], text
    assert len(rows(signed_in, f"/portal/{room}?q=4242")) == 2


def test_view_payments_by_id_finds_it(signed_in: Client, merchant: Merchant) -> None:
    payment, _ = paid(merchant), paid(merchant)
    for text in (payment.pk, payment.checkout_id):
        assert rows(signed_in, f"/portal/payments?q={text}") == [payment]


def test_view_payments_page_by_page_shows_each_once(signed_in: Client, merchant: Merchant) -> None:
    for _ in range(22):
        paid(merchant)
    first = signed_in.get("/portal/payments?status=captured").context
    second = signed_in.get(first["next_url"]).context
    seen = [*first["page"].rows, *second["page"].rows]
    assert seen == list(Payment.objects.order_by("-pk")) and second["next_url"] == ""


@pytest.mark.parametrize("path", [*(f"{room}?cursor=nonsense" for room in ROOMS), *(f"{room}/export?format=xml" for room in ROOMS)])
def test_view_room_with_nonsense_is_refused(signed_in: Client, path: str) -> None:
    assert signed_in.get(f"/portal/{path}").status_code == 400


def test_export_payments_as_json_is_the_apis(signed_in: Client, merchant: Merchant) -> None:
    payment = paid(merchant)
    response: Any = signed_in.get("/portal/payments/export?format=json")
    [told] = json.loads(b"".join(response.streaming_content))
    assert (told["id"], told["amount"], told["status"]) == (str(payment.pk), "1000.00", "captured")


@pytest.mark.parametrize("room", ROOMS)
def test_hostile_text_shows_as_text_on_pages_and_in_files(signed_in: Client, merchant: Merchant, room: str) -> None:
    payment = paid(merchant)
    Checkout.objects.filter(pk=payment.checkout_id).update(reference=HOSTILE, description=HOSTILE, metadata={HOSTILE: HOSTILE})
    refund(payment, 1_000)
    Refund.objects.update(reason=HOSTILE, metadata={"note": HOSTILE})
    dispute = disputed(payment)
    Dispute.objects.update(evidence={HOSTILE: HOSTILE})
    [back] = Refund.objects.all()
    objects = {"payments": payment.pk, "payments/checkouts": payment.checkout_id, "refunds": back.pk, "disputes": dispute.pk}
    for path in (room, f"{room}/{objects[room]}"):
        page = signed_in.get(f"/portal/{path}").content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}" in page, path
    [line] = lines(signed_in, f"/portal/{room}/export")
    assert line["reference"] == f"'{HOSTILE}"


def test_capture_in_part_collects_once_however_often_it_is_sent(signed_in: Client, merchant: Merchant) -> None:
    payment = paid(merchant, mode="manual")
    path = f"/portal/payments/{payment.pk}"
    sent = {"capture-key": key_of(signed_in, path, "capture"), "capture-amount": "600"}
    for _ in range(2):
        response = signed_in.post(f"{path}/capture", sent, follow=True)
        assert response.status_code == 200 and b"The payment was captured." in response.content
    payment.refresh_from_db()
    assert (payment.status, payment.captured) == (PaymentStatus.CAPTURED, 60_000) and list(findings()) == []


def test_capture_too_much_is_told_at_its_field_and_can_be_corrected(signed_in: Client, merchant: Merchant) -> None:
    payment = paid(merchant, mode="manual")
    path = f"/portal/payments/{payment.pk}"
    sent = {"capture-key": key_of(signed_in, path, "capture"), "capture-amount": "1000.01"}
    refused = signed_in.post(f"{path}/capture", sent)
    form = refused.context["actions"]["capture_form"]
    assert refused.status_code == 400 and form.errors["amount"] == ["amount must be at most 1000.00"]
    assert b'aria-invalid="true"' in refused.content
    again = signed_in.post(f"{path}/capture", {"capture-key": form["key"].value(), "capture-amount": ""})
    assert again.status_code == 302 and Payment.objects.get().captured == 100_000


def test_void_gives_the_authorisation_up(signed_in: Client, merchant: Merchant) -> None:
    payment = paid(merchant, mode="manual")
    path = f"/portal/payments/{payment.pk}"
    response = signed_in.post(f"{path}/void", {"void-key": key_of(signed_in, path, "void")}, follow=True)
    assert b"The authorisation was given up." in response.content and b"Voided." in response.content
    assert signed_in.post(f"{path}/void", {"void-key": str(uuid4())}).status_code == 400


def test_refund_twice_by_one_form_refunds_once(signed_in: Client, merchant: Merchant) -> None:
    payment = paid(merchant)
    path = f"/portal/payments/{payment.pk}"
    sent = {"refund-key": key_of(signed_in, path, "refund"), "refund-amount": "12.50", "refund-reason": "damaged"}
    assert [signed_in.post(f"{path}/refund", sent).status_code for _ in range(2)] == [302, 302]
    [made] = Refund.objects.all()
    assert (made.amount, made.reason) == (1_250, "damaged")
    too_much = signed_in.post(f"{path}/refund", {"refund-key": str(uuid4()), "refund-amount": "990"})
    assert too_much.status_code == 400 and "amount" in too_much.context["actions"]["refund_form"].errors


def test_act_without_a_key_does_nothing(signed_in: Client, merchant: Merchant) -> None:
    payment = paid(merchant)
    for key in ({}, {"refund-key": "x"}):
        assert signed_in.post(f"/portal/payments/{payment.pk}/refund", key).status_code == 400
    assert not Refund.objects.exists()


def test_evidence_is_handed_in_once(signed_in: Client, merchant: Merchant) -> None:
    dispute = disputed(paid(merchant))
    path = f"/portal/disputes/{dispute.pk}"
    empty = signed_in.post(f"{path}/evidence", {"evidence-key": key_of(signed_in, path, "evidence")})
    form = empty.context["actions"]["evidence_form"]
    assert empty.status_code == 400 and "text" in form.errors
    sent = {"evidence-key": form["key"].value(), "evidence-text": "It was delivered.", "evidence-trackingNumber": "TCS-1"}
    assert [signed_in.post(f"{path}/evidence", sent).status_code for _ in range(2)] == [302, 302]
    dispute.refresh_from_db()
    assert dispute.evidence == {"text": "It was delivered.", "trackingNumber": "TCS-1"} and dispute.status == DisputeStatus.UNDER_REVIEW
    assert b"TCS-1" in signed_in.get(path).content


def test_accept_dispute_closes_it(signed_in: Client, merchant: Merchant) -> None:
    dispute = disputed(paid(merchant))
    path = f"/portal/disputes/{dispute.pk}"
    response = signed_in.post(f"{path}/accept", {"accept-key": key_of(signed_in, path, "accept")}, follow=True)
    assert b"The dispute was accepted." in response.content and response.context["actions"] == {}
    dispute.refresh_from_db()
    assert dispute.status == DisputeStatus.ACCEPTED and list(findings()) == []


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_act_by_a_role_that_moves_no_money_is_refused(signed_in: Client, merchant: Merchant, role: Role) -> None:
    payment, _, dispute = one_of_each(merchant)
    as_role(merchant, role)
    for path in (f"payments/{payment.pk}/capture", f"payments/{payment.pk}/void", f"payments/{payment.pk}/refund"):
        assert signed_in.post(f"/portal/{path}", {}).status_code == 403
    for path in (f"disputes/{dispute.pk}/evidence", f"disputes/{dispute.pk}/accept"):
        assert signed_in.post(f"/portal/{path}", {}).status_code == 403
    for path in (f"payments/{payment.pk}", f"disputes/{dispute.pk}"):
        assert signed_in.get(f"/portal/{path}").context["actions"] == {}


def test_object_of_a_stranger_is_404(signed_in: Client, stranger: Merchant) -> None:
    payment, back, dispute = one_of_each(stranger, "SECRET-REFERENCE")
    key = {"refund-key": str(uuid4()), "accept-key": str(uuid4())}
    for path in ("payments/{}", "payments/checkouts/{}", "refunds/{}", "disputes/{}"):
        for found in (payment.pk, payment.checkout_id, back.pk, dispute.pk):
            response, unknown = (signed_in.get(f"/portal/{path.format(pk)}") for pk in (found, uuid4()))
            assert response.status_code == unknown.status_code == 404 and response.content == unknown.content
    for path in (f"payments/{payment.pk}/refund", f"disputes/{dispute.pk}/accept"):
        assert signed_in.post(f"/portal/{path}", key).status_code == 404
    for room in ROOMS:
        assert b"SECRET" not in signed_in.get(f"/portal/{room}?q=SECR").content
        assert lines(signed_in, f"/portal/{room}/export") == []


@pytest.mark.parametrize(
    ("scenario", "mode", "told"),
    [
        ("success", "automatic", "Paid."),
        ("success", "manual", "Authorised, not collected."),
        ("insufficient_funds", "automatic", "Insufficient funds"),
        ("pending", "automatic", "On its way."),
    ],
)
def test_view_payment_says_what_its_state_means(signed_in: Client, merchant: Merchant, scenario: str, mode: str, told: str) -> None:
    payment = paid(merchant, scenario=scenario, mode=mode)
    assert told in signed_in.get(f"/portal/payments/{payment.pk}").content.decode()
    assert told.partition(" ")[0] in signed_in.get(f"/portal/payments/{payment.pk}").content.decode()


def test_view_payment_by_its_checkouts_id_leads_to_the_checkout(signed_in: Client, merchant: Merchant) -> None:
    waiting = opened(merchant)
    assert signed_in.get(f"/portal/payments/{waiting.pk}")["Location"] == f"/portal/payments/checkouts/{waiting.pk}"
