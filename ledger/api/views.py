"""Money for a sandbox merchant, `/api/v1/sandbox/top-up`: here, as the ledger is above the sandbox."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ledger import selectors
from ledger.api import schema
from ledger.models import MerchantBalance
from ledger.render import balance_json
from ledger.services.top_up import top_up
from mypay.kit.api import success
from mypay.kit.errors import ValidationError
from mypay.kit.money import EXPONENTS, InvalidAmount, to_minor
from sandbox.api.base import SandboxView

_MAX_DIGITS = 10
_MAX_AVAILABLE = 10**18  # what a column of 63 bits holds, with room


class TopUpView(SandboxView):
    @extend_schema(**schema.TOP_UP)
    def post(self, request: Request) -> HttpResponse:
        """Bring money in from outside; answers the balance after it."""
        self.only("amount", "currency")
        currency = self.choice("currency", list(EXPONENTS), "PKR")
        amount = self._amount(currency)
        top_up(merchant=self.merchant, currency=currency, amount=amount)
        return success(200, {"currency": currency, **balance_json(selectors.balance(self.merchant, currency))}).response()

    def _amount(self, currency: str) -> int:
        try:
            amount = to_minor(self.body.get("amount"), currency, max_integer_digits=_MAX_DIGITS)
        except InvalidAmount as problem:
            raise ValidationError(f"amount is {problem}", field="amount") from None
        held = MerchantBalance.objects.filter(merchant=self.merchant, currency=currency).values_list("available", flat=True).first()
        if (held or 0) + amount > _MAX_AVAILABLE:
            raise ValidationError("amount is more than the balance can hold", field="amount")
        return amount
