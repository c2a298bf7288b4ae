"""Checking a password: counted, bounded in length, alike for unknown users."""

import pytest

from audit import context
from merchants.errors import TooManyAttempts
from merchants.models import LoginAttempt, User
from merchants.services.check_password import LIMIT, MAX_LENGTH, check_password
from mypay.kit.ids import strong_password


@pytest.fixture
def user(db: None) -> User:
    context.start(request_id="", ip="198.51.100.7")
    return User.objects.create_user("owner@shop.example", "right password")


def test_check_password_right_and_wrong(user: User) -> None:
    assert check_password(user=user, account=user.email, password="right password") is True
    assert check_password(user=user, account=user.email, password="wrong") is False
    assert check_password(user=None, account="nobody@shop.example", password="right password") is False
    assert LoginAttempt.objects.count() == 2


def test_check_password_hashes_for_unknown_users_too(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr("merchants.services.check_password.make_password", hashed.append)
    check_password(user=None, account="nobody@shop.example", password="guess")
    assert hashed == ["guess"]


def test_check_password_does_not_hash_a_book(user: User) -> None:
    user.set_password("x" * (MAX_LENGTH + 1))
    assert check_password(user=user, account=user.email, password="x" * (MAX_LENGTH + 1)) is False


def test_check_password_after_too_many_wrong_ones_is_refused_and_not_counted(user: User) -> None:
    for _ in range(LIMIT):
        check_password(user=user, account=user.email, password="wrong")
    for _ in range(3):
        with pytest.raises(TooManyAttempts) as refused:
            check_password(user=user, account=user.email, password="right password")
        assert refused.value.status == 429 and 890 <= int(refused.value.headers["Retry-After"]) <= 900
    assert LoginAttempt.objects.count() == LIMIT


def test_strong_password_has_all_kinds_and_is_never_twice_the_same() -> None:
    made = {strong_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert len(password) == 12
        assert any(c.isupper() for c in password) and any(c.islower() for c in password) and any(c.isdigit() for c in password)
        assert any(not c.isalnum() for c in password)
