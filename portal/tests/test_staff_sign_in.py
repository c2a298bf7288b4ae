"""How staff get into the admin portal: second factor, networks, and the content policy."""

import re
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from audit.models import AuditEntry
from merchants.models import Authenticator, RecoveryCode, User
from merchants.services import second_factor
from mypay.kit import clock
from mypay.settings import environment
from portal.tests.rest import ADMIN, STAFF_PASSWORD, Rest, make_staff, refusal

LOGIN, INDEX = "/admin/login/", "/admin/"


@pytest.fixture
def staff(db: None) -> User:
    return make_staff()


@pytest.fixture
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "ADMIN_REQUIRE_2FA", True)


def code_of(secret: str, steps: int = 0) -> str:
    import base64

    return f"{totp(base64.b32decode(secret), t0=-30 * steps):06d}"


def enrolled(user: User) -> str:
    """The secret of the user's app."""
    secret = second_factor.enrol(user).secret
    assert second_factor.confirm_enrolment(user, code_of(secret))
    Authenticator.objects.update(last_step=-1)
    return secret


def sign_in(client: Client, **more: Any) -> Any:
    return client.post(LOGIN, {"username": "staff@mypay.example", "password": STAFF_PASSWORD, **more})


def test_password_alone_signs_in_and_is_told_how_to_enrol_where_none_is_required(client: Client, staff: User) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, INDEX)
    assert b"Set up a second factor" in client.get(INDEX).content
    assert AuditEntry.objects.filter(action="user.logged_in", actor_type="admin").exists()


def test_who_has_a_second_factor_is_not_signed_in_before_the_code(client: Client, staff: User) -> None:
    secret = enrolled(staff)
    assert sign_in(client, next="/admin/payouts/payout/")["Location"] == reverse("admin:second_step")
    assert client.get(INDEX).status_code == 302 and client.get("/portal/").status_code == 302
    assert client.post(reverse("admin:second_step"), {"code": "000000"}).status_code == 400
    assert client.get(INDEX).status_code == 302
    done = client.post(reverse("admin:second_step"), {"code": code_of(secret)})
    assert (done.status_code, done["Location"]) == (302, "/admin/payouts/payout/")
    assert client.get(INDEX).status_code == 200
    assert b"Set up a second factor" not in client.get(INDEX).content


def test_second_step_leads_to_no_other_host(client: Client, staff: User) -> None:
    secret = enrolled(staff)
    sign_in(client, next="https://evil.example/")
    assert client.post(reverse("admin:second_step"), {"code": code_of(secret)})["Location"] == INDEX


def test_second_step_without_a_password_or_after_it_changed_opens_nothing(client: Client, staff: User) -> None:
    secret = enrolled(staff)
    assert client.post(reverse("admin:second_step"), {"code": code_of(secret)})["Location"].startswith(LOGIN)
    sign_in(client)
    staff.set_password("another")
    staff.save()
    assert client.post(reverse("admin:second_step"), {"code": code_of(secret)})["Location"].startswith(LOGIN)


def test_second_step_is_slowed_down(client: Client, staff: User) -> None:
    enrolled(staff)
    sign_in(client)
    answers = [client.post(reverse("admin:second_step"), {"code": "000000"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429] and answers[-1]["Retry-After"]


def test_session_of_before_the_enrolment_is_asked_for_the_code(client: Client, staff: User) -> None:
    client.force_login(staff)
    secret = enrolled(staff)
    assert client.get(INDEX)["Location"].startswith(reverse("admin:second_step"))
    assert client.post("/admin/merchants/systemconfig/", {})["Location"] == reverse("admin:second_step")
    assert client.post(f"{reverse('admin:second_step')}?next=/admin/", {"code": code_of(secret)})["Location"] == INDEX
    assert client.get(INDEX).status_code == 200


def test_required_second_factor_leads_to_enrolment_and_nowhere_else(client: Client, staff: User, required: None) -> None:
    sign_in(client)
    assert client.get(INDEX)["Location"].startswith(reverse("admin:security"))
    page = client.get(reverse("admin:security")).content.decode()
    found = re.search(r'staff-code">([A-Z2-7]+)<', page)
    assert found and "<svg" in page
    form = {"act": "enrol", "password": STAFF_PASSWORD}
    assert client.post(reverse("admin:security"), {**form, "code": "000000"}).status_code == 400
    assert client.post(reverse("admin:security"), {**form, "code": code_of(found[1]), "password": "x"}).status_code == 400
    done = client.post(reverse("admin:security"), {**form, "code": code_of(found[1])})
    assert done.status_code == 200 and b"Recovery codes" in done.content and RecoveryCode.objects.count() == 10
    assert client.get(INDEX).status_code == 200
    assert client.post(reverse("admin:security"), {"act": "disable", "password": STAFF_PASSWORD}).status_code == 200
    assert Authenticator.objects.exists()


def test_recovery_codes_and_the_factor_are_changed_with_the_password(client: Client, staff: User) -> None:
    secret = enrolled(staff)
    sign_in(client)
    client.post(reverse("admin:second_step"), {"code": code_of(secret)})
    url = reverse("admin:security")
    assert client.post(url, {"act": "codes", "password": "x"}).status_code == 400
    assert b"Recovery codes" in client.post(url, {"act": "codes", "password": STAFF_PASSWORD}).content
    assert client.post(url, {"act": "disable", "password": STAFF_PASSWORD}).status_code == 302
    assert not Authenticator.objects.exists() and client.get(INDEX).status_code == 200


def test_api_wants_the_code_and_where_required_the_factor(staff: User, required: None) -> None:
    body = {"email": staff.email, "password": STAFF_PASSWORD}
    refusal(Rest(ADMIN).post("/auth/login", body), 403, "Set up a second factor in the admin portal first")
    secret = enrolled(staff)
    assert Rest(ADMIN).post("/auth/login", body).status_code == 401
    assert Rest(ADMIN).post("/auth/login", {**body, "otp": code_of(secret)}).status_code == 200


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/security/", "/admin", "/api/v1/admin/stats", "/api/admin/stats"])
def test_admin_is_not_there_outside_the_networks(staff: User, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(environment, "ADMIN_ALLOWED_NETWORKS", [ip_network("10.0.0.0/8"), ip_network("203.0.113.7")])
    client = Client()
    client.force_login(staff)
    inside = {"REMOTE_ADDR": "127.0.0.1", "headers": {"X-Forwarded-For": "192.0.2.1, 10.1.2.3"}}
    assert client.get(path, **inside).status_code == client.get(path, REMOTE_ADDR="203.0.113.7").status_code != 404 or path == "/admin"
    for outside in ({"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.1", "headers": {"X-Forwarded-For": "10.1.2.3"}},
                    {"REMOTE_ADDR": "127.0.0.1", "headers": {"X-Forwarded-For": "10.1.2.3, 192.0.2.1"}}):  # fmt: skip
        assert client.get(path, **outside).status_code == 404, outside
    assert client.get("/health", REMOTE_ADDR="192.0.2.1").status_code == 200


@pytest.mark.parametrize(
    "path", ["/admin/login/", "/admin/", "/admin/payouts/payout/", "/admin/merchants/merchant/add/", "/admin/security/"]
)
def test_admin_policy_has_no_inline_script_and_no_other_host(client: Client, staff: User, path: str) -> None:
    if "login" not in path:
        client.force_login(staff)
    answer = client.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self' 'unsafe-eval'" and policy["default-src"] == "'self'" and policy["frame-ancestors"] == "'self'"
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page) and not re.search(r"\son(click|load|change|submit)=", page)
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_portal_policy_stays_without_eval(client: Client, db: None) -> None:
    assert "unsafe-eval" not in client.get("/portal/login")["Content-Security-Policy"]


def test_wrong_password_at_the_admin_is_slowed_down(client: Client, staff: User) -> None:
    answers = [client.post(LOGIN, {"username": staff.email, "password": "x"}) for _ in range(11)]
    assert answers[-1].status_code == 429 and answers[-1]["Retry-After"]
    assert clock.real_now()
