"""Merchants as staff ask for them: by number, `MERCHANT_000012`, e-mail address or part of a name."""

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from merchants.models import Merchant

_NUMBER = re.compile(r"(?:merchant[_ ])?([0-9]{1,18})", re.ASCII | re.IGNORECASE)


def find_merchants(term: str) -> QuerySet[Merchant]:
    """The merchants that the words may mean."""
    if number := _NUMBER.fullmatch(term):
        return Merchant.objects.filter(pk=int(number[1]))
    small = term.lower()
    # Small letters on both sides: MariaDB's columns compare exactly, SQLite's LIKE does not.
    rows = Merchant.objects.annotate(small=Lower("name"), small_company=Lower("company_name"))
    return rows.filter(Q(email__contains=small) | Q(small__contains=small) | Q(small_company__contains=small))


def names_merchant(term: str) -> bool:
    """Whether the words look like a merchant's address or number rather than a reference."""
    return "@" in term or term.upper().startswith("MERCHANT")


def of_merchant(rows: QuerySet[Any], term: str, path: str = "merchant") -> QuerySet[Any]:
    """Rows of those merchants."""
    return rows.filter(**{f"{path}__in": list(find_merchants(term).order_by().values_list("pk", flat=True)[:100])})


def by_reference(rows: QuerySet[Any], column: str, reference: str) -> QuerySet[Any]:
    """Rows with that reference, whosever: merchant by merchant, on the index that starts with it."""
    return rows.filter(**{"merchant__in": Merchant.objects.order_by().values("pk"), column: reference})
