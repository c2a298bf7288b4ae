"""The portal's first page, and the first steps with the merchant's own keys."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from merchants.models import Member
from merchants.states import Act, Environment, may
from portal import charts, overview, selectors
from portal.access import acting, confirmed, member_page
from portal.attention import matters
from portal.first_steps import YOUR_KEY, steps, working_keys
from portal.links import Tab, page_url
from portal.templatetags.portal_format import money

_DAYS = overview.PERIODS[0]


@require_safe
@member_page
def home(request: HttpRequest, member: Member) -> HttpResponse:
    """What needs attention, balances, what was collected, the first steps and the newest payouts."""
    merchant = member.merchant
    balances, payouts = selectors.balances(merchant), selectors.latest_payouts(merchant)
    told = steps(merchant, _base_url(request), YOUR_KEY)
    shown = {
        "balances": balances,
        "payouts": payouts,
        "clock": selectors.merchant_clock(merchant),
        "matters": matters(merchant, balances, payouts),
        "steps": told,
        "steps_done": sum(step.is_done for step in told),
        "may_reveal": may(member.role, Act.REVEAL_KEYS) and merchant.environment == Environment.SANDBOX,
        **_activity(request, member),
    }
    return render(request, "portal/home.html", {"member": member, **shown})


@require_safe
@acting(Act.REVEAL_KEYS)
@confirmed
def first_steps(request: HttpRequest, member: Member) -> HttpResponse:
    """The first steps with a sandbox merchant's own keys in the commands; that they were shown is audited."""
    if member.merchant.environment != Environment.SANDBOX:
        raise Http404
    told = steps(member.merchant, _base_url(request), working_keys(member.merchant))
    return render(request, "portal/first_steps.html", {"member": member, "steps": told, "has_keys": True})


def _base_url(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _activity(request: HttpRequest, member: Member) -> dict[str, Any]:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(known) for known in overview.PERIODS} else _DAYS
    found = overview.activity(member.merchant, days, request.GET.get("currency", ""))
    path, code = reverse("portal:home"), found.currency
    volumes = [
        charts.Column(f"{day:%-d %b}: {code} {money(tally.volume, code)}", (charts.Part(tally.volume, "volume"),))
        for day, tally in found.days.items()
    ]
    results = [
        charts.Column(
            f"{day:%-d %b}: {tally.paid} paid, {tally.failed} failed",
            (charts.Part(tally.paid, "paid"), charts.Part(tally.failed, "failed")),
        )
        for day, tally in found.days.items()
    ]
    return {
        "activity": found,
        "days": days,
        "first_day": min(found.days),
        "last_day": max(found.days),
        "volume_bars": charts.bars(volumes),
        "result_bars": charts.bars(results),
        "periods": [
            Tab(f"{count} days", page_url(path, {"days": str(count), "currency": code}), count == days) for count in overview.PERIODS
        ],
        "currencies": [
            Tab(other, page_url(path, {"days": str(days), "currency": other}), other == code)
            for other in found.currencies
            if len(found.currencies) > 1
        ],
    }
