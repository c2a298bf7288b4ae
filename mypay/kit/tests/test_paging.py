"""Page numbers and limits as people write them (contract section 1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypay.kit.paging import whole


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1), ("7", 7), ("007", 7), ("100", 100), ("101", 100), ("999999999", 100),
        (None, 20), ("", 20), ("0", 20), ("000", 20), ("-1", 20), ("+1", 20), ("1.0", 20), ("1e1", 20), (" 1", 20), ("abc", 20),
        ("1000000000", 20), ("9" * 5000, 20), ("１", 20), ("²", 20), ("٣", 20), ("0x1", 20), ("1_0", 20), ("\x00", 20), ("NaN", 20),
    ],
)  # fmt: skip
def test_whole_positive_number_is_taken_and_capped_else_the_default(text: str | None, number: int) -> None:
    assert whole(text, 20, 100) == number


@given(st.text())
def test_whole_of_any_text_is_within_bounds(text: str) -> None:
    assert 1 <= whole(text, 20, 100) <= 100
