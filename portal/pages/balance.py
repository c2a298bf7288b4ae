"""The ledger as a merchant sees it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ledger.states import EntryType
from merchants.models import Member
from portal import selectors
from portal.access import member_page
from portal.links import paging
from portal.money_forms import SearchInput
from portal.parts import DateInput, FilterForm, choices, exports
from portal.searches import EVERY_KIND

CURRENCY = "PKR"


class HistoryFilters(FilterForm):
    """One balance at a time; its lines by kind, day and object."""

    q = forms.CharField(label="Search", max_length=36, widget=SearchInput(attrs={"placeholder": "Id of a payout, refund, settlement …"}))
    currency = forms.ChoiceField()
    kind = forms.ChoiceField(label="Lines", choices=[("", "Statement"), (EVERY_KIND, "Every move"), *EntryType.choices])
    startDate = forms.DateField(label="From", widget=DateInput())
    endDate = forms.DateField(label="To", widget=DateInput())

    def __init__(self, data: Any, *, held: list[str]) -> None:
        super().__init__(data)
        self.fields["currency"] = forms.ChoiceField(choices=choices("", ((code, code) for code in held))[1:], required=False)


@require_safe
@member_page
def history(request: HttpRequest, member: Member) -> HttpResponse:
    """The ledger of one of the merchant's balances."""
    merchant, path = member.merchant, reverse("portal:history")
    balances = {balance.currency: balance for balance in selectors.balances(merchant)}
    if not balances:
        return render(request, "portal/history.html", {"member": member})
    asked = request.GET.dict()
    asked.setdefault("currency", CURRENCY if CURRENCY in balances else next(iter(balances)))
    currency, cursor = asked["currency"], asked.get("cursor", "")
    filters = HistoryFilters(asked, held=list(balances))
    query = {**filters.query(), "currency": currency}
    page = selectors.history_page(merchant, query, cursor)
    is_filtered = len(query) > 1
    shown = {
        "page": page,
        "currency": currency,
        "balance": balances[currency],
        "filters": filters,
        "query": query if is_filtered else {},
        "clear_url": f"{path}?currency={currency}" if is_filtered else "",
        "exports": exports(reverse("portal:history-file"), query),
        **paging(cursor, page.pagination["nextCursor"], path, query),
    }
    return render(request, "portal/history.html", {"member": member, **shown})
