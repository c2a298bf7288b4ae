"""Fund accounts: where a contact is paid, a bank account by its IFSC or a UPI address."""

import re
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.models import VendorObject
from emulators.razorpay import kept, validation
from emulators.razorpay.base import RazorpayView, answer
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.paging import collection, page
from emulators.razorpayx import contacts
from gateways.razorpay import wire
from merchants.models import Merchant
from payments.payer import UPI_ADDRESS
from payouts.states import DestinationType
from payouts.validation import Destination

KIND = "fund_account"
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
        "entity": KIND,
        "contact_id": data["contact_id"],
        "account_type": data["account_type"],
        **details,
        "batch_id": None,
        "active": data["active"],
        "created_at": wire.seconds(row.created_at),
    }


def open_fund_account(merchant: Merchant, contact_id: str, body: dict[str, Any]) -> tuple[VendorObject, bool]:
    """The contact's account that the body describes, and whether it is new."""
    kind = validation.text(body, "account_type", 20, is_required=True)
    if kind not in (BANK, VPA):
        raise BadRequest("The selected account type is invalid.", field="account_type")
    details = _bank(validation.member(body, BANK)) if kind == BANK else _vpa(validation.member(body, VPA))
    return kept.once(merchant, KIND, {"contact_id": contact_id, "account_type": kind, kind: details, "active": True})


def destination(row: VendorObject) -> tuple[Destination, str]:
    """Where the engine sends the money to, and in whose name."""
    if BANK in row.data:
        bank = row.data[BANK]
        return Destination(DestinationType.BANK, bank["ifsc"], "", bank["account_number"]), bank["name"]
    address = row.data[VPA]["address"]
    return Destination(DestinationType.WALLET, "", UPI_CODE, address), address.partition("@")[0]


def _bank(given: dict[str, Any]) -> dict[str, Any]:
    validation.only(given, {"name", "ifsc", "account_number"})
    name = validation.text(given, "name", 120, is_required=True)
    ifsc = validation.text(given, "ifsc", 11, is_required=True).upper()
    number = validation.text(given, "account_number", 35, is_required=True)
    if not _IFSC.fullmatch(ifsc):
        raise BadRequest("Invalid IFSC Code", field="ifsc")
    if not _NUMBER.fullmatch(number):
        raise BadRequest("The account number format is invalid.", field="account_number")
    return {"ifsc": ifsc, "name": name, "account_number": number}


def _vpa(given: dict[str, Any]) -> dict[str, Any]:
    validation.only(given, {"address"})
    address = validation.text(given, "address", 100, is_required=True).lower()
    if not UPI_ADDRESS.fullmatch(address):
        raise BadRequest("Invalid VPA. Please enter a valid Virtual Payment Address", field="address")
    return {"address": address}


class FundAccountsView(RazorpayView):
    def post(self, request: Request) -> HttpResponse:
        """201 with a new account of the contact's, 200 with one that it has."""
        validation.only(self.body, {"contact_id", "account_type", BANK, VPA})
        contact = kept.get(self.merchant, contacts.KIND, validation.text(self.body, "contact_id", 40, is_required=True))
        row, is_new = open_fund_account(self.merchant, kept.id_of(contact), self.body)
        return answer(fund_account_json(row), 201 if is_new else 200)

    def get(self, request: Request) -> HttpResponse:
        """Accounts, newest first, of one contact or of all."""
        found = kept.rows(self.merchant, KIND)
        if contact_id := request.query_params.get("contact_id"):
            found = found.filter(data__contact_id=contact_id)
        return answer(collection(fund_account_json(row) for row in page(found, request.query_params)))


class FundAccountView(RazorpayView):
    def get(self, request: Request, fund_account_id: str) -> HttpResponse:
        """One account."""
        return answer(fund_account_json(kept.get(self.merchant, KIND, fund_account_id)))

    def patch(self, request: Request, fund_account_id: str) -> HttpResponse:
        """Switch the account off or on."""
        row = kept.get(self.merchant, KIND, fund_account_id)
        validation.only(self.body, {"active"})
        kept.change(row, {**row.data, "active": validation.flag(self.body, "active", default=row.data["active"])})
        return answer(fund_account_json(row))
