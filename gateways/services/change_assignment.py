"""Change how a merchant uses an account: weight, limit a day, on or off."""

from collections.abc import Callable, Mapping
from typing import Any

from audit.services.record import record
from audit.tags import Tag
from gateways import validation
from gateways.errors import assignment_not_found
from gateways.models import GatewayAssignment
from gateways.services.change_policy import locked_policy
from mypay.kit import sql

_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "weight": validation.checked_weight,
    "daily_limit": lambda value: validation.checked_limit("daily_limit", value),
    "is_active": bool,
}


def change_assignment(*, assignment: GatewayAssignment, values: Mapping[str, Any]) -> GatewayAssignment:
    """The assignment as it then is, from the next payment on. `values`: weight, daily_limit in minor units, is_active.

    A new weight begins the weighted mode anew. Raises ValidationError that names the field, and NotFound.
    """
    changes: dict[str, Any] = {name: _CHECKS[name](value) for name, value in values.items()}

    def effect() -> None:
        locked_policy(assignment.merchant)
        if not GatewayAssignment.objects.filter(pk=assignment.pk).update(**changes):
            raise assignment_not_found()
        if "weight" in changes:
            GatewayAssignment.objects.filter(merchant=assignment.merchant_id).update(current_weight=0)
        told = {"account": assignment.account_id, **changes}
        record(tag=Tag.GATEWAY_ASSIGNMENT_CHANGED, resource_id=assignment.account_id, merchant_id=assignment.merchant_id, details=told)

    sql.in_transaction(effect)
    for name, value in changes.items():
        setattr(assignment, name, value)
    return assignment
