"""Signing up, a forgotten password, sessions, and the own password."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.models import Flag, LoginAttempt, Member, Merchant, Message, User, UserSession
from merchants.services.check_password import LIMIT
from merchants.services.recover_password import token_for
from mypay.settings import environment
from portal.tests.conftest import PASSWORD
from portal.tests.rest import PORTAL, Rest

NEW = "another password"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(
        "/portal/login", {"username": email, "password": password}, headers={"User-Agent": "Mozilla/5.0 Firefox/140.0 Linux"}
    )


def test_register_shows_the_login_once_and_signs_in(client: Client, db: None) -> None:
    assert client.get("/portal/register").status_code == 200
    done = client.post("/portal/register", {"company": "<b>Ayesha</b> Textiles", "username": "AyeSha"})
    text = done.content.decode()
    password = done.context["login"].password
    assert "ayesha@mycodigital.io" in text and password.replace("&", "&amp;") in text
    assert "&lt;b&gt;Ayesha&lt;/b&gt; Textiles" in text and "no-store" in done["Cache-Control"]
    home = client.get("/portal/")
    assert home.status_code == 200 and password not in home.content.decode()
    other = Client()
    assert sign_in(other, "AYESHA", password)["Location"] == "/portal/", "by the username"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"company": "", "username": "ayesha"}, "company"),
        ({"company": "Shop", "username": ""}, "username"),
        ({"company": "Shop", "username": "ab"}, "username"),
        ({"company": "Shop", "username": "a b c"}, "username"),
        ({"company": "Shop", "username": "taken"}, "username"),
    ],
)
def test_register_refusal_stands_at_its_field(client: Client, db: None, given: dict[str, str], field: str) -> None:
    Client().post("/portal/register", {"company": "First", "username": "taken"})
    refused = client.post("/portal/register", given)
    assert refused.status_code == 400 and list(refused.context["form"].errors) == [field]
    assert Merchant.objects.count() == 1 and "_auth_user_id" not in client.session


def test_register_switched_off_is_offered_to_nobody(client: Client, db: None) -> None:
    Flag.objects.create(key="self_registration", is_enabled=False)
    assert b"/portal/register" not in client.get("/portal/login").content
    for answer in (client.get("/portal/register"), client.post("/portal/register", {"company": "Shop", "username": "ayesha"})):
        assert answer.status_code == 403
    assert not Merchant.objects.exists()


def mailed() -> str:
    found = re.search(r"http\S+/portal(/reset/\S+)", Message.objects.latest("pk").body)
    assert found
    return f"/portal{found[1]}"


def test_forgot_answers_the_same_to_known_and_unknown_addresses(client: Client, user: User) -> None:
    known, unknown = (client.post("/portal/forgot", {"email": email}) for email in (user.email, "other@shop.example"))
    assert known.status_code == unknown.status_code == 200
    assert known.content.replace(user.email.encode(), b"") == unknown.content.replace(b"other@shop.example", b"")
    assert list(Message.objects.values_list("box", flat=True)) == [user.email]
    assert AuditEntry.objects.filter(action=Tag.USER_RECOVERY_ASKED).count() == 1


def test_forgot_of_staff_writes_nothing_where_other_staff_would_read_it(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_superuser("head@mypay.example", PASSWORD)
    client.post("/portal/forgot", {"email": "head@mypay.example"})
    assert not Message.objects.exists()
    monkeypatch.setattr(environment, "EMAIL_URL", "smtp://mail.example")
    client.post("/portal/forgot", {"email": "head@mypay.example"})
    assert Message.objects.count() == 1


def test_forgot_too_often_has_to_wait(client: Client, user: User) -> None:
    for _ in range(LIMIT):
        client.post("/portal/forgot", {"email": user.email})
    refused = client.post("/portal/forgot", {"email": user.email})
    assert refused.status_code == 429 and "Retry-After" in refused and Message.objects.count() == LIMIT


def test_forgot_link_does_not_follow_the_host_header(client: Client, user: User) -> None:
    client.post("/portal/forgot", {"email": user.email}, headers={"Host": "evil.example"})
    assert "evil.example" not in Message.objects.get().body


def test_reset_sets_the_password_once_and_ends_what_was_open(client: Client, user: User) -> None:
    inside, token = Client(), Rest(PORTAL).post("/auth/login", {"email": user.email, "password": PASSWORD}).json()["token"]
    sign_in(inside, user.email)
    client.post("/portal/forgot", {"email": user.email})
    path = mailed()
    assert client.get(path).status_code == 200
    for given in ({"password": "short", "again": "short"}, {"password": NEW, "again": "differs"}, {}):
        assert client.post(path, given).status_code == 400
    assert client.post(path, {"password": NEW, "again": NEW})["Location"] == "/portal/login"
    assert client.get(path).status_code == 404 == client.post(path, {"password": NEW, "again": NEW}).status_code
    assert inside.get("/portal/").status_code == 302 and Rest(PORTAL, token).get("/merchant/profile").status_code == 401
    assert sign_in(client, user.email, NEW).status_code == 302
    assert not LoginAttempt.objects.filter(account=user.email).exists()


@pytest.mark.parametrize("token", ["nonsense", "1-nonsense", "0-x", "٣-x", f"{'9' * 30}-x", "-"])
def test_reset_by_a_wrong_link_is_404(client: Client, user: User, token: str) -> None:
    assert client.get(f"/portal/reset/{token}").status_code == 404


def test_reset_link_of_another_user_is_404(client: Client, user: User, stranger: Merchant) -> None:
    other = User.objects.get(email=stranger.email)
    theirs = token_for(other).partition("-")[2]
    assert client.get(f"/portal/reset/{user.pk}-{theirs}").status_code == 404


def test_reset_link_after_a_sign_in_is_404(client: Client, user: User) -> None:
    client.post("/portal/forgot", {"email": user.email})
    sign_in(Client(), user.email)
    assert client.get(mailed()).status_code == 404


def test_password_change_keeps_this_session_and_ends_the_others(client: Client, user: User) -> None:
    other = Client()
    for each in (client, other):
        sign_in(each, user.email)
    before = client.cookies["sessionid"].value
    assert client.post("/portal/security/password", {"current": "wrong", "password": NEW, "again": NEW}).status_code == 400
    done = client.post("/portal/security/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert done["Location"] == "/portal/security" and client.cookies["sessionid"].value != before
    page = client.get("/portal/security")
    assert [row.is_current for row in page.context["sessions"]] == [True]
    assert other.get("/portal/").status_code == 302
    assert AuditEntry.objects.filter(action=Tag.USER_PASSWORD_CHANGED).count() == 1


def test_sessions_are_listed_with_device_and_address(client: Client, user: User) -> None:
    sign_in(client, user.email)
    shown = client.get("/portal/security").content.decode()
    assert "Firefox on Linux" in shown and "127.0.0.1" in shown and "This one" in shown


def test_session_is_ended_by_its_user_only(client: Client, user: User, stranger: Merchant) -> None:
    other, foreign = Client(), Client()
    sign_in(client, user.email)
    sign_in(other, user.email)
    sign_in(foreign, stranger.email)
    mine = UserSession.objects.get(session_key=other.cookies["sessionid"].value)
    assert foreign.post(f"/portal/security/sessions/{mine.pk}/end").status_code == 404
    assert client.post(f"/portal/security/sessions/{mine.pk}/end").status_code == 302
    assert other.get("/portal/").status_code == 302 and client.get("/portal/").status_code == 200
    assert client.post(f"/portal/security/sessions/{mine.pk}/end").status_code == 404


def test_sessions_all_others_end_tokens_too(client: Client, user: User) -> None:
    other, token = Client(), Rest(PORTAL).post("/auth/login", {"email": user.email, "password": PASSWORD}).json()["token"]
    sign_in(client, user.email)
    sign_in(other, user.email)
    client.post("/portal/security/sessions/end")
    assert client.get("/portal/security").status_code == 200 and len(client.get("/portal/security").context["sessions"]) == 1
    assert other.get("/portal/").status_code == 302 and Rest(PORTAL, token).get("/merchant/profile").status_code == 401


def test_session_is_seen_at_most_once_a_minute(client: Client, user: User, django_assert_num_queries: Any) -> None:
    sign_in(client, user.email)
    client.get("/portal/inbox")
    with django_assert_num_queries(4):
        client.get("/portal/inbox")
    session = client.session
    session["seen_at"] -= 61
    session.save()
    UserSession.objects.update(seen_at="2020-01-01T00:00:00Z")
    client.get("/portal/inbox")
    assert UserSession.objects.get().seen_at.year > 2020


def test_sign_out_forgets_the_session(client: Client, user: User) -> None:
    sign_in(client, user.email)
    client.post("/portal/logout")
    assert not UserSession.objects.exists() and AuditEntry.objects.filter(action=Tag.USER_LOGGED_OUT).count() == 1


def test_switch_merchant_is_remembered_until_membership_ends(client: Client, user: User, merchant: Merchant, stranger: Merchant) -> None:
    Merchant.objects.filter(pk=stranger.pk).update(company_name="Second Shop")
    client.force_login(user)
    assert b'action="/portal/switch"' not in client.get("/portal/inbox").content
    assert client.post("/portal/switch", {"merchant": stranger.pk}).status_code == 404
    second = Member.objects.create(user=user, merchant=stranger, role="viewer")
    assert b'action="/portal/switch"' in client.get("/portal/inbox").content
    assert client.get("/portal/inbox").context["member"].merchant == merchant
    assert client.post("/portal/switch", {"merchant": stranger.pk}).status_code == 302
    page = client.get("/portal/inbox")
    assert page.context["member"].pk == second.pk and b"Second Shop" in page.content
    assert client.get("/portal/team/invite").status_code == 403, "a viewer there"
    second.delete()
    assert client.get("/portal/inbox").context["member"].merchant == merchant
    for nonsense in ("", "x", "999999", str(stranger.pk)):
        assert client.post("/portal/switch", {"merchant": nonsense}).status_code == 404
