"""Note when keys were last used: at most once a minute a key, from the request log's thread."""

import time
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from audit.request_log import Seen
from merchants.models import ApiKey

_SECONDS = 60.0
_MOST_REMEMBERED = 10_000
_noted: dict[int, float] = {}


def note_key_use(batch: Sequence[Seen]) -> None:
    """The latest use of each key in the batch, unless this process noted one within the minute."""
    used: dict[int, datetime] = {}
    for seen in batch:
        if seen.api_key_id is not None:
            used[seen.api_key_id] = max(seen.at, used.get(seen.api_key_id, seen.at))
    now = time.monotonic()
    for pk, at in used.items():
        if now - _noted.get(pk, -_SECONDS) >= _SECONDS:
            ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at), pk=pk).update(last_used_at=at)
            if len(_noted) >= _MOST_REMEMBERED:
                _noted.clear()
            _noted[pk] = now


def forget_noted() -> None:
    """Note each key's next use again."""
    _noted.clear()
