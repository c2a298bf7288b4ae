"""GET /directory, /directory/banks and /directory/wallets: contract section 1."""

import pytest

from conftest import Api
from payouts.models import DirectoryEntry
from payouts.states import DestinationType

BANKS = [
    {"code": "ABL", "name": "Allied Bank Limited", "isActive": True},
    {"code": "HBL", "name": "Habib Bank Limited", "isActive": True},
    {"code": "UBL", "name": "United Bank Limited", "isActive": True},
]
WALLETS = [
    {"code": "EASYPAISA", "name": "Easypaisa", "isActive": True},
    {"code": "JAZZCASH", "name": "JazzCash", "isActive": True},
]


@pytest.fixture
def directory(api: Api) -> None:
    """Three banks and two wallets in use, one bank and one wallet hidden, stored in no order."""
    DirectoryEntry.objects.create(kind=DestinationType.WALLET, code="JAZZCASH", name="JazzCash")
    DirectoryEntry.objects.create(kind=DestinationType.WALLET, code="OLDPAY", name="Old Pay", is_active=False)
    DirectoryEntry.objects.create(kind=DestinationType.BANK, code="ABL", name="Allied Bank Limited")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/directory", {"banks": BANKS, "wallets": WALLETS}),
        ("/directory/banks", {"banks": BANKS}),
        ("/directory/wallets", {"wallets": WALLETS}),
    ],
)
def test_directory_shows_active_entries_by_name(api: Api, directory: None, path: str, data: dict[str, object]) -> None:
    response = api.get(path)
    assert response.status_code == 200
    assert response.json() == {"success": True, "data": data}
    assert all(list(item) == ["code", "name", "isActive"] for items in response.json()["data"].values() for item in items)


@pytest.mark.parametrize("path", ["/directory", "/directory/banks", "/directory/wallets"])
def test_directory_without_key_is_refused(api: Api, path: str) -> None:
    assert api.client.get(f"/api/v1{path}").json() == {"error": {"message": "API key is required", "code": "MISSING_API_KEY"}}
