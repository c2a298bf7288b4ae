"""The base of the sandbox controls: who may use them, and how their bodies are read."""

import re
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from merchants.api.views import MerchantView
from mypay.kit.errors import NotFound, ValidationError
from mypay.kit.ids import is_uuid
from sandbox.services.rules import require_sandbox

_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)


class SandboxView(MerchantView):
    """Any key of a sandbox merchant opens its controls."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_sandbox(self.merchant)

    def only(self, *names: str) -> None:
        """Refuse a body with other members: a misspelt one would silently do nothing."""
        for name in self.body:
            if name not in names:
                raise ValidationError(f"{name[:50]} is unknown; use {', '.join(names)}", field=name[:50])

    def whole(self, name: str, default: int | None, minimum: int = 0, maximum: int = 1_000_000) -> int | None:
        """A whole number of the body, within bounds."""
        value = self.body.get(name, default)
        if value is None:
            return None
        if isinstance(value, str) and _WHOLE.fullmatch(value):  # a form's number is text
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise ValidationError(f"{name} must be a whole number from {minimum} to {maximum}", field=name)
        return value

    def choice(self, name: str, choices: list[str], default: str = "") -> str:
        """One of a few words."""
        value = self.body.get(name, default)
        if value not in choices:
            raise ValidationError(f"{name} must be one of {', '.join(choices)}", field=name)
        return str(value)

    def text(self, name: str, longest: int, default: str = "") -> str:
        """Text of the body, of at most so many characters."""
        value = self.body.get(name, default)
        if not isinstance(value, str) or len(value) > longest or any(ord(character) < 32 for character in value):
            raise ValidationError(f"{name} must be text of at most {longest} characters", field=name)
        return value


def as_uuid(text: str, what: str) -> UUID:
    """An id of a path; what is none is as unknown as any other."""
    if not is_uuid(text):
        raise NotFound(f"{what} not found")
    return UUID(text)
