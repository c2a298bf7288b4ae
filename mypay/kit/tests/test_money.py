"""Money: exact in, exact out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypay.kit.money import EXPONENTS, InvalidAmount, to_minor, to_text


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("1000", "PKR", 100_000), ("1000.00", "PKR", 100_000), ("0.01", "PKR", 1), (" 12.30 ", "PKR", 1230), ("007", "PKR", 700),
        ("1.500", "PKR", 150), (1, "PKR", 100), (1000.5, "PKR", 100_050), (0.1, "PKR", 10), (19.99, "PKR", 1999), (1e3, "PKR", 100_000),
        (Decimal("1E+3"), "PKR", 100_000), (Decimal("0.010"), "PKR", 1), ("9999999999999.99", "PKR", 999_999_999_999_999),
        ("0.000001", "USDC", 1), ("1", "USDT", 1_000_000), (10**12, "PKR", 10**14),
    ],
)  # fmt: skip
def test_to_minor_number_or_numeric_text_is_exact(value: Any, currency: str, minor: int) -> None:
    assert to_minor(value, currency) == minor


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "not a number"), ("abc", "not a number"), ("1,000", "not a number"), ("1e3", "not a number"), ("+1", "not a number"),
        ("-1", "not a number"), (".5", "not a number"), ("5.", "not a number"), ("1_0", "not a number"), ("0x1", "not a number"),
        ("１", "not a number"), ("١", "not a number"), ("1\n2", "not a number"), ("9" * 33, "not a number"), ("NaN", "not a number"),
        (True, "not a number"), (None, "not a number"), ([1], "not a number"), ({}, "not a number"), (b"1", "not a number"),
        (0, "not above zero"), ("0", "not above zero"), ("0.00", "not above zero"), (-1, "not above zero"), (-0.0, "not above zero"),
        (0.001, "more than 2 decimals"), ("0.001", "more than 2 decimals"), ("1.005", "more than 2 decimals"),
        (0.1 + 0.2, "more than 2 decimals"), (Decimal("1E-400"), "more than 2 decimals"),
        ("10000000000000", "more than 13 integer digits"), (10**30, "more than 13 integer digits"),
        (Decimal("1E+400"), "more than 13 integer digits"),
        (float("nan"), "not a finite number"), (float("inf"), "not a finite number"), (Decimal("-Infinity"), "not a finite number"),
        (Decimal("sNaN"), "not a finite number"),
    ],
)  # fmt: skip
def test_to_minor_anything_else_is_refused_with_the_rule(value: Any, message: str) -> None:
    with pytest.raises(InvalidAmount, match=f"^{message}$"):
        to_minor(value)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (100_000, "PKR", "1000.00"), (1, "PKR", "0.01"), (0, "PKR", "0.00"), (-1, "PKR", "-0.01"), (-100_050, "PKR", "-1000.50"),
        (1, "USDC", "0.000001"), (1_500_000, "USDT", "1.500000"),
    ],
)  # fmt: skip
def test_to_text_shows_all_places(minor: int, currency: str, text: str) -> None:
    assert to_text(minor, currency) == text


@given(st.integers(1, 10**13 * 100 - 1), st.sampled_from([name for name, places in EXPONENTS.items() if places == 2]))
def test_money_round_trip_loses_nothing(minor: int, currency: str) -> None:
    text = to_text(minor, currency)
    assert to_minor(text, currency) == to_minor(Decimal(text), currency) == minor


@given(st.integers(1, 10**19 - 1), st.sampled_from(["USDT", "USDC"]))
def test_money_of_six_places_round_trip_loses_nothing(minor: int, currency: str) -> None:
    assert to_minor(to_text(minor, currency), currency) == minor


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.decimals(), st.booleans(), st.none()))
def test_to_minor_of_anything_is_a_positive_whole_number_or_refused(value: Any) -> None:
    try:
        minor = to_minor(value)
    except InvalidAmount:
        return
    assert isinstance(minor, int) and 0 < minor < 10**15
