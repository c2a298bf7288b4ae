"""Reads: a merchant's accounts, an account as its connector wants it, what went through and how well."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Avg, Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from gateways import contract, registry, routing
from gateways.calendar import month_of
from gateways.models import GatewayAccount, GatewayAssignment, GatewayOrder, GatewayUsage
from gateways.states import OrderStatus
from merchants.models import Merchant
from mypay.kit.crypto import decrypt

CREDENTIALS_CONTEXT = "gateways.account.credentials"
WEBHOOK_SECRET_CONTEXT = "gateways.account.webhook_secret"


def is_routed(merchant: Merchant) -> bool:
    """Whether the merchant's payments go through gateway accounts at all, even if none can take one now."""
    return GatewayAssignment.objects.filter(merchant=merchant).exists()


def accounts_of(merchant: Merchant) -> list[GatewayAssignment]:
    """The merchant's assignments in turn, each with its account."""
    return list(GatewayAssignment.objects.filter(merchant=merchant).select_related("account").order_by("rotation_order"))


def account_of(row: GatewayAccount) -> contract.Account:
    """The account with its credentials in clear, for its connector alone."""
    secret = row.webhook_secret_encrypted
    return contract.Account(
        id=row.pk,
        base_url=row.base_url or registry.connector(row.gateway).spec.production_url,
        credentials=json.loads(decrypt(row.credentials_encrypted, context=CREDENTIALS_CONTEXT)),
        webhook_secret=decrypt(secret, context=WEBHOOK_SECRET_CONTEXT) if secret else "",
    )


def connector_of(row: GatewayAccount) -> contract.Connector:
    """The account's connector; KeyError when its gateway is not there any more."""
    return registry.connector(row.gateway)(account_of(row))


@dataclass(frozen=True, slots=True)
class Spent:
    """What accounts carried, by account: `days` this merchant's of the day, `months` everybody's of the month where it is limited."""

    days: Mapping[int, int]
    months: Mapping[int, int]


def spent(merchant: Merchant, accounts: Iterable[GatewayAccount], day: date) -> Spent:
    """What counts to the limits of those accounts; an account without an entry in `days` has no row yet."""
    known = list(accounts)
    today = GatewayUsage.objects.filter(merchant=merchant, account__in=known, day=day)
    days = {row.account_id: row.reserved + row.paid - row.forgiven for row in today}
    limited = [account.pk for account in known if account.monthly_limit is not None]
    return Spent(days, _months(limited, day) if limited else {})


def _months(account_ids: list[int], day: date) -> dict[int, int]:
    first, next_first = month_of(day)
    rows = GatewayUsage.objects.filter(account__in=account_ids, day__gte=first, day__lt=next_first)
    return dict(rows.values("account").annotate(volume=Sum(F("reserved") + F("paid"))).values_list("account", "volume"))


@dataclass(frozen=True, slots=True)
class Performance:
    """How an account did for a merchant of late: share paid, 0 to 1, and milliseconds to open an order."""

    rate: float
    latency: float


def performance(merchant: Merchant, account_ids: Iterable[int], now: datetime) -> dict[int, Performance]:
    """By account, over its newest hundred decided orders of the merchant's last hour; two reads on one index."""
    decided = GatewayOrder.objects.filter(merchant=merchant, is_paid__isnull=False)
    floors = _floors(decided, account_ids)
    recent = Q()
    for account_id, floor in floors.items():
        recent |= Q(account=account_id) if floor is None else Q(account=account_id, id__gte=floor)
    if not floors:
        return {}
    rows = decided.filter(recent, created_at__gte=now - timedelta(minutes=routing.SAMPLE_MINUTES))
    sums = rows.values("account").annotate(paid=Count("pk", filter=Q(is_paid=True)), decided=Count("pk"), latency=Avg("latency_ms"))
    return {found["account"]: Performance(routing.rate_of(found["paid"], found["decided"]), float(found["latency"] or 0)) for found in sums}


def _floors(decided: QuerySet[GatewayOrder], account_ids: Iterable[int]) -> dict[int, object]:
    """The id of each account's hundredth newest decided order, None where it has fewer."""
    of_account = decided.filter(account=OuterRef("pk")).order_by("-id").values("id")
    rows = GatewayAccount.objects.filter(pk__in=list(account_ids))
    hundredth = Subquery(of_account[routing.SAMPLES - 1 : routing.SAMPLES])
    return dict(rows.annotate(floor=hundredth).values_list("pk", "floor"))


def live_order(checkout_id: UUID) -> GatewayOrder | None:
    """The checkout's order that is being opened, is open, or of which nobody knows whether it is; with account and merchant."""
    live = (OrderStatus.BEGINNING, OrderStatus.OPEN, OrderStatus.UNKNOWN)
    rows = GatewayOrder.objects.select_related("account", "merchant").filter(checkout_id=checkout_id, status__in=live)
    return rows.order_by("-id").first()


def carrying(payment_id: UUID) -> GatewayOrder | None:
    """The order at a gateway of its own that carries the payment, with account and merchant; None when the engine decides it."""
    opened = (OrderStatus.OPEN, OrderStatus.ENDED)
    rows = GatewayOrder.objects.select_related("account", "merchant").filter(payment_id=payment_id, status__in=opened)
    order = rows.order_by("-id").first()
    return order if order and order.order_id and can(order, contract.Capability.LOOK) else None


def can(order: GatewayOrder, capability: contract.Capability) -> bool:
    """Whether the order's gateway can do it; one that is not there any more can do nothing."""
    try:
        return capability in registry.connector(order.account.gateway).spec.capabilities
    except KeyError:
        return False
