"""What a webhook can be made to do wrong, and the header that asks for it.

A request with `X-Mock-Webhook: duplicate` marks the events that it causes. Whoever writes an event
asks here: the room of the events is above this one.
"""

from contextvars import ContextVar

from django.db import models

from mypay.kit.errors import ValidationError

HEADER = "X-Mock-Webhook"


class Trick(models.TextChoices):
    """What a delivery can be made to do wrong."""

    DUPLICATE = "duplicate", "Sent twice"
    REORDER = "reorder", "Sent after the next one"
    DELAY = "delay", "Sent late"
    DROP = "drop", "Never sent"
    WRONG_SIGNATURE = "wrong_signature", "Signed with another secret"
    STALE_TIMESTAMP = "stale_timestamp", "Signed ten minutes ago"


_asked: ContextVar[str] = ContextVar("webhook_trick", default="")


def from_header(text: str) -> str:
    """The trick the header names; raises ValidationError naming the header."""
    name = text.strip().lower().replace("-", "_")
    if name not in Trick.values:
        raise ValidationError(f"{HEADER} must be one of {', '.join(Trick.values)}", field=HEADER)
    return name


def ask(trick: str) -> None:
    """From here on, until asked otherwise, this request's events are marked; empty: they are not."""
    _asked.set(trick)


def asked() -> str:
    """The trick for the events of the present request; empty for none."""
    return _asked.get()
