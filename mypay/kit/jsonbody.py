"""JSON in, strictly, and JSON out, fast.

In: no duplicate names, no NaN or Infinity, decimals exact, UTF-8 only, and every refusal names
the field it can name. Out: orjson.
"""

import json
from decimal import Decimal, DecimalException
from math import isfinite
from typing import Any

import orjson

from mypay.kit.errors import MalformedBody

_NOT_FINITE = object()
_MAX_DEPTH_ERROR = "Request body is nested too deeply"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedBody(f"Duplicate field in request body: {twice[:100]}", field=twice)
    for name, value in pairs:
        if value is _NOT_FINITE:
            raise MalformedBody(f"{name[:100]} must be a finite number", field=name)
    return members


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except DecimalException as problem:
        raise ValueError("number out of range") from problem


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_decimal, parse_constant=lambda _name: _NOT_FINITE)


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; an empty body is an empty object. Raises MalformedBody."""
    if not raw.strip():
        return {}
    try:
        text = raw.decode("utf-8")
        body = _decoder.decode(text)
        if "\\u" in text:
            canonical(body)  # a lone surrogate passes the parser but is no text
    except RecursionError:
        raise MalformedBody(_MAX_DEPTH_ERROR) from None
    except UnicodeError:
        raise MalformedBody("Request body must be UTF-8 text") from None
    except ValueError:
        raise MalformedBody("Request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise MalformedBody("Request body must be a JSON object")
    return body


def canonical(value: Any) -> bytes:
    """One byte form for equal values: sorted names, no white space, numbers by value."""
    return _canonical.encode(value).encode()


def _number(value: Any) -> Any:
    """Whole numbers as integers; others as a form that no text of the client's can equal by chance."""
    if isinstance(value, Decimal):
        is_whole = -15 < value.adjusted() < 15 and value == value.to_integral_value()
        return int(value) if is_whole else ["number", f"{value.normalize()}"]
    return str(value)


def dumps(value: Any) -> bytes:
    """JSON bytes for the wire."""
    return orjson.dumps(value, default=_plain)


def plain(value: Any) -> Any:
    """A client's free-form member without Decimals, as a JSON column keeps it; ValueError if it cannot."""
    return orjson.loads(orjson.dumps(value, default=_plain))


def free_object(value: Any, *, longest: int) -> dict[str, Any]:
    """A client's free-form object of at most so many characters, as `plain` keeps it; ValueError says which rule was broken."""
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    if len(str(value)) > longest:
        raise ValueError(f"must be at most {longest} characters")
    try:
        kept: dict[str, Any] = plain(value)
    except (TypeError, ValueError):
        raise ValueError("holds a number out of range") from None
    return kept


def _plain(value: Any) -> Any:
    if not isinstance(value, Decimal):
        raise TypeError(f"not JSON: {type(value).__name__}")
    number = float(value)
    if not isfinite(number):
        raise ValueError("number out of range")
    return number


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_number)
