"""One try: what is sent, and what its result makes of the delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from merchants.models import Merchant
from merchants.services.create_merchant import WEBHOOK_SECRET_CONTEXT
from mypay.kit import clock
from mypay.kit.crypto import decrypt
from mypay.kit.jsonbody import dumps
from mypay.kit.masking import masked_headers
from mypay.kit.sender import Job, Result
from mypay.settings import environment
from webhooks import dialects
from webhooks.models import Endpoint
from webhooks.services import schedule
from webhooks.services.owed import Owed
from webhooks.states import DeliveryStatus, DisabledReason, Trick

SECRET_CONTEXT = "endpoint.secret"
_FIXED_HEADERS = {"Content-Type": "application/json", "User-Agent": "MyPay-Webhooks/1"}
_STALE = timedelta(minutes=10)
WRONG_SECRET = "whsec_d3JvbmcgYnkgaW50ZW50aW9u"
_MAX_KEPT_HEADERS = 8_000


@dataclass(frozen=True, slots=True)
class Try:
    """A try under way: the delivery as it was taken, the merchant's time, and what goes out."""

    delivery: Owed
    at: datetime
    job: Job


class Bodies:
    """Bodies of a batch: an event that goes to many endpoints is rendered once; and what of a merchant's signs them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[UUID, str, str], bytes] = {}
        self._secrets: dict[tuple[int, str], tuple[str, ...]] = {}

    def of(self, event: dialects.Told, dialect: str, form: dialects.Form) -> bytes:
        """The event's body in that dialect."""
        key = (event.id, event.name, dialect)
        if key not in self._kept:
            self._kept[key] = form.body(event)
        return self._kept[key]

    def secrets(self, merchant: Merchant, dialect: str, form: dialects.Form) -> tuple[str, ...]:
        """What signs in place of the endpoint's secrets, none for most dialects."""
        if form.secrets is None:
            return ()
        key = (merchant.pk, dialect)
        if key not in self._secrets:
            self._secrets[key] = form.secrets(merchant)
        return self._secrets[key]


def prepare(delivery: Owed, at: datetime, bodies: Bodies) -> Try:
    """The next try of a delivery that is due."""
    event = delivery.event
    form = dialects.form(delivery.dialect, event.type)
    if form is None:
        raise LookupError(f"no form of {event.type} in {delivery.dialect}")
    body = bodies.of(event, delivery.dialect, form)
    own = delivery.endpoint.headers if delivery.endpoint else {}
    signing = _signing(delivery, at, bodies.secrets(delivery.merchant, delivery.dialect, form))
    headers = {**_FIXED_HEADERS, **own, **form.headers(event, body, delivery.pk, signing)}
    return Try(delivery, at, Job(delivery.pk, delivery.url, body, headers, form.seconds))


def _signing(delivery: Owed, at: datetime, own: tuple[str, ...]) -> dialects.Signing:
    """Signed in real time, whatever the merchant's clock says: receivers compare it with their own."""
    now = clock.real_now()
    signed_at = now - _STALE if delivery.trick == Trick.STALE_TIMESTAMP else now
    secrets = (WRONG_SECRET,) if delivery.trick == Trick.WRONG_SIGNATURE else own or _secrets(delivery, at)
    return dialects.Signing(secrets, signed_at, delivery.tries + 1)


def _secrets(delivery: Owed, at: datetime) -> tuple[str, ...]:
    """The endpoint's secrets, the old one too while both count; else the merchant's, else everybody's."""
    endpoint = delivery.endpoint
    if endpoint is None:
        return (merchant_secret(delivery.merchant),)
    secrets = [_clear(endpoint.secret_encrypted)]
    if endpoint.old_secret_encrypted and endpoint.old_secret_until and endpoint.old_secret_until > at:
        secrets.append(_clear(endpoint.old_secret_encrypted))
    return tuple(secrets)


@lru_cache(maxsize=1000)
def _clear(encrypted: str) -> str:
    """An endpoint's secret, decrypted once: a busy endpoint signs hundreds of times a second."""
    return decrypt(encrypted, context=SECRET_CONTEXT)


def merchant_secret(merchant: Merchant) -> str:
    """What signs the original's webhooks: the merchant's own secret, else everybody's."""
    kept = merchant.webhook_secret_encrypted
    return decrypt(kept, context=WEBHOOK_SECRET_CONTEXT) if kept else environment.WEBHOOK_SECRET


def record_of(tried: Try, result: Result) -> dict[str, Any]:
    """The columns of the row that keeps the try."""
    return {
        "delivery_id": tried.delivery.pk,
        "number": tried.delivery.tries + 1,
        "url": tried.job.url,
        "request_headers": dumps(masked_headers(tried.job.headers)).decode(),
        "request_body": tried.job.body.decode(),
        "status_code": result.status,
        "response_headers": dumps(_first(result.headers)).decode(),
        "response_body": result.body.decode(errors="replace").replace("\x00", "\ufffd"),
        "error": error_of(result),
        "duration_ms": result.duration_ms,
        "created_at": tried.at,
    }


def _first(headers: Mapping[str, str]) -> dict[str, str]:
    """As many headers as are kept of an answer."""
    kept: dict[str, str] = {}
    left = _MAX_KEPT_HEADERS
    for name, value in headers.items():
        left -= len(name) + len(value)
        if left < 0:
            break
        kept[name] = value
    return kept


def error_of(result: Result) -> str:
    """Why the try failed, empty when it did not."""
    if result.status is None:
        return result.error
    if 200 <= result.status < 300:
        return ""
    if 300 <= result.status < 400:
        return f"It answered {result.status}: redirects are not followed"
    return f"It answered {result.status}"


def outcome(tried: Try, result: Result) -> dict[str, Any]:
    """The delivery's columns after the try: delivered, to be tried again, or failed for good."""
    delivery = tried.delivery
    delivery.tries += 1
    error = error_of(result)
    values: dict[str, Any] = {"tries": delivery.tries, "status_code": result.status, "error": error, "updated_at": tried.at, "attempts": 0}
    if not error:
        return {**values, "status": DeliveryStatus.DELIVERED.value, **_twice(delivery, tried.at)}
    form = dialects.form(delivery.dialect, delivery.event.type)
    due_at = schedule.next_try(delivery, form, at=tried.at, retry_after=_retry_after(result, tried.at)) if form else None
    if due_at is None or result.status == 410:
        return {**values, "status": DeliveryStatus.FAILED.value, "due_at": None, "wake_at": None}
    return {**values, "status": DeliveryStatus.PENDING.value, **schedule.moved(delivery.merchant, due_at)}


def _twice(delivery: Owed, at: datetime) -> dict[str, Any]:
    """A delivery that is to be made twice is due again at once."""
    if delivery.trick == Trick.DUPLICATE and delivery.tries == 1:
        return {"status": DeliveryStatus.PENDING.value, **schedule.moved(delivery.merchant, at)}
    return {"due_at": None, "wake_at": None}


def _retry_after(result: Result, at: datetime) -> int | None:
    """Seconds that the receiver asks us to wait; None if it does not say."""
    asked = next((value for name, value in result.headers.items() if name.lower() == "retry-after"), "").strip()
    if asked.isascii() and asked.isdigit():
        return int(asked[:9])
    try:
        return max(0, round((parsedate_to_datetime(asked) - clock.real_now()).total_seconds()))
    except (TypeError, ValueError):
        return None


def endpoint_change(endpoint: Endpoint, result: Result, at: datetime) -> dict[str, Any]:
    """The endpoint's columns after the try; empty when nothing changes.

    410 switches it off at once, failures only once nothing else has come for five days.
    """
    if not error_of(result):
        return {"failing_since": None} if endpoint.failing_since else {}
    if result.status == 410:
        return {"is_enabled": False, "disabled_reason": DisabledReason.GONE.value, "updated_at": at}
    if endpoint.failing_since is None:
        return {"failing_since": at}
    if at - endpoint.failing_since > schedule.GIVES_UP_AFTER:
        return {"is_enabled": False, "disabled_reason": DisabledReason.FAILING.value, "updated_at": at}
    return {}
