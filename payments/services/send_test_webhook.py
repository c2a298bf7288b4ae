"""Send a checkout's webhook now, to see whether it arrives (contract section 5, webhooks/test)."""

import requests
from django.core.cache import cache

from mypay.kit import clock, outbound
from mypay.kit.errors import ApiError
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import dumps
from payments import webhook
from payments.models import Checkout
from payments.render import snapshot
from payments.selectors import find_session
from webhooks.services.attempt import merchant_secret

_PER_MINUTE = 10


def send_test_webhook(*, checkout_id: str) -> bool:
    """Whether the merchant's URL answered 2xx; False for an unknown id or without a URL.

    Anybody may ask without a key, so a checkout's URL is called ten times a minute at most:
    raises 429 beyond. Called outside any transaction.
    """
    checkout = find_session(checkout_id)
    if checkout is None or not checkout.success_url:
        return False
    _take_turn(checkout)
    raw, at = dumps(webhook.body(snapshot(checkout), checkout.merchant)), clock.now(checkout.merchant)
    signed = webhook.headers(raw, secret=merchant_secret(checkout.merchant), delivery_id=uuid7(), at=at)
    headers = {"Content-Type": "application/json", **signed}
    try:
        answer = outbound.call("POST", checkout.success_url, body=raw, headers=headers, allowed=outbound.allowed_networks())
    except (outbound.OutboundRefused, requests.RequestException):
        return False
    return 200 <= answer.status < 300


def _take_turn(checkout: Checkout) -> None:
    name = f"webhook-test:{checkout.pk}"
    cache.add(name, 0, 60)
    try:
        turns = cache.incr(name)
    except ValueError:  # the minute ended in between
        return
    if turns > _PER_MINUTE:
        raise ApiError("Too many test webhooks for this checkout", code="RATE_LIMITED", status=429, retry_after=60)
