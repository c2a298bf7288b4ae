"""Contacts: whom fund accounts belong to. An identical one is not made twice."""

import re
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.models import VendorObject
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.reading import read
from emulators.razorpayx.base import CONTACT, RazorpayXView, kept
from gateways.razorpay import wire
from merchants.models import Merchant

_TYPES = ("vendor", "customer", "employee", "self")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[0-9]{8,14}", re.ASCII)
_TEXTS = {"name": 50, "email": 254, "contact": 15, "type": 40, "reference_id": 40}


def contact_json(row: VendorObject) -> dict[str, Any]:
    """A contact as the API shows it."""
    told = {name: row.data.get(name) or None for name in _TEXTS}
    return {
        "id": kept.id_of(row),
        "entity": CONTACT,
        **told,
        "batch_id": None,
        "active": row.data["active"],
        "notes": row.data["notes"] or [],
        "created_at": wire.seconds(row.created_at),
    }


def open_contact(merchant: Merchant, body: dict[str, Any]) -> tuple[VendorObject, bool]:
    """The contact that the body describes, and whether it is new."""
    read.only(body, {*_TEXTS, "notes"})
    return kept.once(merchant, CONTACT, {**_texts(body, {"name"}), "notes": read.notes(body), "active": True})


def _texts(body: dict[str, Any], needed: set[str]) -> dict[str, str]:
    told = {name: read.text(body, name, longest, is_required=name in needed) for name, longest in _TEXTS.items()}
    if told["email"] and not _EMAIL.fullmatch(told["email"]):
        raise BadRequest("The email must be a valid email address.", field="email")
    if told["contact"] and not _PHONE.fullmatch(told["contact"]):
        raise BadRequest("The contact format is invalid.", field="contact")
    if told["type"] and told["type"] not in _TYPES:
        raise BadRequest("The selected type is invalid.", field="type")
    return told


class Contacts(RazorpayXView):
    kind = CONTACT

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return [contact_json(row) for row in rows]

    def create(self, request: Request) -> HttpResponse:
        """201 with a new contact, 200 with one that is just like it."""
        row, is_new = open_contact(self.merchant, self.body)
        return self.told(row, 201 if is_new else 200)

    def change(self, request: Request, contact_id: str) -> HttpResponse:
        """Change what the body names; `active` false keeps money from going there."""
        row = self.find(contact_id)
        read.only(self.body, {*_TEXTS, "notes", "active"})
        told: dict[str, Any] = {name: text for name, text in _texts(self.body, set()).items() if name in self.body}
        if "name" in told and not told["name"]:
            raise read.required("name")
        if "notes" in self.body:
            told["notes"] = read.notes(self.body)
        active = read.flag(self.body, "active", default=row.data["active"])
        kept.change(row, {**row.data, **told, "active": active})
        return self.told(row)
