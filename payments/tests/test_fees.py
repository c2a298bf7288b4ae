"""Fees: exact in integers, never more than the payment."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypay.kit.money import EXPONENTS
from payments.fees import DEFAULT_TARIFFS, Charge, Tariff, default_tariff

amounts = st.integers(0, 10**4) | st.integers(0, 10**19)
tariffs = st.builds(
    Tariff,
    fixed=st.integers(0, 10**5),
    rate_ppm=st.integers(0, 2_000_000),
    minimum=st.integers(0, 10**5),
    tax_ppm=st.integers(0, 2_000_000),
)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def uncapped(tariff: Tariff, amount: int) -> Charge:
    """The charge by the words of the tariff, in fractions, whatever the amount can bear."""
    fee = max(tariff.minimum, tariff.fixed + half_up(Fraction(amount * tariff.rate_ppm, 10**6)))
    return Charge(fee, half_up(Fraction(fee * tariff.tax_ppm, 10**6)))


@pytest.mark.parametrize(
    ("currency", "amount", "fee", "tax"),
    [
        ("PKR", 1000_00, 25_00, 4_00), ("INR", 1000_00, 20_00, 3_60), ("NGN", 1000_00, 115_00, 8_63), ("KES", 1000_00, 15_00, 2_40),
        ("USD", 100_00, 3_20, 0), ("EUR", 100_00, 3_20, 0), ("USDT", 100_000_000, 3_200_000, 0),
        ("PKR", 0, 0, 0), ("NGN", 0, 0, 0), ("USD", 0, 0, 0),
    ],
)  # fmt: skip
def test_charge_by_default_tariff_is_as_published(currency: str, amount: int, fee: int, tax: int) -> None:
    charge = default_tariff(currency).charge(amount)
    assert charge == Charge(fee, tax)
    assert charge.total == fee + tax


def test_default_tariff_of_every_currency_is_there_and_of_an_unknown_one_refused() -> None:
    assert {name for name in EXPONENTS if default_tariff(name).tax_ppm} == set(DEFAULT_TARIFFS)
    with pytest.raises(KeyError):
        default_tariff("XXX")


@pytest.mark.parametrize(("amount", "fee"), [(19, 0), (20, 1), (59, 1), (60, 2)])
def test_charge_half_a_unit_rounds_up(amount: int, fee: int) -> None:
    assert Tariff(rate_ppm=25_000).charge(amount).fee == fee


def test_charge_below_minimum_is_minimum_with_its_tax() -> None:
    assert Tariff(rate_ppm=25_000, minimum=10_00, tax_ppm=160_000).charge(100_00) == Charge(10_00, 1_60)


@pytest.mark.parametrize(
    ("amount", "fee", "tax"),
    [(107_50, 100_00, 7_50), (107_49, 99_99, 7_50), (2, 2, 0), (1, 1, 0), (0, 0, 0)],
)
def test_charge_above_amount_is_cut_to_amount(amount: int, fee: int, tax: int) -> None:
    assert Tariff(fixed=100_00, tax_ppm=75_000).charge(amount) == Charge(fee, tax)


def test_charge_whose_tax_rounds_past_amount_is_nothing() -> None:
    assert Tariff(fixed=100, tax_ppm=500_000).charge(1) == Charge(0, 0)  # a fee of 1 bears a tax of 0.5, so 1


def test_charge_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Tariff().charge(-1)


@pytest.mark.parametrize("part", ["fixed", "rate_ppm", "minimum", "tax_ppm"])
def test_tariff_negative_part_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="negative"):
        Tariff(**{part: -1})


@given(tariffs, amounts)
def test_charge_that_fits_equals_fraction_arithmetic(tariff: Tariff, amount: int) -> None:
    wanted = uncapped(tariff, amount)
    assert (tariff.charge(amount) == wanted) == (wanted.total <= amount)


@given(tariffs, amounts)
def test_charge_never_exceeds_amount_and_its_tax_is_of_its_fee(tariff: Tariff, amount: int) -> None:
    charge = tariff.charge(amount)
    assert 0 <= charge.fee <= charge.total <= amount
    assert charge.tax == half_up(Fraction(charge.fee * tariff.tax_ppm, 10**6))


@given(tariffs, amounts)
def test_charge_capped_keeps_largest_fee_that_fits(tariff: Tariff, amount: int) -> None:
    charge = tariff.charge(amount)
    more = charge.fee + 1
    if charge != uncapped(tariff, amount):
        assert more + half_up(Fraction(more * tariff.tax_ppm, 10**6)) > amount


@given(tariffs, amounts, amounts)
def test_charge_of_larger_amount_is_not_smaller(tariff: Tariff, one: int, other: int) -> None:
    smaller, larger = tariff.charge(min(one, other)), tariff.charge(max(one, other))
    assert smaller.fee <= larger.fee
    assert smaller.tax <= larger.tax
