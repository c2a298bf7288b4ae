"""Signing in and out."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.models import Merchant, User
from portal.tests.conftest import PASSWORD

LOGIN = "/portal/login"


def sign_in(client: Client, email: str, password: str, **more: str):
    return client.post(LOGIN, {"username": email, "password": password, **more})


def test_sign_in_right_password_opens_home(client: Client, user: User) -> None:
    response = sign_in(client, "OWNER@shop.example", PASSWORD)
    assert (response.status_code, response["Location"]) == (302, reverse("portal:home"))
    assert client.get(reverse("portal:home")).status_code == 200
    assert AuditEntry.objects.filter(action=Tag.USER_LOGGED_IN, resource_id=str(user.pk), actor_type="user").exists()


def test_sign_in_wrong_password_and_unknown_user_same_message(client: Client, user: User) -> None:
    wrong, unknown = (sign_in(client, email, "wrong") for email in (user.email, "nobody@shop.example"))
    for response in (wrong, unknown):
        assert response.status_code == 200
        assert "The e-mail address or the password is wrong." in response.content.decode()
        assert "_auth_user_id" not in client.session
    assert AuditEntry.objects.filter(action=Tag.USER_LOGIN_FAILED).count() == 2


def test_sign_in_inactive_user_same_message(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert "The e-mail address or the password is wrong." in sign_in(client, user.email, PASSWORD).content.decode()


def test_sign_in_long_address_is_refused(client: Client, db: None) -> None:
    assert sign_in(client, f"{'a' * 60}@{'b' * 60}.example", "wrong").status_code == 200
    assert sign_in(client, f"{'a' * 60}@{'b' * 300}.example", "wrong").status_code == 200


@pytest.mark.parametrize(("target", "leads_to"), [("/portal/keys", "/portal/keys"), ("https://evil.example/", "/portal/")])
def test_sign_in_with_next_stays_on_this_site(client: Client, user: User, target: str, leads_to: str) -> None:
    assert sign_in(client, user.email, PASSWORD, next=target)["Location"] == leads_to


def test_sign_in_changes_the_session_key(client: Client, user: User) -> None:
    session = client.session
    session["before"] = True
    session.save()
    before = client.cookies["sessionid"].value
    sign_in(client, user.email, PASSWORD)
    assert client.cookies["sessionid"].value != before


def test_sign_out_by_post_closes_the_portal(signed_in: Client) -> None:
    assert signed_in.get("/portal/logout").status_code == 405
    assert signed_in.post("/portal/logout").status_code == 302
    assert signed_in.get("/portal/")["Location"].startswith(LOGIN)


def test_portal_without_merchant_says_so(client: Client, merchant: Merchant) -> None:
    client.force_login(User.objects.create_superuser("staff@mypay.example", PASSWORD))
    response = client.get("/portal/")
    assert response.status_code == 403
    assert "No merchant" in response.content.decode()
    assert 'href="/admin/"' in response.content.decode()
