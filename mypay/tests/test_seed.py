"""`manage.py seed`: section 9's data, as often as one likes."""

from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.authentication import find_merchant
from merchants.models import ApiKey, Member, Merchant, User
from merchants.states import Role, Scope
from mypay.kit.crypto import sha256_hex
from mypay.settings import environment
from payouts.models import DirectoryEntry

BANKS = {
    "HBL": "Habib Bank Limited", "UBL": "United Bank Limited", "MCB": "MCB Bank Limited", "ABL": "Allied Bank Limited",
    "JSBL": "JS Bank Limited", "MEEZAN": "Meezan Bank Limited", "ASKARI": "Askari Bank Limited", "SONERI": "Soneri Bank Limited",
    "FBL": "Faysal Bank Limited", "BAHL": "Bank Al Habib Limited", "BOP": "Bank of Punjab", "NBP": "National Bank of Pakistan",
}  # fmt: skip
WALLETS = {"EASYPAISA": "Easypaisa", "JAZZCASH": "JazzCash", "SADAPAY": "SadaPay", "NAYAPAY": "NayaPay"}
MERCHANTS = [
    ("Test Merchant", "Test Merchant Company", "test@mycodigital.io", "test123456", 100_000_000),
    ("Hasan Iqbal", "MyCo Digital", "hasaniqbal@mycodigital.io", "hasan123456", 200_000_000),
]


def _seed() -> None:
    call_command("seed", stdout=StringIO())


def _everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all our tables."""
    ours = [model for model in apps.get_models() if model._meta.app_label in ("merchants", "ledger", "payouts", "audit")]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in ours}


def test_seed_directory_is_section_nine(db: None) -> None:
    _seed()
    shown = DirectoryEntry.objects.filter(is_active=True)
    assert dict(shown.filter(kind="BANK").values_list("code", "name")) == BANKS
    assert dict(shown.filter(kind="WALLET").values_list("code", "name")) == WALLETS
    hidden = DirectoryEntry.objects.filter(is_active=False)
    assert set(hidden.values_list("kind", "code", "accepts_payouts")) == {("BANK", "BANKALHABIB", True), ("BANK", "SBP", True)}


@pytest.mark.parametrize(("name", "company", "email", "password", "balance"), MERCHANTS)
def test_seed_merchants_are_section_nine(db: None, name: str, company: str, email: str, password: str, balance: int) -> None:
    _seed()
    assert Merchant.objects.count() == 2
    merchant = Merchant.objects.get(email=email)
    assert (merchant.name, merchant.company_name, merchant.is_active) == (name, company, True)
    row = MerchantBalance.objects.get(merchant=merchant)
    assert (row.currency, row.available, row.reserved) == ("PKR", balance, 0)
    member = Member.objects.get(merchant=merchant)
    assert (member.role, member.user.email) == (Role.OWNER, email) and member.user.check_password(password)
    assert merchant.api_keys.filter(scope=Scope.PAYOUTS, is_active=True).count() == 1
    assert list(findings()) == []


def test_seed_first_merchant_comes_first(db: None) -> None:
    _seed()
    assert list(Merchant.objects.order_by("pk").values_list("email", flat=True)) == [email for _, _, email, _, _ in MERCHANTS]


def test_seed_payment_keys_are_section_nine(db: None) -> None:
    _seed()
    owners = {
        "test-api-key-123": "test@mycodigital.io",
        "test-merchant-api-key-12345": "test@mycodigital.io",
        "hasan-api-key-789": "hasaniqbal@mycodigital.io",
    }
    for key, email in owners.items():
        found = find_merchant(key, (Scope.PAYMENTS,))
        assert found is not None and Merchant.objects.get(pk=found.pk).email == email
        assert find_merchant(key, (Scope.PAYOUTS,)) is None
    assert ApiKey.objects.filter(scope=Scope.PAYMENTS).count() == 3
    assert ApiKey.objects.get(sha256=sha256_hex("test-merchant-api-key-12345")).label == "TEST_VENDOR_001"
    assert find_merchant("test-anything-else", tuple(Scope)) is None


def test_seed_administrator_is_section_nine(db: None) -> None:
    _seed()
    admin = User.objects.get(is_staff=True)
    assert (admin.email, admin.name, admin.is_superuser) == ("admin@mycodigital.io", "System Administrator", True)
    assert admin.check_password("admin123456")


def test_seed_twice_changes_nothing(db: None) -> None:
    _seed()
    before = _everything()
    _seed()
    assert _everything() == before


def test_seed_again_restores_only_what_is_missing(db: None) -> None:
    _seed()
    Merchant.objects.filter(email="test@mycodigital.io").update(company_name="Renamed")
    User.objects.filter(is_staff=True).update(name="Somebody")
    DirectoryEntry.objects.filter(code="HBL").update(is_active=False)
    DirectoryEntry.objects.filter(code="UBL").delete()
    MerchantBalance.objects.filter(merchant__email="hasaniqbal@mycodigital.io").update(pending=0)
    _seed()
    assert Merchant.objects.filter(company_name="Renamed").exists() and User.objects.filter(name="Somebody").exists()
    assert DirectoryEntry.objects.get(code="HBL").is_active is False and DirectoryEntry.objects.filter(code="UBL").exists()


def test_seed_fixed_payout_keys_are_those_of_the_environment(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "DEMO_PAYOUT_KEYS", ["fixed-key-one", "fixed-key-two"])
    _seed()
    _seed()
    for key, (_, _, email, _, _) in zip(("fixed-key-one", "fixed-key-two"), MERCHANTS, strict=True):
        found = find_merchant(key, (Scope.PAYOUTS,))
        assert found is not None and Merchant.objects.get(pk=found.pk).email == email
    assert ApiKey.objects.filter(scope=Scope.PAYOUTS).count() == 2


def test_seed_outside_demo_mode_makes_no_known_passwords(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "DEMO", False)
    with pytest.raises(CommandError, match="ADMIN_PASSWORD"):
        _seed()
    assert User.objects.count() == 0 and DirectoryEntry.objects.count() == 0
    monkeypatch.setattr(environment, "ADMIN_PASSWORD", "a very long password")
    _seed()
    assert Merchant.objects.count() == 0 and ApiKey.objects.count() == 0
    assert User.objects.get().check_password("a very long password")


def test_seed_admin_password_of_the_environment_wins(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "ADMIN_PASSWORD", "admin@@1234")
    _seed()
    assert User.objects.get(is_staff=True).check_password("admin@@1234")
