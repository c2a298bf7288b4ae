"""What a merchant's details may be; every refusal names the field."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.core.validators import validate_email

from mypay.kit.errors import ValidationError
from mypay.kit.outbound import OutboundRefused, check_url

MAX_NAME = 255
MAX_EMAIL = 254


def checked_text(value: Any, field: str, maximum: int = MAX_NAME) -> str:
    """Text of at least one character, without spaces around it."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > maximum or "\x00" in text:
        raise ValidationError(f"{field} must be text of 1 to {maximum} characters", field=field)
    return text


def checked_email(value: Any, field: str = "email") -> str:
    """An e-mail address in small letters (contract section 7: `Valid email is required`)."""
    email = value.strip().lower() if isinstance(value, str) else ""
    try:
        validate_email(email)
    except Invalid:
        email = ""
    if not email or len(email) > MAX_EMAIL:
        raise ValidationError("Valid email is required", field=field)
    return email


def checked_webhook_url(value: Any, field: str = "webhookUrl") -> str:
    """An http or https URL; empty or null: none. Whether its address may be called is asked when it is."""
    if value is None or value == "":
        return ""
    try:
        if not isinstance(value, str):
            raise OutboundRefused
        check_url(value)
    except OutboundRefused:
        raise ValidationError(f"{field} must be an http or https URL", field=field) from None
    return value
