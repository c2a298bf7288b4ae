"""Let a merchant use an account, or no longer."""

from django.db import IntegrityError
from django.db.models import Max

from audit.services.record import record
from audit.tags import Tag
from gateways import validation
from gateways.errors import assignment_not_found, refused
from gateways.models import GatewayAccount, GatewayAssignment, RoutingPolicy
from gateways.services.change_policy import locked_policy
from merchants.models import Merchant
from mypay.kit import sql


def assign(*, merchant: Merchant, account: GatewayAccount, weight: int = 100, daily_limit: int | None = None) -> GatewayAssignment:
    """The assignment, last in turn; `daily_limit` in minor units. The first one gives the merchant its policy.

    Raises ValidationError that names the field, also when the merchant uses the account already.
    """
    validation.checked_weight(weight)
    validation.checked_limit("daily_limit", daily_limit)

    def effect() -> GatewayAssignment:
        RoutingPolicy.objects.get_or_create(merchant=merchant)
        locked_policy(merchant)
        last = GatewayAssignment.objects.filter(merchant=merchant).aggregate(last=Max("rotation_order"))["last"] or 0
        made = GatewayAssignment.objects.create(
            merchant=merchant, account=account, rotation_order=last + 1, weight=weight, daily_limit=daily_limit
        )
        details = {"account": account.name, "weight": weight, "daily_limit": daily_limit}
        record(tag=Tag.GATEWAY_ASSIGNED, resource_id=account.pk, merchant_id=merchant.pk, details=details)
        return made

    try:
        made: GatewayAssignment = sql.in_transaction(effect)
    except IntegrityError:
        raise refused("account", "The merchant uses this account already") from None
    return made


def unassign(*, merchant: Merchant, account: GatewayAccount) -> None:
    """From the next payment on the merchant does not use it; orders begun there go their way. Raises NotFound."""

    def effect() -> None:
        locked_policy(merchant)
        if not GatewayAssignment.objects.filter(merchant=merchant, account=account).delete()[0]:
            raise assignment_not_found()
        record(tag=Tag.GATEWAY_UNASSIGNED, resource_id=account.pk, merchant_id=merchant.pk, details={"account": account.name})

    sql.in_transaction(effect)
