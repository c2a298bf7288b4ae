"""Banks and telcos by country, and whose name an account is in."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.paystack.base import PaystackView
from emulators.paystack.errors import InvalidParams, Refused
from emulators.paystack.reading import read
from emulators.paystack.render import envelope
from emulators.paystack_transfers.bank_list import BANKS, COUNTRIES, MOBILE_MONEY, NUBAN, Bank, find_bank
from emulators.views import answer
from gateways.paystack import wire
from sandbox.matching import Facts
from sandbox.services.decide import by_number
from sandbox.states import Outcome

_SINCE = "2016-07-14T10:04:29.000Z"
_USUAL, _MOST = 50, 100
_UNRESOLVED = "Could not resolve account name. Check parameters or try again."
_HOLDER = "TEST ACCOUNT HOLDER"
_CURSOR = "bank:"


def bank_json(bank: Bank) -> dict[str, Any]:
    return {
        "id": bank.id,
        "name": bank.name,
        "slug": bank.slug,
        "code": bank.code,
        "longcode": bank.longcode,
        "gateway": None,
        "pay_with_bank": False,
        "supports_transfer": True,
        "active": True,
        "is_deleted": False,
        "country": bank.country,
        "currency": bank.currency,
        "type": bank.type,
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
    }


class Banks(PaystackView):
    def list(self, request: Request) -> HttpResponse:
        """Those of a country or currency, Nigeria's unless said; by pages or by cursor."""
        query = request.query_params
        country, currency, type = (query.get(name, "").lower() for name in ("country", "currency", "type"))
        wanted = (country, currency or ("" if country else "ngn"), type)
        found = [bank for bank in BANKS if _fits(wanted, (bank.country.lower(), bank.currency.lower(), bank.type))]
        size = read.number(query, "perPage", default=_USUAL, least=1, most=_MOST)
        start = _start(query, size)
        meta = {
            "next": _cursor(start + size) if start + size < len(found) else None,
            "previous": _cursor(max(0, start - size)) if start else None,
            "perPage": size,
        }
        return answer(envelope("Banks retrieved", [bank_json(bank) for bank in found[start : start + size]], meta))

    def resolve(self, request: Request) -> HttpResponse:
        """The name that an account is in; the engine's magic numbers decide whether there is such an account."""
        query = request.query_params
        number = read.text(query, "account_number", 20, is_required=True)
        code = read.text(query, "bank_code", 20, is_required=True)
        bank = next((bank for bank in (find_bank(currency, code) for currency in COUNTRIES) if bank), None)
        is_account = number.isascii() and number.isdigit() and (len(number) == 10 or bank is None or bank.type != NUBAN)
        outcome = by_number(Facts(amount=0, currency="NGN", number=number))
        if bank is None or bank.type == MOBILE_MONEY or not is_account or outcome in (Outcome.FAILED, Outcome.ON_HOLD):
            raise Refused(_UNRESOLVED, "unknown", field="account_number", status=422, type=wire.VALIDATION_ERROR)
        told = {"account_number": number, "account_name": _HOLDER, "bank_id": bank.id}
        return answer(envelope("Account number resolved", told))


def _fits(wanted: tuple[str, ...], has: tuple[str, ...]) -> bool:
    return all(each in ("", own) for each, own in zip(wanted, has, strict=True))


def _cursor(start: int) -> str:
    return urlsafe_b64encode(f"{_CURSOR}{start}".encode()).decode()


def _start(query: Mapping[str, str], size: int) -> int:
    """Where the page begins: where its cursor says, else by its number; raises InvalidParams."""
    name = next((name for name in ("next", "previous") if query.get(name)), "")
    if not name:
        return (read.number(query, "page", default=1, least=1, most=1_000) - 1) * size
    try:
        start = urlsafe_b64decode(query[name]).decode().removeprefix(_CURSOR)
    except ValueError:
        start = ""
    if not (start.isascii() and start.isdigit() and len(start) < 5):
        raise InvalidParams(f"{name.title()} is no cursor of ours", name)
    return int(start)
