"""Transfer recipients: a bank account, a phone that takes mobile money, or a card's authorization. An account is one recipient, ever."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators import ids
from emulators.models import VendorObject
from emulators.paystack.base import PaystackView
from emulators.paystack.errors import InvalidParams
from emulators.paystack.objects import AUTHORIZATION, RECIPIENT, kept
from emulators.paystack.reading import read
from emulators.paystack.render import domain, integration
from emulators.paystack_transfers.bank_list import BASA, COUNTRIES, GHIPSS, KEPSS, MOBILE_MONEY, NUBAN, find_bank
from emulators.views import answer
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.clock import iso
from payments.models import Payment
from payments.states import Method
from payouts.states import DestinationType
from payouts.validation import Destination

# By type: the currencies that it is paid in, the usual one first, and what its account numbers look like.
_TYPES = {
    NUBAN: (("NGN",), re.compile(r"[0-9]{10}", re.ASCII)),
    GHIPSS: (("GHS",), re.compile(r"[0-9]{6,20}", re.ASCII)),
    BASA: (("ZAR",), re.compile(r"[0-9]{6,16}", re.ASCII)),
    KEPSS: (("KES",), re.compile(r"[0-9]{6,20}", re.ASCII)),
    MOBILE_MONEY: (("GHS", "KES"), re.compile(r"\+?[0-9]{5,15}", re.ASCII)),
}
_MOST_DIGITS = 18
_TEXTS = {"name": 200, "email": 254, "description": 500}
_SHOWN = ("name", "email", "description", "metadata", "type", "currency")


def recipient_json(merchant: Merchant, row: VendorObject) -> dict[str, Any]:
    """A recipient as the API shows it."""
    data = row.data
    bank = find_bank(data["currency"], data["bank_code"])
    return {
        "active": not data["is_deleted"],
        **{name: data[name] or None for name in _SHOWN},
        "id": ids.vendor_number(row.pk),
        "integration": integration(merchant),
        "domain": domain(merchant),
        "recipient_code": kept.id_of(row),
        "is_deleted": data["is_deleted"],
        "isDeleted": data["is_deleted"],
        "details": {
            "authorization_code": data["authorization_code"] or None,
            "account_number": data["account_number"] or None,
            "account_name": data["account_name"],
            "bank_code": data["bank_code"],
            "bank_name": bank.name if bank else "",
        },
        "createdAt": iso(row.created_at),
        "updatedAt": data.get("updated_at") or iso(row.created_at),
    }


def by_code_or_number(rows: QuerySet[VendorObject], kind: str, text: str) -> VendorObject | None:
    """The row of that kind that the text names, None if there is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    found: VendorObject | None = ids.find_number(rows, int(text)) if is_number else ids.find(rows, kept.prefixes[kind], text)
    return found


def find_recipients(merchant: Merchant, codes: Iterable[str]) -> dict[str, VendorObject]:
    """Those of the codes that money may go to, by code, in one query."""
    wanted = Q()
    for between in filter(None, (ids.bounds(kept.prefixes[RECIPIENT], code) for code in codes)):
        wanted |= Q(pk__range=between)
    rows = kept.rows(merchant, RECIPIENT).filter(wanted) if wanted else ()
    return {kept.id_of(row): row for row in rows if not row.data["is_deleted"]}


def destination(row: VendorObject) -> Destination:
    """Where the engine sends the money to."""
    data = row.data
    if data["type"] == MOBILE_MONEY:
        return Destination(DestinationType.WALLET, "", data["bank_code"], data["account_number"])
    if data["type"] == AUTHORIZATION:
        return Destination(DestinationType.BANK, AUTHORIZATION, "", data["authorization_code"])
    return Destination(DestinationType.BANK, data["bank_code"], "", data["account_number"])


def _account(merchant: Merchant, body: dict[str, Any], type: str) -> dict[str, str]:
    """What makes a recipient the same as another: where the money goes, checked."""
    if type == AUTHORIZATION:
        return _card_behind(merchant, body)
    if type not in _TYPES:
        raise InvalidParams(f"Type must be one of {', '.join((*_TYPES, AUTHORIZATION))}", "type")
    currencies, form = _TYPES[type]
    account = read.text(body, "account_number", 50, is_required=True)
    if not form.fullmatch(account):
        raise InvalidParams("Account number is invalid", "account_number")
    code = read.text(body, "bank_code", 20, is_required=True)
    currency = read.text(body, "currency", 3) or next((each for each in currencies if find_bank(each, code)), currencies[0])
    if currency not in currencies:
        raise InvalidParams(f"Currency must be {' or '.join(currencies)} for this type", "currency")
    bank = find_bank(currency, code)
    if bank is None or bank.type != type:
        raise InvalidParams("Bank code is invalid", "bank_code")
    return {"type": type, "account_number": account, "bank_code": code, "currency": currency, "authorization_code": ""}


def _card_behind(merchant: Merchant, body: dict[str, Any]) -> dict[str, str]:
    """The card of a transaction of the merchant's that was paid."""
    code = read.text(body, "authorization_code", 40, is_required=True)
    paid = Payment.objects.filter(merchant=merchant, method=Method.CARD, captured__gt=0)
    payment: Payment | None = ids.find(paid, kept.prefixes[AUTHORIZATION], code)
    if payment is None:
        raise InvalidParams("Authorization code is invalid", "authorization_code")
    if (read.text(body, "currency", 3) or payment.currency) != payment.currency or payment.currency not in COUNTRIES:
        raise InvalidParams("Currency is not the authorization's", "currency")
    return {"type": AUTHORIZATION, "account_number": "", "bank_code": "", "currency": payment.currency, "authorization_code": code}


class ByCodeOrNumber(PaystackView):
    """What Paystack finds by either of its ids."""

    def find(self, *path: str, **named: str) -> VendorObject:
        found = by_code_or_number(self.rows(), self.kind, (*path, *named.values())[-1])
        if found is None:
            raise kept.unknown(self.kind)
        return found


class Recipients(ByCodeOrNumber):
    kind = RECIPIENT
    one, many = "Recipient retrieved", "Recipients retrieved"

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return [recipient_json(self.merchant, row) for row in rows]

    def create(self, request: Request) -> HttpResponse:
        """201 with the account's recipient: a new one, or the one that it has, alive again if it was deleted."""
        type = read.text(self.body, "type", 20, is_required=True)
        name = read.text(self.body, "name", _TEXTS["name"], is_required=True)
        account = _account(self.merchant, self.body, type)
        told = {**read.texts(self.body, _TEXTS), "metadata": read.metadata(self.body)}
        data = {**account, **told, "account_name": name, "is_deleted": False}
        row, is_new = kept.once(self.merchant, RECIPIENT, data, same=account)
        if not is_new and row.data["is_deleted"]:
            self._keep(row, {"is_deleted": False})
        return self.told(row, 201, "Transfer recipient created successfully")

    def change(self, request: Request, code: str) -> HttpResponse:
        """Another name, e-mail address or description; what the body does not name stays."""
        row = self.find(code)
        told: dict[str, Any] = {name: text for name, text in read.texts(self.body, _TEXTS).items() if name in self.body}
        if "metadata" in self.body:
            told["metadata"] = read.metadata(self.body)
        if told.get("name") == "":
            raise read.required("name")
        self._keep(row, told)
        return self.told(row, message="Recipient updated")

    def remove(self, request: Request, code: str) -> HttpResponse:
        """No money goes there any more; what went is still to be seen."""
        self._keep(self.find(code), {"is_deleted": True})
        return answer({"status": True, "message": "Transfer recipient set as inactive"})

    def _keep(self, row: VendorObject, changes: dict[str, Any]) -> None:
        row.data |= {**changes, "updated_at": iso(clock.now(self.merchant))}
        row.save(update_fields=["data"])
