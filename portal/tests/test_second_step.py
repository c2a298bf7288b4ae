"""The second step of signing in, by page and by API, and how it is set up."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.models import Merchant, User
from merchants.services import second_factor
from merchants.services.check_password import LIMIT
from merchants.tests.test_second_factor import code, standing_clock
from portal.tests.conftest import PASSWORD
from portal.tests.rest import ADMIN, PORTAL, STAFF_PASSWORD, Rest, make_staff

__all__ = ["standing_clock"]  # a fixture, for every test here
LOGIN, STEP = "/portal/login", "/portal/login/code"


@pytest.fixture
def secret(user: User) -> str:
    secret = second_factor.enrol(user).secret
    assert second_factor.confirm_enrolment(user, code(secret, -1))
    return secret


@pytest.fixture
def confirmed(signed_in: Client) -> Client:
    signed_in.post("/portal/confirm", {"password": PASSWORD})
    return signed_in


def first_step(client: Client, user: User, **more: str) -> Any:
    return client.post(LOGIN, {"username": user.email, "password": PASSWORD, **more})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_sign_in_with_second_factor_opens_nothing_before_the_code(client: Client, user: User, secret: str) -> None:
    asked = first_step(client, user, next="/portal/keys")
    assert (asked.status_code, asked["Location"]) == (302, STEP)
    assert not is_signed_in(client) and client.get("/portal/")["Location"].startswith(LOGIN)
    assert not AuditEntry.objects.filter(action=Tag.USER_LOGGED_IN).exists()
    wrong = client.post(STEP, {"code": "000000"})
    assert wrong.status_code == 400 and b"The code is wrong or was used before." in wrong.content and not is_signed_in(client)
    before = client.cookies["sessionid"].value
    right = client.post(STEP, {"code": code(secret)})
    assert (right.status_code, right["Location"]) == (302, "/portal/keys")
    assert is_signed_in(client) and client.cookies["sessionid"].value != before
    assert "second_step" not in client.session and "otp_device_id" in client.session


def test_second_step_takes_a_recovery_code_once(client: Client, user: User, secret: str) -> None:
    codes = second_factor.new_recovery_codes(user)
    first_step(client, user)
    assert client.post(STEP, {"code": codes[0]}).status_code == 302
    client.post("/portal/logout")
    first_step(client, user)
    assert client.post(STEP, {"code": codes[0]}).status_code == 400


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}, {"token_generation": 7}])
def test_second_step_ends_when_the_first_is_no_longer_good(client: Client, user: User, secret: str, change: dict[str, Any]) -> None:
    first_step(client, user)
    User.objects.filter(pk=user.pk).update(**change)
    assert client.post(STEP, {"code": code(secret)})["Location"] == LOGIN
    assert not is_signed_in(client)


def test_second_step_too_late_begins_again(client: Client, user: User, secret: str) -> None:
    first_step(client, user)
    session = client.session
    session["second_step"] = {**session["second_step"], "at": session["second_step"]["at"] - 601}
    session.save()
    assert client.post(STEP, {"code": code(secret)})["Location"] == LOGIN


def test_second_step_without_the_first_leads_to_it(client: Client, user: User, secret: str) -> None:
    assert client.get(STEP)["Location"] == LOGIN == client.post(STEP, {"code": code(secret)})["Location"]


def test_second_step_slows_guessing_down_even_with_the_password_given_again(client: Client, user: User, secret: str) -> None:
    for _ in range(LIMIT):
        first_step(client, user)
        assert client.post(STEP, {"code": "000000"}).status_code == 400
    refused = client.post(STEP, {"code": code(secret)})
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0 and not is_signed_in(client)


def test_api_login_with_second_factor_needs_the_code(user: User, secret: str) -> None:
    rest, given = Rest(PORTAL), {"email": user.email, "password": PASSWORD}
    for path in ("/auth/login", "/auth/token"):
        for otp in ({}, {"otp": ""}, {"otp": "000000"}, {"otp": ["x"]}, {"otp": True}):
            refused = rest.post(path, {**given, **otp})
            assert refused.status_code == 401 and "token" not in refused.json(), otp
            assert "code" in refused.json()["error"]
    assert rest.post("/auth/login", {**given, "password": "wrong", "otp": code(secret)}).json()["error"] == "Invalid email or password"
    assert rest.post("/auth/login", {**given, "otp": code(secret)}).status_code == 200
    assert rest.post("/auth/token", {**given, "otp": code(secret)}).status_code == 401, "the same step again"


def test_api_login_of_staff_with_second_factor_needs_the_code(db: None) -> None:
    staff, rest = make_staff(), Rest(ADMIN)
    given = {"email": staff.email, "password": STAFF_PASSWORD}
    assert rest.post("/auth/login", given).status_code == 200
    secret = second_factor.enrol(staff).secret
    second_factor.confirm_enrolment(staff, code(secret, -1))
    assert rest.post("/auth/login", given).status_code == rest.post("/auth/token", given).status_code == 401
    assert rest.post("/auth/token", {**given, "otp": code(secret)}).status_code == 200


def test_set_up_shows_the_recovery_codes_once(confirmed: Client, user: User) -> None:
    page = confirmed.get("/portal/security/app")
    secret = page.context["secret"]
    assert "<svg" in page.content.decode() and secret in page.content.decode()
    assert confirmed.post("/portal/security/app", {"code": "000000"}).status_code == 400
    assert not second_factor.has_second_factor(user)
    done = confirmed.post("/portal/security/app", {"code": code(secret)})
    codes = re.findall(r"[0-9A-Z]{5}-[0-9A-Z]{5}", done.content.decode())
    assert len(codes) == 10 and second_factor.has_second_factor(user)
    overview = confirmed.get("/portal/security").content.decode()
    assert "10 of 10 left" in overview and codes[0] not in overview and secret not in overview
    again = confirmed.post("/portal/security/codes").content.decode()
    assert codes[0] not in again and second_factor.verify(user, codes[0]) is False
    assert confirmed.post("/portal/security/app/disable").status_code == 302
    assert not second_factor.has_second_factor(user)


@pytest.mark.parametrize("path", ["/portal/security/app", "/portal/security/app/disable", "/portal/security/codes"])
def test_set_up_needs_the_password_again_and_leads_back(signed_in: Client, user: User, secret: str, path: str) -> None:
    answer = signed_in.post(path, {"code": "x"}, headers={"Referer": "http://testserver/portal/security"})
    assert answer["Location"] == "/portal/confirm?next=http%3A%2F%2Ftestserver%2Fportal%2Fsecurity"
    assert second_factor.has_second_factor(user) and second_factor.recovery_codes_left(user) == 0
    elsewhere = signed_in.post(path, headers={"Referer": "https://evil.example/"})
    assert "evil" not in elsewhere["Location"]


def test_new_codes_without_second_factor_makes_none(confirmed: Client, user: User, merchant: Merchant) -> None:
    assert confirmed.post("/portal/security/codes").status_code == 302
    assert second_factor.recovery_codes_left(user) == 0
