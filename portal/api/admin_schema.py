"""OpenAPI descriptions of the admin API (contract section 7)."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from mypay.kit.documented import example, query, refusals, replies
from portal.api import serializers as s
from portal.api.schema import LEAVE, PAIR, RENEW, message

_BODY = (400, 413, 415)
_OPEN: dict[str, Any] = {"tags": ["admin"], "auth": []}
_CLOSED: dict[str, Any] = {"tags": ["admin"]}
_ADMIN = s.AdminSerializer()
_DEMO = example("The administrator of demo mode", email="admin@mycodigital.io", password="admin123456")
_ROWS = [
    query("merchantId", "Of one merchant", OpenApiTypes.INT),
    query("status", "Of one status"),
    query("limit", "The newest so many; default 50, at most 1000", OpenApiTypes.INT),
]

LOGIN: dict[str, Any] = {
    **_OPEN,
    "request": s.LoginSerializer,
    "responses": {**replies("AdminLoggedIn", token=serializers.CharField(), admin=_ADMIN), **refusals(*_BODY, 401, 403, 429)},
    "examples": [_DEMO],
}
TOKEN: dict[str, Any] = {
    **_OPEN,
    "request": s.LoginSerializer,
    "responses": {**replies("AdminTokenPair", **PAIR, admin=_ADMIN), **refusals(*_BODY, 401, 403, 429)},
    "examples": [_DEMO],
}
REFRESH: dict[str, Any] = {
    **_OPEN,
    "request": s.RefreshSerializer,
    "responses": {**replies("AdminRefreshed", **PAIR), **refusals(*_BODY, 401)},
    "examples": [RENEW],
}
LOGOUT: dict[str, Any] = {
    **_OPEN,
    "request": s.LogoutSerializer,
    "responses": {**replies("AdminLoggedOut", message=message()), **refusals(*_BODY)},
    "examples": [LEAVE],
}
MERCHANTS: dict[str, Any] = {
    **_CLOSED,
    "parameters": [
        query("status", "active, inactive or suspended"),
        query("search", "Part of the e-mail address, name or company"),
        query("limit", "So many a page, at most 1000; absent: all", OpenApiTypes.INT),
        query("page", "With limit, from 1", OpenApiTypes.INT),
    ],
    "responses": {
        **replies("Merchants", merchants=s.CountedMerchantSerializer(many=True), total=serializers.IntegerField()),
        **refusals(401, 403),
    },
}
ADD_MERCHANT: dict[str, Any] = {
    **_CLOSED,
    "request": s.MerchantCreateSerializer,
    "responses": {
        **replies(
            "MerchantAdded", 201, message=message(), merchant=s.MerchantInAdminSerializer(), credentials=s.NewCredentialsSerializer()
        ),
        **refusals(*_BODY, 401, 403),
    },
    "examples": [example("A shop", email="owner@shop.example", name="Ayesha Khan", company_name="Ayesha Textiles")],
}
MERCHANT: dict[str, Any] = {
    **_CLOSED,
    "responses": {**replies("OneMerchant", merchant=s.DetailedMerchantSerializer()), **refusals(400, 401, 403, 404)},
}
CHANGE_MERCHANT: dict[str, Any] = {
    **_CLOSED,
    "request": s.MerchantChangeSerializer,
    "responses": {
        **replies("MerchantChanged", message=message(), merchant=s.MerchantInAdminSerializer()),
        **refusals(*_BODY, 401, 403, 404),
    },
    "examples": [example("Suspended, and renamed", status="suspended", company_name="Ayesha Textiles Ltd")],
}
TOGGLE: dict[str, Any] = {
    **_CLOSED,
    "request": None,
    "responses": {
        **replies("MerchantToggled", message=message(), merchant=s.StatusOfMerchantSerializer()),
        **refusals(*_BODY, 401, 403, 404),
    },
}
RESET_PASSWORD: dict[str, Any] = {
    **_CLOSED,
    "request": None,
    "responses": {
        **replies("PasswordReset", message=message(), credentials=s.NewCredentialsSerializer()),
        **refusals(*_BODY, 401, 403, 404),
    },
}
CHANGE_EMAIL: dict[str, Any] = {
    **_CLOSED,
    "request": s.EmailSerializer,
    "responses": {**replies("EmailChanged", message=message(), merchant=s.EmailSerializer()), **refusals(*_BODY, 401, 403, 404)},
    "examples": [example("A new address", email="owner@shop.example")],
}
TRANSACTIONS: dict[str, Any] = {
    **_CLOSED,
    "parameters": _ROWS,
    "responses": {
        **replies("AdminTransactions", transactions=s.AdminTransactionSerializer(many=True), total=serializers.IntegerField()),
        **refusals(400, 401, 403),
    },
}
PAYOUTS: dict[str, Any] = {
    **_CLOSED,
    "parameters": _ROWS,
    "responses": {
        **replies("AdminPayouts", payouts=s.AdminPayoutSerializer(many=True), total=serializers.IntegerField()),
        **refusals(400, 401, 403),
    },
}
STATS: dict[str, Any] = {**_CLOSED, "responses": {**replies("AdminStats", stats=s.AdminStatsSerializer()), **refusals(401, 403)}}
CONFIG: dict[str, Any] = {**_CLOSED, "responses": {**replies("Config", config=s.ConfigSerializer()), **refusals(401, 403)}}
CHANGE_CONFIG: dict[str, Any] = {
    **_CLOSED,
    "request": s.ConfigSerializer,
    "responses": {**replies("ConfigChanged", config=s.ConfigSerializer()), **refusals(*_BODY, 401, 403)},
    "examples": [example("Checkouts that last an hour", checkout_expiry_minutes="60")],
}
_DECISION: dict[str, Any] = {
    **_CLOSED,
    "request": s.DecisionSerializer,
    "responses": {**replies("PayoutDecided", payout=s.AdminPayoutSerializer()), **refusals(*_BODY, 401, 403, 404, 409)},
    "examples": [example("With the reason why", reason="Checked by phone")],
}
APPROVE: dict[str, Any] = {
    **_DECISION,
    "responses": {
        **_DECISION["responses"],
        **replies("PayoutApprovalAsked", 202, message=message(), payout=s.AdminPayoutSerializer(), approval=s.ApprovalSerializer()),
    },
}
REJECT = _DECISION
