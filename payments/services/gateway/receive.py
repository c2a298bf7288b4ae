"""A gateway's callback: checked over its raw bytes, kept, answered at once; it is applied later (contract lightspeedpay section 6)."""

from collections.abc import Mapping
from typing import NamedTuple

import structlog
from django.db import IntegrityError, transaction

from gateways import registry
from gateways.contract import Forged, Notice
from gateways.models import GatewayAccount, GatewayOrder, InboundEvent
from gateways.selectors import connector_of
from gateways.states import InboundStatus
from mypay.kit import clock, counters, wakeups
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import dumps

log = structlog.get_logger("mypay.gateways")
MOST_REJECTED = 1000
_MAX_REJECTED_BODY = 20_000
_MAX_ACCOUNTS = 200
_MAX_HEADERS, _MAX_HEADER = 60, 1000
# Of no use to whoever reads the callback later, or not to be kept.
_UNKEPT = frozenset({"cookie", "proxy-authorization"})


class _Known(NamedTuple):
    account: GatewayAccount
    notice: Notice | None  # None: signed, but not to be read


def receive_callback(*, gateway: str, token: str = "", headers: Mapping[str, str], body: bytes) -> bool:
    """Keep the callback; whether it is genuine. One that came before has no effect and is genuine again.

    The account is the token's, else the gateway's one whose secret verifies it: also one that is switched off, for what it
    began. Without a secret nothing verifies.
    """
    known = _known(_candidates(gateway, token), headers, body)
    if known is None:
        _reject(gateway, token, headers, body)
        return False
    now, notice = clock.real_now(), known.notice
    event = InboundEvent(
        id=uuid7(),
        gateway=known.account.gateway,
        account=known.account,
        key=notice.key if notice else str(uuid7()),
        kind=notice.kind if notice else "",
        order_id=notice.order_id if notice else "",
        status=InboundStatus.WAITING if notice else InboundStatus.IGNORED,
        error="" if notice else "It cannot be read",
        headers=_kept(headers),
        body=body,
        received_at=now,
        due_at=now if notice else None,
        wake_at=now if notice else None,
    )
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            wakeups.wake("inbound", event.wake_at)
    except IntegrityError:
        counters.inbound(known.account.gateway, "duplicate")
        return True
    return True


def _candidates(gateway: str, token: str) -> list[GatewayAccount]:
    if token:
        return list(GatewayAccount.objects.filter(token=token, **({"gateway": gateway} if gateway else {})))
    return list(GatewayAccount.objects.filter(gateway=gateway).order_by("-is_active", "pk")[:_MAX_ACCOUNTS])


def _known(accounts: list[GatewayAccount], headers: Mapping[str, str], body: bytes) -> _Known | None:
    """Whose it is: of several accounts with one secret the one that has the order."""
    verified = [known for account in accounts if (known := _verified(account, headers, body))]
    if len(verified) > 1 and (notice := verified[0].notice) and notice.order_id:
        ids = [known.account.pk for known in verified]
        owner = GatewayOrder.objects.filter(account__in=ids, order_id=notice.order_id).values_list("account", flat=True).first()
        verified.sort(key=lambda known: known.account.pk != owner)
    return verified[0] if verified else None


def _verified(account: GatewayAccount, headers: Mapping[str, str], body: bytes) -> _Known | None:
    try:
        return _Known(account, connector_of(account).notice(headers, body))
    except (Forged, KeyError):
        return None
    except ValueError:
        return _Known(account, None)


def _reject(gateway: str, token: str, headers: Mapping[str, str], body: bytes) -> None:
    """Kept for staff to see, the newest thousand of them."""
    known = gateway if gateway in {spec.name for spec in registry.specs()} else ""
    log.warning("a callback was refused", gateway=known, by_token=bool(token))
    counters.inbound(known or "unknown", InboundStatus.REJECTED.value)
    key = uuid7()
    InboundEvent.objects.create(
        id=key,
        gateway=known,
        key=str(key),
        status=InboundStatus.REJECTED,
        error="Signature wrong or missing" if not token else "Signature wrong or missing, or no such address",
        headers=_kept(headers),
        body=body[:_MAX_REJECTED_BODY],
        received_at=clock.real_now(),
    )
    rejected = InboundEvent.objects.filter(status=InboundStatus.REJECTED).order_by("-id")
    old = list(rejected.values_list("id", flat=True)[MOST_REJECTED : MOST_REJECTED + 50])
    if old:
        InboundEvent.objects.filter(id__in=old).delete()


def _kept(headers: Mapping[str, str]) -> str:
    kept = {name[:100]: value[:_MAX_HEADER] for name, value in list(headers.items())[:_MAX_HEADERS] if name.lower() not in _UNKEPT}
    return dumps(kept).decode()
