"""The banks and telcos that Paystack pays to, a selection: enough of each country to fill a form and to be paid."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.text import slugify

NUBAN, GHIPSS, KEPSS, BASA, MOBILE_MONEY = "nuban", "ghipss", "kepss", "basa", "mobile_money"
COUNTRIES = {"NGN": "Nigeria", "GHS": "Ghana", "KES": "Kenya", "ZAR": "South Africa"}


@dataclass(frozen=True, slots=True)
class Bank:
    """One of them; `id` is its place in the list."""

    id: int
    name: str
    code: str
    longcode: str
    currency: str
    type: str

    @property
    def country(self) -> str:
        return COUNTRIES[self.currency]

    @property
    def slug(self) -> str:
        return slugify(self.name)


# By currency and type: name, code, and the sort code of its head office where it has one.
_ROWS: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = {
    ("NGN", NUBAN): (
        ("Access Bank", "044", "044150149"), ("Access Bank (Diamond)", "063", "063150162"), ("ALAT by WEMA", "035A", "035150103"),
        ("Citibank Nigeria", "023", "023150005"), ("Ecobank Nigeria", "050", "050150010"), ("Fidelity Bank", "070", "070150003"),
        ("First Bank of Nigeria", "011", "011151003"), ("First City Monument Bank", "214", "214150018"),
        ("Globus Bank", "00103", "103015001"), ("Guaranty Trust Bank", "058", "058152036"), ("Jaiz Bank", "301", "301080020"),
        ("Keystone Bank", "082", "082150017"), ("Kuda Bank", "50211", ""), ("Moniepoint MFB", "50515", ""),
        ("OPay Digital Services Limited (OPay)", "999992", ""), ("PalmPay", "999991", ""), ("Polaris Bank", "076", "076151006"),
        ("Providus Bank", "101", ""), ("Stanbic IBTC Bank", "221", "221159522"), ("Standard Chartered Bank", "068", "068150015"),
        ("Sterling Bank", "232", "232150016"), ("Union Bank of Nigeria", "032", "032080474"),
        ("United Bank For Africa", "033", "033153513"), ("Unity Bank", "215", "215154097"), ("VFD Microfinance Bank Limited", "566", ""),
        ("Wema Bank", "035", "035150103"), ("Zenith Bank", "057", "057150013"), ("Test Bank", "001", ""),
    ),
    ("GHS", GHIPSS): (
        ("Absa Bank Ghana Ltd", "030100", ""), ("Ecobank Ghana Limited", "130100", ""), ("GCB Bank Limited", "040100", ""),
        ("Stanbic Bank Ghana Limited", "190100", ""), ("Zenith Bank Ghana", "120100", ""),
    ),
    ("GHS", MOBILE_MONEY): (("AirtelTigo", "ATL", ""), ("MTN", "MTN", ""), ("Telecel", "VOD", "")),
    ("KES", KEPSS): (
        ("Absa Bank Kenya Plc", "03", ""), ("Co-operative Bank of Kenya Limited", "11", ""), ("Equity Bank Kenya Limited", "68", ""),
        ("KCB Bank Kenya Limited", "01", ""),
    ),
    ("KES", MOBILE_MONEY): (("M-PESA", "MPESA", ""), ("M-PESA Paybill", "MPPAYBILL", ""), ("M-PESA Till", "MPTILL", "")),
    ("ZAR", BASA): (
        ("Absa Bank Limited, South Africa", "632005", ""), ("Capitec Bank Limited", "470010", ""), ("First National Bank", "250655", ""),
        ("Nedbank", "198765", ""), ("Standard Bank South Africa", "051001", ""),
    ),
}  # fmt: skip


def _numbered() -> Iterator[Bank]:
    number = 0
    for (currency, type), rows in _ROWS.items():
        for name, code, longcode in rows:
            number += 1
            yield Bank(number, name, code, longcode, currency, type)


BANKS = tuple(_numbered())
_BY_CODE = {(bank.currency, bank.code): bank for bank in BANKS}


def find_bank(currency: str, code: str) -> Bank | None:
    """The bank of that code where that currency is paid in."""
    return _BY_CODE.get((currency, code))
