"""OpenAPI descriptions of the portal API (contract section 6)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from mypay.kit.documented import PAGES, PagesSerializer, example, query, refusals, replies
from portal.api import serializers as s

_BODY = (400, 413, 415)
DAYS = [query("startDate", "A day or a time, UTC; from then"), query("endDate", "A day (the whole of it) or a time; until then")]
REFRESH_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmVk"  # stands for one that is good
_FORMAT = OpenApiParameter("format", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["csv", "json"])
_CHECKOUT_STATUS = query("status", "pending, completed, failed or cancelled")
_PAYOUT_STATUS = query("status", "PENDING, PROCESSING, SUCCESS, FAILED, RETRY, IN_REVIEW or ON_HOLD")


class _BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer`, for the portal's and the admin's tokens."""

    target_class = "portal.api.base._TokenAuthentication"
    match_subclasses = True

    def __init__(self, target: Any) -> None:
        super().__init__(target)  # type: ignore[no-untyped-call]
        self.name = (target if isinstance(target, type) else type(target)).__name__

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class NamedByPath(AutoSchema):
    """Operation ids from the path, since each route has two."""

    def get_operation_id(self) -> str:
        words = [word.strip("{}") for word in self.path.strip("/").split("/") if word != "api"]
        return f"{self.method.lower()}_{'_'.join(words)}".replace("-", "_")


def message() -> serializers.CharField:
    """The reply's `message`."""
    return serializers.CharField()


_OPEN: dict[str, Any] = {"tags": ["portal"], "auth": []}
_CLOSED: dict[str, Any] = {"tags": ["portal"]}
PAIR: dict[str, Any] = {
    "access": serializers.CharField(),
    "refresh": serializers.CharField(),
    "expiresIn": serializers.IntegerField(help_text="Seconds"),
}
_MERCHANT = s.PortalMerchantSerializer()
_DEMO = example("Demo merchant 1", email="test@mycodigital.io", password="test123456")
RENEW = example("What auth/token or auth/refresh gave last", refresh=REFRESH_TOKEN)
LEAVE = example("The refresh token ends with the token of the header", refresh=REFRESH_TOKEN)

REGISTER: dict[str, Any] = {
    **_OPEN,
    "request": s.RegisterSerializer,
    "responses": {
        **replies("Registered", 201, token=serializers.CharField(), password=serializers.CharField(), merchant=_MERCHANT),
        **refusals(*_BODY, 503),
    },
    "examples": [example("A shop", companyName="Ayesha Textiles", username="ayesha")],
}
LOGIN: dict[str, Any] = {
    **_OPEN,
    "request": s.LoginSerializer,
    "responses": {**replies("LoggedIn", token=serializers.CharField(), merchant=_MERCHANT), **refusals(*_BODY, 401, 403, 429, 503)},
    "examples": [_DEMO],
}
TOKEN: dict[str, Any] = {
    **_OPEN,
    "request": s.LoginSerializer,
    "responses": {**replies("TokenPair", **PAIR, merchant=_MERCHANT), **refusals(*_BODY, 401, 403, 429, 503)},
    "examples": [_DEMO],
}
REFRESH: dict[str, Any] = {
    **_OPEN,
    "request": s.RefreshSerializer,
    "responses": {**replies("Refreshed", **PAIR), **refusals(*_BODY, 401, 503)},
    "examples": [RENEW],
}
LOGOUT: dict[str, Any] = {
    **_OPEN,
    "request": s.LogoutSerializer,
    "responses": {**replies("LoggedOut", message=message()), **refusals(*_BODY, 503)},
    "examples": [LEAVE],
}
PROFILE: dict[str, Any] = {**_CLOSED, "responses": {**replies("Profile", merchant=_MERCHANT), **refusals(401, 503)}}
CHANGE_PROFILE: dict[str, Any] = {
    **_CLOSED,
    "request": s.ProfileSerializer,
    "responses": {**replies("ProfileChanged", merchant=_MERCHANT), **refusals(*_BODY, 401, 403, 429, 503)},
    "examples": [
        example("A name and where webhooks go", companyName="Ayesha Textiles", webhookUrl="https://shop.example/webhook"),
        example("A new password", currentPassword="test123456", newPassword="a longer secret"),
    ],
}
CREDENTIALS: dict[str, Any] = {
    **_CLOSED,
    "responses": {**replies("Credentials", credentials=s.PortalKeysSerializer()), **refusals(401, 403, 404, 503)},
}
ROTATE: dict[str, Any] = {
    **_CLOSED,
    "request": s.RotateSerializer,
    "responses": {**replies("Rotated", credentials=s.PortalKeysSerializer()), **refusals(*_BODY, 401, 403, 503)},
    "examples": [example("A new payout key", type="payout")],
}
TRANSACTIONS: dict[str, Any] = {
    **_CLOSED,
    "parameters": [*PAGES, _CHECKOUT_STATUS, query("paymentMethod", "jazzcash, easypaisa or card"), *DAYS],
    "responses": {
        **replies("Transactions", transactions=s.PortalTransactionSerializer(many=True), pagination=PagesSerializer()),
        **refusals(400, 401, 503),
    },
}
TRANSACTION: dict[str, Any] = {
    **_CLOSED,
    "responses": {**replies("Transaction", transaction=s.PortalTransactionSerializer()), **refusals(401, 404, 503)},
}
EXPORT: dict[str, Any] = {
    **_CLOSED,
    "parameters": [_FORMAT, query("status", "As in the list"), *DAYS],
    "responses": {
        (200, "text/csv"): OpenApiTypes.STR,
        (200, "application/json"): {"type": "array", "items": {"type": "object"}},
        **refusals(400, 401, 503),
    },
}
STATS: dict[str, Any] = {**_CLOSED, "responses": {**replies("Stats", stats=s.PortalStatsSerializer()), **refusals(401, 503)}}
PAYOUTS: dict[str, Any] = {
    **_CLOSED,
    "parameters": [*PAGES, _PAYOUT_STATUS, query("destType", "BANK or WALLET"), *DAYS],
    "responses": {
        **replies("PortalPayouts", payouts=s.PortalPayoutSerializer(many=True), pagination=PagesSerializer()),
        **refusals(400, 401, 503),
    },
}
PAYOUT: dict[str, Any] = {
    **_CLOSED,
    "responses": {**replies("PortalPayout", payout=s.PortalPayoutSerializer()), **refusals(401, 404, 503)},
}
