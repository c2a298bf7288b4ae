"""The base of endpoints that a merchant's key opens."""

from typing import cast

from merchants.authentication import ApiKeyAuthentication
from merchants.models import Merchant
from mypay.kit.api import JsonView


class MerchantView(JsonView):
    """An endpoint for whoever holds a key; who that is, is `self.merchant`."""

    authentication_classes = [ApiKeyAuthentication]

    @property
    def merchant(self) -> Merchant:
        """The merchant whose key came with the request."""
        return cast(Merchant, self.request.user)
