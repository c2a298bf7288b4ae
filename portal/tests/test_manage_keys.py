"""API keys in the portal: issued, limited, rotated, revoked, and by whom."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.authentication import find_pair
from merchants.models import ApiKey, Member, Merchant
from merchants.services.issue_key import IssuedKey, issue_key, revoke_key
from merchants.states import Role, Scope
from mypay.kit.clock import real_now
from portal.access import _CONFIRMED_AT
from portal.tests.conftest import PASSWORD

NEW = {"scopes": ["payouts"], "label": "shop server", "expires": "", "allowed_ips": ""}


@pytest.fixture
def issued(merchant: Merchant) -> IssuedKey:
    return issue_key(merchant=merchant, scope=Scope.PAYOUTS, label="old one", allowed_ips="127.0.0.0/8")


@pytest.fixture
def confirmed(signed_in: Client) -> Client:
    """Signed in, and the password given a moment ago."""
    session = signed_in.session
    session[_CONFIRMED_AT] = time.time()
    session.save()
    return signed_in


def call(key: str, **more: Any) -> int:
    return int(Client().get("/api/v1/balance", headers={"X-API-KEY": key}, **more).status_code)


def shown(response: Any) -> list[tuple[ApiKey, str, str]]:
    """The keys on the page: each row, its key or id, and its secret."""
    told = [(part["key"], [value for _, value in part["parts"]]) for part in response.context["keys"]]
    return [(row, values[0], values[1] if len(values) > 1 else "") for row, values in told]


def test_issue_key_shows_it_once_and_it_works(confirmed: Client, merchant: Merchant) -> None:
    response = confirmed.post("/portal/keys/new", NEW, follow=True)
    [(row, clear, _)] = shown(response)
    assert (row.label, row.scope, row.expires_at, row.allowed_ips) == ("shop server", "payouts", None, "")
    assert clear.encode() in response.content and call(clear) == 200
    again = confirmed.get("/portal/keys/issued")
    assert clear.encode() not in again.content and b"Shown already" in again.content
    told = AuditEntry.objects.filter(resource_id=str(row.pk), action__startswith="api_key.").values_list("action", flat=True)
    assert set(told) == {Tag.KEY_ISSUED, Tag.KEY_REVEALED}


def test_issue_key_of_both_apis_makes_two_that_end(confirmed: Client, merchant: Merchant) -> None:
    response = confirmed.post("/portal/keys/new", {**NEW, "scopes": ["payouts", "payments"], "expires": "7"}, follow=True)
    rows = [row for row, _, _ in shown(response)]
    assert {row.scope for row in rows} == {"payouts", "payments"}
    assert all(abs(row.expires_at - real_now() - timedelta(days=7)) < timedelta(minutes=1) for row in rows)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": []}, "scopes"), ({"scopes": ["everything"]}, "scopes"), ({"label": "x" * 101}, "label"), ({"expires": "2"}, "expires"),
        ({"allowed_ips": "nonsense"}, "allowed_ips"), ({"allowed_ips": "1.2.3.4/99"}, "allowed_ips"),
        ({"allowed_ips": " ".join(f"10.0.0.{number}" for number in range(21))}, "allowed_ips"),
    ],
)  # fmt: skip
def test_issue_key_refusal_stands_at_its_field(confirmed: Client, merchant: Merchant, changes: dict[str, Any], field: str) -> None:
    before = ApiKey.objects.count()
    response = confirmed.post("/portal/keys/new", {**NEW, **changes})
    assert response.status_code == 400 and list(response.context["form"].errors) == [field]
    assert ApiKey.objects.count() == before


@pytest.mark.parametrize(
    ("allowed", "caller", "status"),
    [
        ("203.0.113.7", "203.0.113.7", 200), ("203.0.113.7", "203.0.113.8", 403), ("203.0.113.0/24, 10.0.0.1", "203.0.113.200", 200),
        ("2001:db8::/32", "2001:db8::5", 200), ("2001:db8::/32", "203.0.113.7", 403), ("0.0.0.0/0", "198.51.100.1", 200),
        ("203.0.113.7", "::ffff:203.0.113.7", 200),
    ],
)  # fmt: skip
def test_key_with_addresses_works_from_there_only(confirmed: Client, merchant: Merchant, allowed: str, caller: str, status: int) -> None:
    response = confirmed.post("/portal/keys/new", {**NEW, "allowed_ips": allowed}, follow=True)
    [(_, clear, _)] = shown(response)
    answer = Client().get("/api/v1/balance", headers={"X-API-KEY": clear}, REMOTE_ADDR=caller)
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == {"error": {"message": "This API key may not be used from this address", "code": "IP_NOT_ALLOWED"}}


@pytest.mark.parametrize(("overlap", "old_works"), [("0", False), ("3600", True), ("604800", True)])
def test_rotate_key_keeps_the_old_one_for_the_overlap(confirmed: Client, issued: IssuedKey, overlap: str, old_works: bool) -> None:
    response = confirmed.post(f"/portal/keys/{issued.row.pk}/rotate", {"overlap": overlap}, follow=True)
    [(row, clear, _)] = shown(response)
    assert (row.scope, row.label, row.allowed_ips, row.expires_at) == ("payouts", "old one", "127.0.0.0/8", None)
    assert call(clear) == 200 and call(issued.key) == (200 if old_works else 401)
    old = ApiKey.objects.get(pk=issued.row.pk)
    assert old.is_active is old_works
    if old_works:
        assert old.expires_at is not None
        assert abs(old.expires_at - real_now() - timedelta(seconds=int(overlap))) < timedelta(minutes=1)
    assert AuditEntry.objects.filter(action=Tag.KEY_ROTATED, resource_id=str(old.pk)).count() == 1


def test_rotate_key_never_lengthens_a_life_and_gives_the_new_one_as_long_a_one(confirmed: Client, merchant: Merchant) -> None:
    end = real_now() + timedelta(minutes=5)
    old = issue_key(merchant=merchant, scope=Scope.PAYOUTS, expires_at=end).row
    response = confirmed.post(f"/portal/keys/{old.pk}/rotate", {"overlap": "86400"}, follow=True)
    [(row, _, _)] = shown(response)
    old.refresh_from_db()
    assert old.expires_at == end and abs(row.expires_at - end) < timedelta(seconds=30)


def test_rotate_key_that_was_rotated_already_is_404(confirmed: Client, issued: IssuedKey) -> None:
    path = f"/portal/keys/{issued.row.pk}/rotate"
    assert confirmed.post(path, {"overlap": "0"}).status_code == 302
    assert confirmed.post(path, {"overlap": "0"}).status_code == 404


def test_revoke_key_asks_first_then_closes_it(confirmed: Client, issued: IssuedKey) -> None:
    path = f"/portal/keys/{issued.row.pk}/revoke"
    assert confirmed.get(path).status_code == 200 and call(issued.key) == 200
    response = confirmed.post(path, follow=True)
    assert call(issued.key) == 401 and b"is revoked" in response.content
    assert confirmed.post(path).status_code == 404


@pytest.mark.parametrize("path", ["/portal/keys/new", "/portal/keys/{}/rotate", "/portal/keys/{}/revoke"])
def test_change_key_asks_for_the_password_first(signed_in: Client, issued: IssuedKey, path: str) -> None:
    address = path.format(issued.row.pk)
    for response in (signed_in.get(address), signed_in.post(address, NEW)):
        assert response.status_code == 302 and response["Location"].startswith("/portal/confirm?next=")
    assert ApiKey.objects.get(pk=issued.row.pk).is_active and call(issued.key) == 200


@pytest.mark.parametrize("role", [Role.FINANCE, Role.VIEWER])
def test_change_key_in_a_lower_role_is_403(confirmed: Client, issued: IssuedKey, role: Role) -> None:
    Member.objects.update(role=role)
    for path in ("new", "issued", f"{issued.row.pk}/rotate", f"{issued.row.pk}/revoke"):
        assert confirmed.get(f"/portal/keys/{path}").status_code == 403
    assert confirmed.post(f"/portal/keys/{issued.row.pk}/revoke").status_code == 403
    page = confirmed.get("/portal/keys").content
    assert b"New key" not in page and b"/rotate" not in page


def test_change_key_of_a_stranger_is_404(confirmed: Client, stranger: Merchant) -> None:
    theirs = issue_key(merchant=stranger, scope=Scope.PAYOUTS)
    for act in ("rotate", "revoke"):
        assert confirmed.post(f"/portal/keys/{theirs.row.pk}/{act}", {"overlap": "0"}).status_code == 404
    assert call(theirs.key) == 200


def test_view_keys_shows_text_as_text_in_a_constant_number_of_queries(signed_in: Client, merchant: Merchant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = signed_in.get("/portal/keys").content.decode()
        assert "<script>alert" not in page
        return len(captured)

    issue_key(merchant=merchant, scope=Scope.PAYOUTS, label="<script>alert(1)</script>", expires_at=real_now() - timedelta(days=1))
    few = queries()
    for _ in range(12):
        issue_key(merchant=merchant, scope=Scope.PAYMENTS, label="{{ 7*7 }}", expires_at=real_now() + timedelta(days=1))
    assert queries() == few <= 6
    page = signed_in.get("/portal/keys").content.decode()
    assert "&lt;script&gt;" in page and "Expired" in page and "Not yet" in page


def test_view_keys_leaves_out_the_revoked(signed_in: Client, merchant: Merchant, issued: IssuedKey) -> None:
    revoke_key(issued.row)
    assert issued.row.hint not in signed_in.get("/portal/keys").content.decode()


def test_issue_pair_shows_id_and_secret_and_where_to_put_them(confirmed: Client, merchant: Merchant) -> None:
    response = confirmed.post("/portal/keys/new", {**NEW, "scopes": ["razorpay", "payouts"]}, follow=True)
    page = response.content.decode()
    by_scope = {row.scope: (row, key, secret) for row, key, secret in shown(response)}
    row, key_id, secret = by_scope["razorpay"]
    found = find_pair(key_id, (Scope.RAZORPAY,))
    assert found is not None and found.secret == secret and row.hint == key_id
    assert page.count(f'data-copy="{key_id}"') == page.count(f'data-copy="{secret}"') == 1
    assert "key_secret" in page and "http://testserver/razorpay" in page and "Send it as X-API-KEY" in page
    assert by_scope["payouts"][2] == ""


def test_pair_shows_its_id_whole_and_its_secret_for_the_password_only(confirmed: Client, merchant: Merchant) -> None:
    pair = issue_key(merchant=merchant, scope=Scope.RAZORPAY)
    for path in ("/portal/keys", f"/portal/keys/{pair.row.pk}", f"/portal/keys/{pair.row.pk}/rotate", f"/portal/keys/{pair.row.pk}/revoke"):
        page = confirmed.get(path).content.decode()
        assert pair.key in page and pair.secret not in page
    page = confirmed.post(f"/portal/keys/{pair.row.pk}", {"password": PASSWORD}).content.decode()
    assert pair.key in page and f'data-copy="{pair.secret}"' in page
    assert AuditEntry.objects.filter(action=Tag.KEY_REVEALED, resource_id=str(pair.row.pk)).count() == 1


def test_rotate_and_revoke_pair_in_the_portal(confirmed: Client, merchant: Merchant) -> None:
    pair = issue_key(merchant=merchant, scope=Scope.RAZORPAY, label="sdk")
    response = confirmed.post(f"/portal/keys/{pair.row.pk}/rotate", {"overlap": "0"}, follow=True)
    [(row, key_id, secret)] = shown(response)
    found = find_pair(key_id, (Scope.RAZORPAY,))
    assert find_pair(pair.key, (Scope.RAZORPAY,)) is None and found is not None and found.secret == secret
    confirmed.post(f"/portal/keys/{row.pk}/revoke")
    assert find_pair(key_id, (Scope.RAZORPAY,)) is None


def test_issue_secret_key_shows_its_public_one_beside_it(confirmed: Client, merchant: Merchant) -> None:
    response = confirmed.post("/portal/keys/new", {**NEW, "scopes": ["paystack"]}, follow=True)
    [(row, key, public)] = shown(response)
    page = response.content.decode()
    assert key.startswith("sk_test_") and public.startswith("pk_test_") and page.count(f'data-copy="{public}"') == 1
    assert "Authorization: Bearer" in page and "http://testserver/paystack" in page
    listed = confirmed.get("/portal/keys").content.decode()
    assert row.hint in listed and key not in listed and "http://testserver/paystack" in listed
