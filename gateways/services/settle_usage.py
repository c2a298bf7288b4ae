"""Move an order's amount in the usage of its day, as the order is decided."""

from django.db.models import F

from gateways.models import GatewayOrder, GatewayUsage


def settle_usage(*, order: GatewayOrder, is_paid: bool) -> None:
    """Reserved becomes paid, or is released; a failed one that is paid after all counts as paid.

    Call it in the transaction that decides the order, under its guard; `order.is_paid` is as it was before.
    """
    if order.is_paid == is_paid or order.is_paid:
        return
    reserved = order.amount if order.is_paid is None else 0
    rows = GatewayUsage.objects.filter(merchant=order.merchant_id, account=order.account_id, day=order.day)
    rows.update(reserved=F("reserved") - reserved, paid=F("paid") + (order.amount if is_paid else 0))
