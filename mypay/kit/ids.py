"""Ids: UUID version 7, so that a primary key grows with time and a cursor may stand on it."""

import os
import secrets
import threading
import time
import uuid
from datetime import datetime

_lock = threading.Lock()
_last = 0
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Without 0 O 1 l I, which people misread.
_NEEDED = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789", "!#$%*+-?@")
_TYPABLE = "".join(_NEEDED)


def uuid7() -> uuid.UUID:
    """A time-ordered UUID, strictly increasing within this process (RFC 9562 method 3)."""
    global _last
    with _lock:
        # 48 bits of milliseconds and 12 of its fraction, never twice the same in one process.
        _last = max(_last + 1, time.time_ns() * 4096 // 1_000_000)
        stamp = _last
    tail = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    return uuid.UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail)


def first_uuid7(moment: datetime) -> uuid.UUID:
    """The lowest id of that millisecond: a list of ids is cut by time with it."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID in its 36-character form, any version, any case."""
    if len(text) != 36 or not text.isascii():
        return False
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def random_text(length: int) -> str:
    """Unguessable digits and capital letters."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def strong_password(length: int = 12) -> str:
    """Unguessable, typable, and with a letter of each case, a digit and a mark, whatever rule it must pass."""
    while True:
        password = "".join(secrets.choice(_TYPABLE) for _ in range(length))
        if all(set(password) & set(needed) for needed in _NEEDED):
            return password
