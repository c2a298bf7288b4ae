"""Seed data, as data (contract section 9)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoMerchant:
    """A merchant whose password and payment keys are published, for demo mode only."""

    name: str
    company_name: str
    email: str
    password: str
    balance_rupees: int
    payment_keys: tuple[tuple[str, str], ...]


MERCHANTS = (
    DemoMerchant(
        "Test Merchant",
        "Test Merchant Company",
        "test@mycodigital.io",
        "test123456",
        1_000_000,
        (("test-api-key-123", ""), ("test-merchant-api-key-12345", "TEST_VENDOR_001")),
    ),
    DemoMerchant(
        "Hasan Iqbal",
        "MyCo Digital",
        "hasaniqbal@mycodigital.io",
        "hasan123456",
        2_000_000,
        (("hasan-api-key-789", ""),),
    ),
)
ADMIN_EMAIL = "admin@mycodigital.io"
ADMIN_NAME = "System Administrator"
ADMIN_DEMO_PASSWORD = "admin123456"
CURRENCY = "PKR"

BANKS = {
    "HBL": "Habib Bank Limited",
    "UBL": "United Bank Limited",
    "MCB": "MCB Bank Limited",
    "ABL": "Allied Bank Limited",
    "JSBL": "JS Bank Limited",
    "MEEZAN": "Meezan Bank Limited",
    "ASKARI": "Askari Bank Limited",
    "SONERI": "Soneri Bank Limited",
    "FBL": "Faysal Bank Limited",
    "BAHL": "Bank Al Habib Limited",
    "BOP": "Bank of Punjab",
    "NBP": "National Bank of Pakistan",
}
# The original's create accepts these two, its directory does not show them.
HIDDEN_BANKS = {"BANKALHABIB": "Bank Al Habib Limited", "SBP": "State Bank of Pakistan"}
WALLETS = {"EASYPAISA": "Easypaisa", "JAZZCASH": "JazzCash", "SADAPAY": "SadaPay", "NAYAPAY": "NayaPay"}
