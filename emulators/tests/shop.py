"""A merchant whose clock and whose due work a vendor's tests move."""

from datetime import timedelta

from merchants.models import Merchant
from mypay.kit import scheduling
from sandbox.services.clock import advance


class ShopInTime:
    """Of each vendor's shop."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant

    def later(self, **span: float) -> None:
        """Advance the shop's clock, and do what is due until then."""
        advance(merchant=Merchant.objects.get(pk=self.merchant.pk), by=timedelta(**span))

    def work(self) -> None:
        """Do all that is due now."""
        while scheduling.sweep():
            pass
