"""The merchant's profile and API keys (contract section 6, merchant/*)."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from merchants.models import ApiKey
from merchants.selectors import credentials
from merchants.services.change_profile import Profile, change_profile
from merchants.services.issue_key import reveal_key
from merchants.services.rotate_key import rotate_keys
from merchants.states import Act, Scope
from merchants.validation import checked_email, checked_text, checked_webhook_url
from mypay.kit.clock import iso
from mypay.kit.errors import NotFound, ValidationError
from portal.api import schema
from portal.api.base import PortalView, ok
from portal.api.render import m4

_SCOPES = {"payment": (Scope.PAYMENTS,), "payout": (Scope.PAYOUTS,), "": (Scope.PAYMENTS, Scope.PAYOUTS)}


class ProfileView(PortalView):
    @extend_schema(**schema.PROFILE)
    def get(self, request: Request) -> HttpResponse:
        """The merchant."""
        return ok({"merchant": {**m4(self.merchant), "createdAt": iso(self.merchant.created_at)}})

    @extend_schema(**schema.CHANGE_PROFILE)
    def put(self, request: Request) -> HttpResponse:
        """Change the merchant's details, or the own password."""
        return ok({"merchant": m4(change_profile(member=self.member, profile=self._profile()))})

    def _profile(self) -> Profile:
        company, email, url = self._given("companyName", "company_name"), self._given("email"), self._given("webhookUrl", "webhook_url")
        return Profile(
            company_name=None if company is None else checked_text(company, "companyName"),
            email=None if email is None else checked_email(email),
            webhook_url=None if url is None else checked_webhook_url(url),
            current_password=self._password("currentPassword"),
            new_password=self._password("newPassword"),
        )

    def _given(self, *names: str) -> Any:
        """The first of the members that is there; None leaves it as it is."""
        return next((self.body[name] for name in names if self.body.get(name) is not None), None)

    def _password(self, name: str) -> str:
        value = self.body.get(name) or ""
        if not isinstance(value, str):
            raise ValidationError(f"{name} must be text", field=name)
        return value


class CredentialsView(PortalView):
    @extend_schema(**schema.CREDENTIALS)
    def get(self, request: Request) -> HttpResponse:
        """Both keys in full; every reveal is audited."""
        self.require(Act.REVEAL_KEYS)
        shown = credentials(self.merchant)
        if not shown:
            raise NotFound("No active API credentials found")
        made = max(row.created_at for row in shown.values())
        return ok({"credentials": {**self._keys(shown), "createdAt": iso(made)}})

    @extend_schema(**schema.ROTATE)
    def post(self, request: Request) -> HttpResponse:
        """A new key of one kind or both; the old ones are off at once."""
        self.require(Act.MANAGE_KEYS)
        type = self.body.get("type") or ""
        if not isinstance(type, str) or type.lower() not in _SCOPES:
            raise ValidationError("type must be payment or payout", field="type")
        rotate_keys(merchant=self.merchant, scopes=_SCOPES[type.lower()])
        return ok({"credentials": self._keys(credentials(self.merchant))})

    def _keys(self, shown: dict[Scope, ApiKey]) -> dict[str, Any]:
        payment, payout = (shown.get(scope) for scope in (Scope.PAYMENTS, Scope.PAYOUTS))
        return {
            "merchantId": self.merchant.vendor_id,
            "paymentApiKey": reveal_key(payment).key if payment else None,
            "payoutApiKey": reveal_key(payout).key if payout else None,
        }
