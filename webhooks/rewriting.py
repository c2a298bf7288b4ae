"""A JSON body that somebody read and wrote anew: the ways to write it, and what was changed."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from webhooks.signatures import Problem

_MAX_VARIED_BYTES = 64_000
_STYLES: list[dict[str, Any]] = [
    {"separators": (",", ":")},
    {"separators": (", ", ": ")},
    {"indent": 2},
    {"indent": 4},
    {"indent": "\t"},
]
_MARK = "\ue000"
_MARKED = re.compile(r'"(?:\ue000|\\ue000)([-+.0-9eE]+)(?:\ue000|\\ue000)"')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def variants(body: bytes) -> Iterator[bytes]:
    """The body in the other forms that frameworks write; nothing for what is no JSON or too large to try."""
    bare = body.strip(b" \t\r\n\xef\xbb\xbf")
    for candidate in (bare, bare + b"\n", bare + b"\r\n", body.replace(b"\r\n", b"\n"), bare.replace(b"\n", b"\r\n")):
        if candidate != body:
            yield candidate
    read = _read(body, parse_float=lambda text: f"{_MARK}{text}{_MARK}") if len(body) <= _MAX_VARIED_BYTES else None
    if read is None:
        return
    for style, ascii_only, is_sorted in product(_STYLES, (False, True), (False, True)):
        written = _written(read, ensure_ascii=ascii_only, sort_keys=is_sorted, **style)
        for candidate in (written, written.replace(b"/", b"\\/"), written + b"\n"):
            if candidate != body:
                yield candidate


def _read(body: bytes, **options: Any) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), **options)
    except (ValueError, RecursionError):
        return None


def _written(value: Any, **options: Any) -> bytes:
    """As JSON; a marked text is a number, and stands as it was read."""
    return _MARKED.sub(r"\1", json.dumps(value, **options)).encode(errors="replace")


def told(signed: bytes, received: bytes) -> Problem:
    """What became of the body that was signed until it was received."""
    if signed.strip() == received.strip() or signed == received.removeprefix(b"\xef\xbb\xbf"):
        return (
            "body_padded",
            "body",
            "White space, such as a trailing newline, was added to the body or taken from it. Check its raw bytes.",
        )
    before, after = _read(signed), _read(received)
    if before is None or after is None or before != after:
        return ("body_changed", "body", "The body is not the one that was signed: what it says was changed on the way.")
    ways = [name for name, is_so in _differences(signed, received, before, after) if is_so]
    how = f" ({', '.join(ways)})" if ways else ""
    text = f"The body says the same as the one that was signed but was written anew{how}. Check the raw bytes, before any JSON parser."
    return ("body_reserialized", "body", text)


def _differences(signed: bytes, received: bytes, before: Any, after: Any) -> list[tuple[str, bool]]:
    first, second = signed.decode(errors="replace"), received.decode(errors="replace")
    return [
        ("the order of its members", json.dumps(before) != json.dumps(after)),
        ("white space", _blanks(first) != _blanks(second)),
        ("unicode escapes", ("\\u" in first) != ("\\u" in second)),
        ("escaped slashes", ("\\/" in first) != ("\\/" in second)),
    ]


def _blanks(text: str) -> int:
    """How much white space there is outside of texts."""
    return sum(character in " \t\r\n" for character in _STRING.sub("", text))
