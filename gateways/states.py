"""How a gateway account is chosen, and what becomes of orders and callbacks."""

from django.db import models


class Mode(models.TextChoices):
    """How one of a merchant's accounts is picked (contract lightspeedpay section 4)."""

    ROUND_ROBIN = "round_robin", "In turn"
    PRIORITY = "priority", "By priority"
    SMART = "smart", "By success rate, latency, priority"
    WEIGHTED = "weighted", "By weight"


class InboundStatus(models.TextChoices):
    """A callback is kept before anything is done with it."""

    REJECTED = "rejected", "Signature wrong or missing"
    WAITING = "waiting", "To be applied"
    APPLIED = "applied", "Applied"
    IGNORED = "ignored", "Nothing to do about it"
    UNKNOWN = "unknown", "No such order of ours"
    MISMATCH = "mismatch", "Amount, currency or account differ"


class OrderStatus(models.TextChoices):
    """One order at a gateway, for one attempt to pay."""

    BEGINNING = "beginning", "Being opened"
    OPEN = "open", "Waits for the payer"
    UNKNOWN = "unknown", "Nobody knows whether it was opened"
    REFUSED = "refused", "The gateway did not take it"
    ENDED = "ended", "Decided"


class Happening(models.TextChoices):
    """What a payment's timeline tells of its way through the gateways."""

    CHOSEN = "chosen", "Gateway chosen"
    PASSED_OVER = "passed_over", "Gateway passed over"
    REFUSED = "refused", "Gateway refused"
    UNKNOWN = "unknown", "Answer of the gateway is not known"
    NONE_LEFT = "none_left", "No gateway left"
    CIRCUIT_OPENED = "circuit_opened", "Circuit opened"
    CIRCUIT_CLOSED = "circuit_closed", "Circuit closed"
    RETURNED = "returned", "Payer came back"
    NOTICED = "noticed", "Callback arrived"
    LOOKED = "looked", "Gateway asked"
    MISMATCH = "mismatch", "Gateway tells of another sum"
