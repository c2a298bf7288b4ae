"""A vendor's ids from ours and back: a prefix and 14 characters that stand for the first 83 bits of a UUID 7.

So an id needs no row of its own, is known before anything is stored, and is found on the primary key. Where a vendor's ids
are numbers, the 60 bits of time alone stand for it, less those that all have in common.
"""

import hashlib
from typing import Any
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PLACE = {character: place for place, character in enumerate(_ALPHABET)}
LENGTH = 14
_RANDOM_BITS, _KEPT_RANDOM_BITS = 62, 23
_LOST_BITS = _RANDOM_BITS - _KEPT_RANDOM_BITS
_EPOCH = 1_577_836_800_000 << 12  # 2020 began: until 2089 its numbers are whole to JavaScript, too
_MOST = (1 << 53) - 1


def vendor_id(prefix: str, key: UUID) -> str:
    """`pay_` and the like, then 14 base-62 characters; ids sort by time as ours do."""
    time = (key.int >> 80) << 12 | (key.int >> 64 & 0xFFF)
    number = time << _KEPT_RANDOM_BITS | (key.int >> _LOST_BITS & ((1 << _KEPT_RANDOM_BITS) - 1))
    text = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        text = _ALPHABET[place] + text
    return prefix + text


def bounds(prefix: str, text: str) -> tuple[UUID, UUID] | None:
    """The lowest and highest UUID that the id can stand for; None for what is no such id."""
    digits = text.removeprefix(prefix)
    if not text.startswith(prefix) or len(digits) != LENGTH or any(character not in _PLACE for character in digits):
        return None
    number = 0
    for character in digits:
        number = number * len(_ALPHABET) + _PLACE[character]
    time, random = number >> _KEPT_RANDOM_BITS, number & ((1 << _KEPT_RANDOM_BITS) - 1)
    if time >> 60:
        return None
    low = (time >> 12) << 80 | 0x7 << 76 | (time & 0xFFF) << 64 | 0b10 << _RANDOM_BITS | random << _LOST_BITS
    return UUID(int=low), UUID(int=low | (1 << _LOST_BITS) - 1)


def find(rows: Any, prefix: str, text: str, *, by: str = "pk") -> Any:
    """The row of the queryset that the vendor's id stands for by that column, None if there is none."""
    between = bounds(prefix, text)
    return rows.filter(**{f"{by}__range": between}).first() if between else None


def vendor_number(key: UUID) -> int:
    """An id that is a number, of 53 bits; numbers grow with time as ours do."""
    return ((key.int >> 80) << 12 | (key.int >> 64 & 0xFFF)) - _EPOCH


def find_number(rows: Any, number: int, *, by: str = "pk") -> Any:
    """The row of the queryset that the number stands for by that column, None if there is none."""
    if not 0 <= number <= _MOST:
        return None
    time = number + _EPOCH
    low = (time >> 12) << 80 | 0x7 << 76 | (time & 0xFFF) << 64 | 0b10 << _RANDOM_BITS
    return rows.filter(**{f"{by}__range": (UUID(int=low), UUID(int=low | (1 << _RANDOM_BITS) - 1))}).first()


def digits(key: UUID, what: str, length: int) -> str:
    """A bank's number for something: always the same for the same row."""
    number = int.from_bytes(hashlib.sha256(f"{key}:{what}".encode()).digest())
    return str(number)[-length:]
