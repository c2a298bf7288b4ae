"""Change the system's settings (contract section 9, config)."""

from typing import Any

from django.db import connection, transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.limits import read_limits, write_limits
from merchants.models import SystemConfig
from merchants.selectors import remember_config, system_config
from merchants.states import ConfigKey
from mypay.kit.errors import ValidationError

_MAX_TEXT = 200
_BOUNDS = {
    ConfigKey.WEBHOOK_RETRY_ATTEMPTS: (1, 20),
    ConfigKey.WEBHOOK_RETRY_DELAY: (0, 86_400_000),
    ConfigKey.CHECKOUT_EXPIRY_MINUTES: (1, 525_600),
}


def change_config(*, values: dict[str, Any]) -> dict[ConfigKey, str]:
    """All settings after the change; in this process at once, in others within seconds.

    Raises ValidationError naming the first setting that is unknown or out of bounds.
    """
    wanted = {_key(name): checked(_key(name), value) for name, value in values.items()}
    with transaction.atomic():
        before = system_config()
        changed = {key: value for key, value in wanted.items() if before[key] != value}
        rows = [SystemConfig(key=key.value, value=value) for key, value in changed.items()]
        if rows:
            _save(rows)
            details = {key.value: f"{before[key]} to {value}" for key, value in changed.items()}
            record(tag=Tag.CONFIG_CHANGED, resource_id="config", details=details)
    after = system_config()
    remember_config(after)
    return after


def _save(rows: list[SystemConfig]) -> None:
    target = ["key"] if connection.features.supports_update_conflicts_with_target else None  # MySQL takes none
    SystemConfig.objects.bulk_create(rows, update_conflicts=True, update_fields=["value", "updated_at"], unique_fields=target)


def _key(name: str) -> ConfigKey:
    if name not in ConfigKey.values:
        raise ValidationError(f"Unknown setting: {name[:40]}", field=name)
    return ConfigKey(name)


def checked(key: ConfigKey, value: Any) -> str:
    """The setting's value as it is kept: a whole number within bounds, amounts by currency, or true or false."""
    if key == ConfigKey.APPROVAL_LIMITS:
        return _limits(key, value)
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    if key not in _BOUNDS:
        if text not in ("true", "false"):
            raise ValidationError(f"{key.value} must be true or false", field=key.value)
        return text
    low, high = _BOUNDS[key]
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high):
        raise ValidationError(f"{key.value} must be a whole number from {low} to {high}", field=key.value)
    return str(int(text))


def _limits(key: ConfigKey, value: Any) -> str:
    try:
        text = write_limits(read_limits(value if isinstance(value, str) else "?"))
    except ValueError as problem:
        raise ValidationError(f"{key.value}: {problem}", field=key.value) from None
    if len(text) > _MAX_TEXT:
        raise ValidationError(f"{key.value} must be at most {_MAX_TEXT} characters", field=key.value)
    return text
