"""The one-time password that a merchant may ask for before a transfer is sent: off at first, as a server of its own needs it."""

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.paystack.base import PaystackView
from emulators.paystack.errors import Refused
from emulators.paystack.objects import TRANSFER, kept
from emulators.paystack.reading import read
from emulators.paystack.render import envelope
from emulators.views import answer
from merchants.models import Merchant

PASSWORD = "123456"
_SWITCH = "otp"  # a row of this kind is the requirement


def is_asked(merchant: Merchant) -> bool:
    """Whether the merchant's transfers wait for the password."""
    return kept.rows(merchant, _SWITCH).exists()


def check(given: str) -> None:
    """Raises Refused for any other than the password that is always sent."""
    if given != PASSWORD:
        raise Refused("OTP has expired or is invalid", "invalid_otp", field="otp")


class OneTimePasswords(PaystackView):
    def enable(self, request: Request) -> HttpResponse:
        kept.once(self.merchant, _SWITCH, {})
        return answer(envelope("OTP requirement for transfers has been enabled"))

    def disable(self, request: Request) -> HttpResponse:
        """The password is asked for once more, to switch it off."""
        return answer(envelope("OTP has been sent to your mobile number"))

    def disable_finally(self, request: Request) -> HttpResponse:
        check(read.text(self.body, "otp", 10, is_required=True))
        kept.rows(self.merchant, _SWITCH).delete()
        return answer(envelope("OTP requirement for transfers has been disabled"))

    def resend(self, request: Request) -> HttpResponse:
        kept.get(self.merchant, TRANSFER, read.text(self.body, "transfer_code", 40, is_required=True))
        return answer(envelope("OTP has been resent"))
