"""Strict JSON in, one canonical form, JSON out."""

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypay.kit.errors import MalformedBody
from mypay.kit.jsonbody import canonical, dumps, parse_object, plain

_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False, width=32), _TEXT
)
_VALUES = st.recursive(_LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXT, inner, max_size=4)))
_OBJECTS = st.dictionaries(_TEXT, _VALUES, max_size=6)


def _shuffled(value: Any, order: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: _shuffled(value[name], order) for name in names}
    return [_shuffled(member, order) for member in value] if isinstance(value, list) else value


@given(_OBJECTS, st.randoms(use_true_random=False))
def test_canonical_of_a_reordered_object_is_the_same(body: dict[str, Any], order: random.Random) -> None:
    sent = parse_object(json.dumps(body).encode())
    reordered = parse_object(json.dumps(_shuffled(body, order), indent=2, ensure_ascii=False).encode())
    assert canonical(sent) == canonical(reordered)


@given(_OBJECTS)
def test_parse_reads_what_was_written(body: dict[str, Any]) -> None:
    assert plain(parse_object(json.dumps(body).encode())) == body


@given(_OBJECTS)
def test_canonical_of_different_objects_differs(body: dict[str, Any]) -> None:
    assert canonical(parse_object(dumps(body))) != canonical({**body, "\x01new": 1})


@given(st.binary(max_size=60))
def test_parse_of_any_bytes_is_an_object_or_a_refusal(raw: bytes) -> None:
    try:
        assert isinstance(parse_object(raw), dict)
    except MalformedBody:
        return


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1.50}', '{"a":1.5}'), ('{"a":1e2}', '{"a":1.0e2}'), ('{"a":0.00}', '{"a":0.0}'), ('{"a":"\\u00e9"}', '{"a":"é"}'),
        (' {"a" : [1, 2]}\n', '{"a":[1,2]}'),
    ],
)  # fmt: skip
def test_canonical_of_equal_values_is_the_same(one: str, other: str) -> None:
    assert canonical(parse_object(one.encode())) == canonical(parse_object(other.encode()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":true}'), ('{"a":1}', '{"a":"1"}'), ('{"a":null}', "{}"), ('{"a":[1,2]}', '{"a":[2,1]}'),
        ('{"a":{"b":1}}', '{"a":1,"b":1}'), ('{"a":0.1}', '{"a":0.10000000000000001}'), ('{"a":"x"}', '{"a":"X"}'),
    ],
)  # fmt: skip
def test_canonical_of_different_values_differs(one: str, other: str) -> None:
    assert canonical(parse_object(one.encode())) != canonical(parse_object(other.encode()))


@pytest.mark.parametrize("raw", [b"", b"  ", b"\n\t "])
def test_parse_empty_body_is_an_empty_object(raw: bytes) -> None:
    assert parse_object(raw) == {}


def test_parse_keeps_decimals_exact() -> None:
    body = parse_object(b'{"a": 0.1, "b": 1e-7, "c": 12345678901234567890.123}')
    assert body == {"a": Decimal("0.1"), "b": Decimal("1e-7"), "c": Decimal("12345678901234567890.123")}


_REFUSED = [
    (b'{"a":1,"a":1}', "Duplicate field in request body: a", "a"),
    (b'{"x":[{"a":1,"b":2,"a":3}]}', "Duplicate field in request body: a", "a"),
    (b'{"a":1,"\\u0061":2}', "Duplicate field in request body: a", "a"),
    (b'{"a":NaN}', "a must be a finite number", "a"),
    (b'{"a":{"deep":-Infinity}}', "deep must be a finite number", "deep"),
    (b"NaN", "Request body must be a JSON object", ""),
    (b"null", "Request body must be a JSON object", ""),
    (b'"text"', "Request body must be a JSON object", ""),
    (b"[{}]", "Request body must be a JSON object", ""),
    (b"12", "Request body must be a JSON object", ""),
    (b"{", "Request body is not valid JSON", ""),
    (b"{'a':1}", "Request body is not valid JSON", ""),
    (b'{"a":1,}', "Request body is not valid JSON", ""),
    (b'{"a":01}', "Request body is not valid JSON", ""),
    (b'{"a":1} x', "Request body is not valid JSON", ""),
    (b'{"a":"\n"}', "Request body is not valid JSON", ""),
    (b'{"a":1e99999999999999999999}', "Request body is not valid JSON", ""),
    (b'\xef\xbb\xbf{"a":1}', "Request body is not valid JSON", ""),
    (b'{"a":"\xff"}', "Request body must be UTF-8 text", ""),
    (b'{"a":"\\ud800"}', "Request body must be UTF-8 text", ""),
    (b'{"\\udfff":1}', "Request body must be UTF-8 text", ""),
    (b'{"a":' * 100_000, "Request body is nested too deeply", ""),
]


@pytest.mark.parametrize(("raw", "message", "field"), _REFUSED)
def test_parse_malformed_body_is_refused_naming_the_field(raw: bytes, message: str, field: str) -> None:
    with pytest.raises(MalformedBody) as refused:
        parse_object(raw)
    assert (refused.value.message, refused.value.field, refused.value.status) == (message, field, 400)


def test_dumps_writes_decimals_as_numbers_and_refuses_what_json_has_not() -> None:
    assert dumps({"a": Decimal("1.50"), "b": "é"}) == '{"a":1.5,"b":"é"}'.encode()
    with pytest.raises(TypeError):
        dumps({"a": object()})


@pytest.mark.parametrize("value", [Decimal("1e400"), Decimal("-1e400"), 2**70])
def test_plain_refuses_numbers_out_of_range(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        plain({"a": value})
