"""What we know of a webhook that somebody received: the secrets it may be signed with, the bodies we sent."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from merchants.key_forms import CORE_SCOPES
from merchants.models import Merchant
from merchants.selectors import api_keys
from merchants.services.issue_key import signing_secret
from mypay.kit import clock
from mypay.kit.clock import iso
from mypay.kit.crypto import decrypt
from mypay.kit.ids import is_uuid
from mypay.kit.jsonbody import dumps
from webhooks.debugger import Case, Secret
from webhooks.dialects import own_secrets
from webhooks.models import Attempt, Endpoint, Event
from webhooks.render import event_json
from webhooks.selectors import get_endpoint, list_endpoints
from webhooks.services.attempt import SECRET_CONTEXT, WRONG_SECRET, merchant_secret
from webhooks.signature_rules import recognised, rules_of
from webhooks.standard import message

_MOST_BODIES = 20


def case(
    merchant: Merchant, *, headers: Mapping[str, str], body: bytes, now: datetime | None = None, secret: str = "", endpoint_id: str = ""
) -> Case:
    """The case to examine: signed, it should be, with `secret`, else with the endpoint's, else with any of the merchant's.

    Raises NotFound for an unknown or foreign endpoint.
    """
    valid, others, dialect = _of_endpoints(merchant, list_endpoints(merchant))
    others.append(Secret("the wrong one of the trick wrong_signature", WRONG_SECRET))
    others += _of_keys(merchant)
    is_shared = not merchant.webhook_secret_encrypted
    valid.append(Secret("your merchant's, for the original's webhooks", merchant_secret(merchant), is_shared))
    if endpoint_id:
        own, old, dialect = _of_endpoints(merchant, [get_endpoint(merchant, endpoint_id)])
        valid, others = own, [*old, *valid, *others]
    if keys := own_secrets(recognised(_small(headers)) or dialect, merchant):
        valid, others = [Secret("that of your newest API key", value) for value in keys], [*valid, *others]
    if secret:
        valid, others = [Secret("the one you gave", secret)], [*valid, *others]
    return Case(
        headers=headers,
        body=body,
        secrets=_once(valid, ()),
        others=_once(others, valid),
        now=now or clock.real_now(),
        bodies=_bodies(merchant, _small(headers)),
        dialect=dialect if endpoint_id else "",
    )


def _of_endpoints(merchant: Merchant, endpoints: list[Endpoint]) -> tuple[list[Secret], list[Secret], str]:
    """The secrets that sign now, those that did once, and the last one's dialect."""
    valid: list[Secret] = []
    old: list[Secret] = []
    for endpoint in endpoints:
        name = f"that of the endpoint {endpoint.pk} ({endpoint.url})"
        valid.append(Secret(name, decrypt(endpoint.secret_encrypted, context=SECRET_CONTEXT)))
        if endpoint.old_secret_encrypted and endpoint.old_secret_until:
            is_valid = endpoint.old_secret_until > clock.now(merchant)
            until = f"the old one, {'valid until' if is_valid else 'ended'} {iso(endpoint.old_secret_until)}, of the endpoint {endpoint.pk}"
            (valid if is_valid else old).append(Secret(until, decrypt(endpoint.old_secret_encrypted, context=SECRET_CONTEXT)))
    return valid, old, str(endpoints[-1].dialect) if endpoints else ""


def _of_keys(merchant: Merchant) -> list[Secret]:
    """The secrets of the merchant's keys to vendors' APIs: often taken for the endpoint's."""
    keys = [row for row in api_keys(merchant) if row.scope not in CORE_SCOPES]
    return [Secret(f"that of the API key {row.hint}, which signs no webhook", signing_secret(row)) for row in keys]


def _small(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value.strip() for name, value in headers.items()}


def _once(secrets: list[Secret], but: list[Secret] | tuple[()]) -> list[Secret]:
    """Each secret once, none of those in `but`."""
    known = {secret.value for secret in but}
    return [secret for secret in {secret.value: secret for secret in reversed(secrets)}.values() if secret.value not in known][::-1]


def _bodies(merchant: Merchant, headers: Mapping[str, str]) -> list[bytes]:
    """What we sent, or would send, under the id in the headers."""
    rules = rules_of(recognised(headers))
    event_id, delivery_id = (headers.get(name.lower(), "") for name in (rules.event_id, rules.delivery_id)) if rules else ("", "")
    found: list[bytes] = []
    sent = Attempt.objects.filter(delivery__merchant=merchant)
    if is_uuid(event_id):
        event = Event.objects.filter(merchant=merchant, pk=UUID(event_id)).first()
        if event is not None and rules and rules.is_standard:
            told = event_json(event)
            found.append(dumps(message(told["id"], told["type"], told["createdAt"], told["data"])))
        sent = sent.filter(delivery__event_id=UUID(event_id))
    elif is_uuid(delivery_id):
        sent = sent.filter(delivery_id=UUID(delivery_id))
    else:
        return []
    return [*found, *(body.encode() for body in sent.order_by("-pk").values_list("request_body", flat=True)[:_MOST_BODIES])]
