"""The catalogue of events: one list for all flows, documented from here."""

from collections.abc import Iterable, Sequence

from django.db import models


class EventType(models.TextChoices):
    PAYOUT_CREATED = "payout.created", "A payout was accepted and its amount reserved"
    PAYOUT_UPDATED = "payout.updated", "The rail answered: RETRY, SUCCESS, FAILED, IN_REVIEW or ON_HOLD"
    PAYOUT_REINITIATED = "payout.reinitiated", "A failed payout was sent again"
    PAYOUT_QUEUED = "payout.queued", "A payout of a vendor's dialect waits for money; nothing is reserved yet"
    VALIDATION_COMPLETED = "validation.completed", "A bank said whether an account can be paid"
    VALIDATION_FAILED = "validation.failed", "A bank did not say whether an account can be paid"
    PAYMENT_CREATED = "payment.created", "A checkout was opened"
    PAYMENT_COMPLETED = "payment.completed", "A checkout was paid and its amount collected"
    PAYMENT_FAILED = "payment.failed", "An attempt to pay was declined; the status code says why"
    PAYMENT_CANCELLED = "payment.cancelled", "The payer cancelled"
    PAYMENT_EXPIRED = "payment.expired", "Nobody paid in time"
    PAYMENT_PENDING = "payment.pending", "The payer is asked for more, or the rail takes its time"
    PAYMENT_AUTHORIZED = "payment.authorized", "The amount is promised and waits for its capture"
    PAYMENT_VOIDED = "payment.voided", "An authorisation was given up or ended by itself"
    PAYMENT_REVERSED = "payment.reversed", "The rail took a payment back"
    REFUND_CREATED = "refund.created", "A refund was accepted and its amount taken"
    REFUND_SUCCEEDED = "refund.succeeded", "A refund reached the payer"
    REFUND_FAILED = "refund.failed", "A refund did not arrive; its amount is the merchant's again"
    DISPUTE_OPENED = "dispute.opened", "A payer's bank asks for the amount, which is withheld"
    DISPUTE_ANSWERED = "dispute.answered", "Evidence was handed in; the bank reviews it"
    DISPUTE_CLOSED = "dispute.closed", "A dispute was won, lost or accepted"
    SETTLEMENT_CREATED = "settlement.created", "A batch became available, less fees"
    BALANCE_TOPPED_UP = "balance.topped_up", "Money was put into the balance"
    API_KEY_ISSUED = "api_key.issued", "An API key was issued"
    API_KEY_ROTATED = "api_key.rotated", "A new API key replaces one, which works until its overlap ends"
    API_KEY_REVOKED = "api_key.revoked", "An API key opens nothing any more"
    ENDPOINT_CREATED = "endpoint.created", "A webhook endpoint was added"
    ENDPOINT_CHANGED = "endpoint.changed", "A webhook endpoint was changed"
    ENDPOINT_SECRET_ROTATED = "endpoint.secret_rotated", "A webhook endpoint has a new secret"
    ENDPOINT_DISABLED = "endpoint.disabled", "A webhook endpoint was switched off: it is gone, or nothing but fails"
    ENDPOINT_DELETED = "endpoint.deleted", "A webhook endpoint was deleted"


def families_of(names: Iterable[str]) -> tuple[str, ...]:
    """What stands before the first dot of these names, each once."""
    return tuple(dict.fromkeys(name.partition(".")[0] for name in names))


FAMILIES = families_of(EventType.values)


def is_pattern(text: str, names: Sequence[str] = tuple(EventType.values)) -> bool:
    """Whether it is one of the names, of the catalogue's types unless told otherwise, a family as `payout.*`, or `*`."""
    return text == "*" or text in names or text in [f"{family}.*" for family in families_of(names)]


def covers(pattern: str, type: str) -> bool:
    """Whether the pattern lets that type through."""
    return pattern in ("*", type) or (pattern.endswith(".*") and type.startswith(pattern.removesuffix("*")))
