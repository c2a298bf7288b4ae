"""Staff's controls of a merchant's routing (contract lightspeedpay section 4, admin actions)."""

from typing import Any

from django.db.models import F

from audit.services.record import record
from audit.tags import Tag
from gateways import routing
from gateways.calendar import day_of
from gateways.errors import refused
from gateways.models import GatewayAssignment, GatewayUsage, RoutingPolicy
from gateways.states import Mode
from merchants.models import Merchant
from mypay.kit import clock, sql


def locked_policy(merchant: Merchant) -> RoutingPolicy:
    """The merchant's policy, locked until the transaction ends; raises ValidationError when it uses no account."""
    policy = RoutingPolicy.objects.select_for_update().filter(merchant=merchant).first()
    if policy is None:
        raise refused("merchant", "The merchant uses no gateway account")
    return policy


def change_mode(*, merchant: Merchant, mode: Mode) -> RoutingPolicy:
    """The mode from the next payment on; the weighted one begins anew."""

    def effect() -> RoutingPolicy:
        policy = locked_policy(merchant)
        GatewayAssignment.objects.filter(merchant=merchant).update(current_weight=0)
        return _changed(policy, mode=mode.value)

    return _done(effect)


def reset_position(*, merchant: Merchant) -> RoutingPolicy:
    """The next payment goes to the first in turn."""
    return _done(lambda: _changed(locked_policy(merchant), position=0))


def advance_position(*, merchant: Merchant) -> RoutingPolicy:
    """The one whose turn it is loses it: the next payment goes to the one after."""

    def effect() -> RoutingPolicy:
        policy = locked_policy(merchant)
        rows = GatewayAssignment.objects.filter(merchant=merchant, is_active=True, account__is_active=True)
        turns = [routing.Candidate(id=pk, place=place) for pk, place in rows.values_list("pk", "rotation_order")]
        if not turns:
            raise refused("merchant", "The merchant uses no gateway account that is on")
        picked = routing.pick(Mode.ROUND_ROBIN, turns, policy.position)
        return _changed(policy, position=picked.chosen.place)

    return _done(effect)


def toggle_daily_reset(*, merchant: Merchant) -> RoutingPolicy:
    """Whether each day begins with the first in turn, or not any more."""

    def effect() -> RoutingPolicy:
        policy = locked_policy(merchant)
        return _changed(policy, resets_daily=not policy.resets_daily)

    return _done(effect)


def reset_daily_counters(*, merchant: Merchant) -> RoutingPolicy:
    """What was collected today no longer counts to the day's limits. What is begun still does, and all of it to the month's."""

    def effect() -> RoutingPolicy:
        policy = locked_policy(merchant)
        day = day_of(clock.now(merchant))
        GatewayUsage.objects.filter(merchant=merchant, day=day).update(forgiven=F("paid"))
        _record(merchant.pk, {"daily_counters": "reset", "day": day.isoformat()})
        return policy

    return _done(effect)


def _done(effect: Any) -> RoutingPolicy:
    policy: RoutingPolicy = sql.in_transaction(effect)
    return policy


def _changed(policy: RoutingPolicy, **values: Any) -> RoutingPolicy:
    if "position" in values:  # it is today's, whatever was left of yesterday
        values["position_day"] = day_of(clock.now(policy.merchant))
    for name, value in values.items():
        setattr(policy, name, value)
    policy.save(update_fields=list(values))
    _record(policy.merchant_id, {name: value for name, value in values.items() if name != "position_day"})
    return policy


def _record(merchant_id: int, details: dict[str, Any]) -> None:
    record(tag=Tag.ROUTING_CHANGED, resource_id=merchant_id, merchant_id=merchant_id, details=details)
