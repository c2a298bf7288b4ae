"""The second step: codes of an app and recovery codes, each once, guessing slowed down."""

import base64
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django_otp.oath import TOTP

from audit import context
from audit.models import AuditEntry
from audit.tags import Tag
from merchants.errors import TooManyAttempts
from merchants.models import Authenticator, LoginAttempt, RecoveryCode, User
from merchants.services import second_factor
from merchants.services.check_password import LIMIT
from mypay.kit import clock


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[None]:
    """No step of 30 seconds ends between a code and its check."""
    with time_machine.travel(clock.real_now(), tick=False):
        yield


@pytest.fixture
def user(db: None) -> Iterator[User]:
    context.start(request_id="", ip="198.51.100.7")
    yield User.objects.create_user("owner@shop.example", "right password")
    context.end()


def code(secret: str, steps: int = 0) -> str:
    """What the app shows, some steps of 30 seconds from now."""
    totp = TOTP(base64.b32decode(secret))
    totp.time = clock.real_now().timestamp() + 30 * steps
    return f"{totp.token():06d}"


@pytest.fixture
def secret(user: User) -> str:
    secret = second_factor.enrol(user).secret
    assert second_factor.confirm_enrolment(user, code(secret, -1)) is True
    return secret


def audited(tag: Tag) -> int:
    return AuditEntry.objects.filter(action=tag).count()


def test_enrol_is_nothing_until_confirmed(user: User) -> None:
    first, again = second_factor.enrol(user), second_factor.enrol(user)
    assert first == again and first.secret in first.uri and first.uri.startswith("otpauth://totp/MyPay%3Aowner%40shop.example?")
    assert "<svg" in first.svg and "style=" not in first.svg
    assert second_factor.confirm_enrolment(user, "000000") is False
    assert not second_factor.has_second_factor(user) and not second_factor.verify(user, code(first.secret))
    assert second_factor.confirm_enrolment(user, code(first.secret)) is True
    assert second_factor.has_second_factor(user) and audited(Tag.SECOND_FACTOR_ENROLLED) == 1
    assert first.secret not in Authenticator.objects.get().secret_encrypted


def test_verify_takes_a_code_once(user: User, secret: str) -> None:
    shown = code(secret)
    assert second_factor.verify(user, f"{shown[:3]} {shown[3:]}") is True
    assert user.otp_device.confirmed  # type: ignore[attr-defined]
    assert second_factor.verify(user, shown) is False
    assert second_factor.verify(user, code(secret, -1)) is False, "an earlier step than the last used"
    assert second_factor.verify(user, code(secret, 1)) is True


@pytest.mark.parametrize("steps", [-2, 2])
def test_verify_refuses_a_code_of_another_time(user: User, secret: str, steps: int) -> None:
    assert second_factor.verify(user, code(secret, steps)) is False


@pytest.mark.parametrize("given", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "x" * 500])
def test_verify_refuses_what_is_no_code(user: User, secret: str, given: str) -> None:
    assert second_factor.verify(user, given) is False
    assert audited(Tag.USER_LOGIN_FAILED) == 1


def test_verify_of_a_confirming_code_is_refused(user: User, secret: str) -> None:
    assert second_factor.verify(user, code(secret, -1)) is False


def test_recovery_codes_work_once_each_until_made_anew(user: User, secret: str) -> None:
    codes = second_factor.new_recovery_codes(user)
    assert len(set(codes)) == 10 == second_factor.recovery_codes_left(user)
    assert second_factor.verify(user, codes[0].lower().replace("-", " ")) is True
    assert second_factor.verify(user, codes[0]) is False
    assert (second_factor.recovery_codes_left(user), audited(Tag.RECOVERY_CODE_USED)) == (9, 1)
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    second_factor.new_recovery_codes(user)
    assert second_factor.verify(user, codes[1]) is False


def test_recovery_code_of_another_user_is_refused(user: User, secret: str) -> None:
    other = User.objects.create_user("other@shop.example", "x")
    assert second_factor.verify(user, second_factor.new_recovery_codes(other)[0]) is False


def test_verify_after_too_many_wrong_codes_is_refused_for_a_while(user: User, secret: str) -> None:
    for _ in range(LIMIT):
        assert second_factor.verify(user, "000000") is False
    with pytest.raises(TooManyAttempts):
        second_factor.verify(user, code(secret))
    with time_machine.travel(clock.real_now() + timedelta(minutes=16)):
        assert second_factor.verify(user, code(secret)) is True
    assert not LoginAttempt.objects.filter(account__startswith="second step").exists()


def test_disable_forgets_app_and_codes(user: User, secret: str) -> None:
    codes = second_factor.new_recovery_codes(user)
    second_factor.disable(user)
    assert not second_factor.has_second_factor(user) and not second_factor.verify(user, codes[0])
    assert (Authenticator.objects.count(), RecoveryCode.objects.count(), audited(Tag.SECOND_FACTOR_DISABLED)) == (0, 0, 1)
    second_factor.disable(user)
    assert audited(Tag.SECOND_FACTOR_DISABLED) == 1


def test_enrol_another_app_replaces_the_first_once_confirmed(user: User, secret: str) -> None:
    second = second_factor.enrol(user).secret
    assert second != secret and second_factor.verify(user, code(secret))
    assert second_factor.confirm_enrolment(user, code(second)) is True
    assert second_factor.verify(user, code(secret, 1)) is False and second_factor.verify(user, code(second, 1)) is True
