"""Fund accounts: where a contact is paid, a bank account by its IFSC or a UPI address."""

import re
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.models import VendorObject
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.reading import read
from emulators.razorpayx.base import CONTACT, FUND_ACCOUNT, RazorpayXView, kept
from gateways.razorpay import wire
from merchants.models import Merchant
from payments.payer import UPI_ADDRESS
from payouts.states import DestinationType
from payouts.validation import Destination

BANK, VPA = "bank_account", "vpa"
UPI_CODE = "UPI"  # what the engine calls the wallet that a UPI address belongs to
_IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z0-9]{5,35}", re.ASCII)
_BANKS = {
    "BARB": "Bank of Baroda", "CNRB": "Canara Bank", "HDFC": "HDFC Bank", "ICIC": "ICICI Bank", "IDFB": "IDFC First Bank",
    "INDB": "IndusInd Bank", "KKBK": "Kotak Mahindra Bank", "PUNB": "Punjab National Bank", "SBIN": "State Bank of India",
    "UBIN": "Union Bank of India", "UTIB": "Axis Bank", "YESB": "Yes Bank",
}  # fmt: skip


def fund_account_json(row: VendorObject) -> dict[str, Any]:
    """A fund account as the API shows it."""
    data = row.data
    details = {name: data[name] for name in (BANK, VPA) if name in data}
    if BANK in details:
        ifsc = details[BANK]["ifsc"]
        details[BANK] = {"ifsc": ifsc, "bank_name": _BANKS.get(ifsc[:4], ifsc[:4]), **details[BANK], "notes": []}
    else:
        username, _, handle = details[VPA]["address"].partition("@")
        details[VPA] = {"username": username, "handle": handle, **details[VPA]}
    return {
        "id": kept.id_of(row),
        "entity": FUND_ACCOUNT,
        "contact_id": data["contact_id"],
        "account_type": data["account_type"],
        **details,
        "batch_id": None,
        "active": data["active"],
        "created_at": wire.seconds(row.created_at),
    }


def open_fund_account(merchant: Merchant, contact_id: str, body: dict[str, Any]) -> tuple[VendorObject, bool]:
    """The contact's account that the body describes, and whether it is new."""
    kind = read.text(body, "account_type", 20, is_required=True)
    if kind not in (BANK, VPA):
        raise BadRequest("The selected account type is invalid.", field="account_type")
    details = _bank(read.member(body, BANK)) if kind == BANK else _vpa(read.member(body, VPA))
    return kept.once(merchant, FUND_ACCOUNT, {"contact_id": contact_id, "account_type": kind, kind: details, "active": True})


def destination(row: VendorObject) -> tuple[Destination, str]:
    """Where the engine sends the money to, and in whose name."""
    if BANK in row.data:
        bank = row.data[BANK]
        return Destination(DestinationType.BANK, bank["ifsc"], "", bank["account_number"]), bank["name"]
    address = row.data[VPA]["address"]
    return Destination(DestinationType.WALLET, "", UPI_CODE, address), address.partition("@")[0]


def _bank(given: dict[str, Any]) -> dict[str, Any]:
    read.only(given, {"name", "ifsc", "account_number"})
    name = read.text(given, "name", 120, is_required=True)
    ifsc = read.text(given, "ifsc", 11, is_required=True).upper()
    number = read.text(given, "account_number", 35, is_required=True)
    if not _IFSC.fullmatch(ifsc):
        raise BadRequest("Invalid IFSC Code", field="ifsc")
    if not _NUMBER.fullmatch(number):
        raise BadRequest("The account number format is invalid.", field="account_number")
    return {"ifsc": ifsc, "name": name, "account_number": number}


def _vpa(given: dict[str, Any]) -> dict[str, Any]:
    read.only(given, {"address"})
    address = read.text(given, "address", 100, is_required=True).lower()
    if not UPI_ADDRESS.fullmatch(address):
        raise BadRequest("Invalid VPA. Please enter a valid Virtual Payment Address", field="address")
    return {"address": address}


class FundAccounts(RazorpayXView):
    kind = FUND_ACCOUNT

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return [fund_account_json(row) for row in rows]

    def create(self, request: Request) -> HttpResponse:
        """201 with a new account of the contact's, 200 with one that it has."""
        read.only(self.body, {"contact_id", "account_type", BANK, VPA})
        contact = kept.get(self.merchant, CONTACT, read.text(self.body, "contact_id", 40, is_required=True))
        row, is_new = open_fund_account(self.merchant, kept.id_of(contact), self.body)
        return self.told(row, 201 if is_new else 200)

    def list(self, request: Request) -> HttpResponse:
        """All, or those of one contact."""
        contact_id = request.query_params.get("contact_id")
        return self.listed(self.rows().filter(data__contact_id=contact_id) if contact_id else self.rows())

    def change(self, request: Request, fund_account_id: str) -> HttpResponse:
        """Switch the account off or on."""
        row = self.find(fund_account_id)
        read.only(self.body, {"active"})
        kept.change(row, {**row.data, "active": read.flag(self.body, "active", default=row.data["active"])})
        return self.told(row)
