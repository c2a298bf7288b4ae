"""The team, the company's profile and the inbox."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchants.models import Invitation, Member, Merchant, Message, User
from merchants.services.send_message import notify, send_mail, send_sms
from merchants.states import Act, Notice, Role, may
from portal.tests.conftest import PASSWORD

HTML = "<script>alert(1)</script>{{ 7*7 }}"


@pytest.fixture
def confirmed(signed_in: Client) -> Client:
    signed_in.post("/portal/confirm", {"password": PASSWORD})
    return signed_in


def add(merchant: Merchant, role: Role, name: str = "") -> Member:
    user = User.objects.create_user(f"{role}{User.objects.count()}@shop.example", PASSWORD, name=name or role.label)
    return Member.objects.create(user=user, merchant=merchant, role=role)


def link() -> str:
    found = re.search(r"/portal/join/\S+", Message.objects.filter(subject__contains="invites").latest("pk").body)
    assert found
    return found[0]


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_invite_and_join_as_new(confirmed: Client) -> None:
    sent = confirmed.post("/portal/team/invite", {"email": "New@Shop.example", "role": "developer"}, follow=True)
    assert "new@shop.example is invited" in sent.content.decode() and Invitation.objects.get().role == Role.DEVELOPER
    guest = Client()
    page = guest.get(link())
    assert page.status_code == 200 and b"You are invited as <strong>Developer" in page.content
    assert guest.post(link(), {"name": "New", "password": "short", "again": "short"}).status_code == 400
    joined = guest.post(link(), {"name": HTML, "password": "a good password", "again": "a good password"}, follow=True)
    assert "You now work for Shop." in joined.content.decode()
    assert guest.get(link()).status_code == 404
    shown = confirmed.get("/portal/team").content.decode()
    assert "<script>alert" not in shown and "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in shown


def test_join_with_a_login_needs_that_login(confirmed: Client, user: User, stranger: Merchant) -> None:
    confirmed.post("/portal/team/invite", {"email": stranger.email, "role": "finance"})
    path = link()
    signed_out = Client()
    assert f"/portal/login?next={path}" in signed_out.get(path).content.decode()
    assert signed_out.post(path, {"name": "x", "password": "a good password", "again": "a good password"}).status_code == 200
    assert not Member.objects.filter(user__email=stranger.email, role=Role.FINANCE).exists()
    assert b"went to another address" in confirmed.get(path).content
    confirmed.post(path)
    assert Invitation.objects.exists()
    theirs = Client()
    theirs.force_login(User.objects.get(email=stranger.email))
    assert b"Join" in theirs.get(path).content
    done = theirs.post(path, follow=True)
    assert done.context["member"].role == Role.FINANCE and [other.role for other in done.context["member"].others] == [Role.OWNER]


def test_team_changes_need_the_password_again(signed_in: Client, merchant: Merchant) -> None:
    viewer = add(merchant, Role.VIEWER)
    for path in ("/portal/team/invite", f"/portal/team/{viewer.pk}", f"/portal/team/{viewer.pk}/remove", "/portal/team/leave"):
        assert signed_in.post(path, {"role": "admin", "email": "a@b.example"})["Location"].startswith("/portal/confirm?next="), path
    assert Member.objects.get(pk=viewer.pk).role == Role.VIEWER and not Invitation.objects.exists()


def test_team_member_changes_role_and_goes(confirmed: Client, merchant: Merchant) -> None:
    row = add(merchant, Role.VIEWER)
    theirs = Client()
    theirs.force_login(row.user)
    assert confirmed.post(f"/portal/team/{row.pk}", {"role": "nonsense"}).status_code == 400
    assert confirmed.post(f"/portal/team/{row.pk}", {"role": "admin"}).status_code == 302
    assert theirs.get("/portal/team").context["member"].role == Role.ADMIN
    assert confirmed.post(f"/portal/team/{row.pk}/remove").status_code == 302
    assert theirs.get("/portal/team").status_code == 403


def test_team_admin_sees_no_way_to_touch_an_owner(client: Client, merchant: Merchant, user: User) -> None:
    admin, owner = add(merchant, Role.ADMIN), Member.objects.get(user=user)
    client.force_login(admin.user)
    client.post("/portal/confirm", {"password": PASSWORD})
    assert f"/portal/team/{owner.pk}" not in client.get("/portal/team").content.decode()
    assert b"Only an owner changes an owner" in client.get(f"/portal/team/{owner.pk}").content
    assert "owner" not in dict(client.get("/portal/team/invite").context["form"].fields["role"].choices)
    assert client.post(f"/portal/team/{owner.pk}", {"role": "viewer"}).status_code == 400
    assert client.post(f"/portal/team/{owner.pk}/remove").status_code == 403
    assert client.post("/portal/team/invite", {"email": "a@b.example", "role": "owner"}).status_code == 400
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_last_owner_is_told_why_he_stays(confirmed: Client, user: User) -> None:
    owner = Member.objects.get(user=user)
    assert "The last owner stays owner" in confirmed.post("/portal/team/leave", follow=True).content.decode()
    assert "The last owner stays owner" in confirmed.post(f"/portal/team/{owner.pk}", {"role": "admin"}).content.decode()
    assert user.memberships.exists()


@pytest.mark.parametrize("role", list(Role))
def test_team_page_shows_controls_by_role(client: Client, merchant: Merchant, role: Role) -> None:
    Invitation.objects.create(
        merchant=merchant,
        email="guest@shop.example",
        role=Role.VIEWER,
        token_sha256="x",
        created_at="2026-01-01T00:00Z",
        expires_at="2099-01-01T00:00Z",
    )
    client.force_login(add(merchant, role).user)
    text = client.get("/portal/team").content.decode()
    assert ("/portal/team/invite" in text) == ("guest@shop.example" in text) == may(role, Act.MANAGE_TEAM)


def test_settings_pages_ask_no_query_a_row(signed_in: Client, merchant: Merchant) -> None:
    def grow(count: int) -> None:
        for number in range(count):
            add(merchant, Role.VIEWER, f"{number}")
            send_mail(to=merchant.email, template="endpoint_disabled", told={"url": "u", "why": "w"}, merchant=merchant)
            invited = f"g{number}-{count}@shop.example"
            Invitation.objects.create(
                merchant=merchant,
                email=invited,
                role="viewer",
                token_sha256=invited,
                created_at="2026-01-01T00:00Z",
                expires_at="2099-01-01T00:00Z",
            )

    grow(2)
    paths = ("/portal/team", "/portal/inbox", "/portal/security", "/portal/profile")
    few = {path: queries(signed_in, path) for path in paths}
    grow(8)
    assert {path: queries(signed_in, path) for path in paths} == few


def test_profile_saves_what_changed(signed_in: Client, merchant: Merchant) -> None:
    given = {"company_name": HTML, "name": "Ayesha", "email": merchant.email, "webhook_url": "https://shop.example/hook"}
    done = signed_in.post("/portal/profile", given, follow=True)
    assert "The profile is saved." in done.content.decode()
    merchant.refresh_from_db()
    assert (merchant.company_name, merchant.name, merchant.webhook_url) == (HTML, "Ayesha", "https://shop.example/hook")
    assert "<script>alert" not in done.content.decode() and "&lt;script&gt;alert" in done.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"webhook_url": "javascript:alert(1)"}, "webhook_url"),
        ({"webhook_url": "ftp://shop.example"}, "webhook_url"),
        ({"company_name": "  "}, "company_name"),
        ({"email": "nonsense"}, "email"),
        ({"email": "owner@elsewhere.example"}, "email"),
    ],
)
def test_profile_refusal_stands_at_its_field(
    confirmed: Client, merchant: Merchant, stranger: Merchant, changes: dict[str, str], field: str
) -> None:
    given = {"company_name": "New", "name": "New", "email": merchant.email, "webhook_url": ""}
    refused = confirmed.post("/portal/profile", {**given, **changes})
    assert refused.status_code == 400 and list(refused.context["form"].errors) == [field]
    merchant.refresh_from_db()
    assert (merchant.company_name, merchant.email) == ("Shop", "owner@shop.example")


def test_profile_address_is_the_owners_and_needs_the_password(signed_in: Client, client: Client, merchant: Merchant) -> None:
    given = {"company_name": "Shop", "name": "Owner", "email": "new@shop.example", "webhook_url": ""}
    assert signed_in.post("/portal/profile", given)["Location"].startswith("/portal/confirm")
    signed_in.post("/portal/confirm", {"password": PASSWORD})
    assert signed_in.post("/portal/profile", given)["Location"] == "/portal/profile"
    merchant.refresh_from_db()
    assert merchant.email == "new@shop.example" and User.objects.filter(email="new@shop.example").exists()
    admins = Client()
    admins.force_login(add(merchant, Role.ADMIN).user)
    admins.post("/portal/profile", {**given, "email": "mine@shop.example"})
    merchant.refresh_from_db()
    assert merchant.email == "new@shop.example"


def test_profile_as_viewer_is_only_read(client: Client, merchant: Merchant) -> None:
    client.force_login(add(merchant, Role.VIEWER).user)
    page = client.get("/portal/profile")
    assert page.status_code == 200 and b'<form class="panel__body' not in page.content and b"owner@shop.example" in page.content
    assert client.post("/portal/profile", {"company_name": "New"}).status_code == 403


def test_inbox_holds_the_merchants_mails_and_the_own(client: Client, merchant: Merchant, stranger: Merchant, user: User) -> None:
    viewer = add(merchant, Role.VIEWER)
    told = {"url": "https://shop.example/x?a=<b>", "why": HTML}
    send_mail(to=merchant.email, template="endpoint_disabled", told=told, merchant=merchant)
    send_mail(to=stranger.email, template="endpoint_disabled", told=told, merchant=stranger)
    send_mail(to=viewer.user.email, template="reset_password", told={"email": "e", "url": "https://x.example/reset"})
    send_mail(to=user.email, template="reset_password", told={"email": "e", "url": "https://x.example/secret"})
    send_sms(to="03001234567", text="Hello by SMS", merchant=merchant)
    client.force_login(viewer.user)
    page = client.get("/portal/inbox")
    assert [row.to for row in page.context["page"].rows] == ["03001234567", viewer.user.email, merchant.email]
    mail = client.get(f"/portal/inbox/{page.context['page'].rows[2].pk}").content.decode()
    assert "<script>alert" not in mail and "&lt;script&gt;" in mail and "<b>" not in mail
    for foreign in Message.objects.exclude(pk__in=[row.pk for row in page.context["page"].rows]):
        assert client.get(f"/portal/inbox/{foreign.pk}").status_code == 404


def test_inbox_page_by_page_shows_each_once(signed_in: Client, merchant: Merchant) -> None:
    for number in range(23):
        send_sms(to="03001234567", text=f"{number}", merchant=merchant)
    first = signed_in.get("/portal/inbox").context
    second = signed_in.get(first["next_url"]).context
    assert len(first["page"].rows) == 20 and [row.body for row in second["page"].rows] == ["2", "1", "0"]


def test_profile_chooses_the_mails(signed_in: Client, merchant: Merchant) -> None:
    given = {"company_name": "Shop", "name": "Owner", "email": merchant.email, "webhook_url": "", "notices": ["dispute_opened"]}
    assert signed_in.post("/portal/profile", {**given, "notices": ["nonsense"]}).status_code == 400
    assert signed_in.post("/portal/profile", given).status_code == 302
    merchant.refresh_from_db()
    assert merchant.notices == "dispute_opened"
    notify(merchant=merchant, notice=Notice.SETTLEMENT_MADE, told={"net": "PKR 1.00", "settlement": "x"})
    assert not Message.objects.exists()
    notify(merchant=merchant, notice=Notice.DISPUTE_OPENED, told={"money": "PKR 1.00", "payment": "x", "until": merchant.created_at})
    assert Message.objects.get().subject == "A dispute over PKR 1.00 was opened"
    page = signed_in.get("/portal/profile").content.decode()
    assert page.count(" checked") == 1
