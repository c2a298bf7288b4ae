"""What a captured payment costs the merchant: a fee, and the tax on that fee. Integers throughout."""

from dataclasses import dataclass

from mypay.kit.money import EXPONENTS

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Charge:
    """What is kept of one payment, in minor units."""

    fee: int
    tax: int

    @property
    def total(self) -> int:
        return self.fee + self.tax


@dataclass(frozen=True, slots=True)
class Tariff:
    """How a fee is counted; none of it may be negative (ValueError).

    `fixed` and `minimum` (the least fee) are minor units; `rate_ppm` is millionths of the amount and
    `tax_ppm` millionths of the fee: 2.5 % is 25_000.
    """

    fixed: int = 0
    rate_ppm: int = 0
    minimum: int = 0
    tax_ppm: int = 0

    def __post_init__(self) -> None:
        if min(self.fixed, self.rate_ppm, self.minimum, self.tax_ppm) < 0:
            raise ValueError("a tariff has no negative parts")

    def charge(self, amount: int) -> Charge:
        """Fee and tax of an amount in minor units, together at most the amount; raises ValueError below zero.

        Each is rounded half up by itself. Where they would exceed the amount, the fee gives way.
        """
        if amount < 0:
            raise ValueError("amount is below zero")
        wanted = max(self.minimum, self.fixed + _part(amount, self.rate_ppm))
        fee = min(wanted, self._largest_fee(amount))
        return Charge(fee, _part(fee, self.tax_ppm))

    def _largest_fee(self, amount: int) -> int:
        # fee + tax, the tax rounded half up, is at most amount exactly if fee * (1 + tax rate) < amount + 1/2.
        return (_MILLION * (2 * amount + 1) - 1) // (2 * (_MILLION + self.tax_ppm))


def _part(amount: int, ppm: int) -> int:
    return (2 * amount * ppm + _MILLION) // (2 * _MILLION)


DEFAULT_TARIFFS: dict[str, Tariff] = {
    "PKR": Tariff(rate_ppm=25_000, tax_ppm=160_000),
    "INR": Tariff(rate_ppm=20_000, tax_ppm=180_000),
    "NGN": Tariff(fixed=100_00, rate_ppm=15_000, tax_ppm=75_000),
    "KES": Tariff(rate_ppm=15_000, tax_ppm=160_000),
}


def default_tariff(currency: str) -> Tariff:
    """The currency's own tariff, else 2.9 % + 0.30 untaxed; raises KeyError on a currency that money does not know."""
    if currency in DEFAULT_TARIFFS:
        return DEFAULT_TARIFFS[currency]
    return Tariff(fixed=3 * 10 ** EXPONENTS[currency] // 10, rate_ppm=29_000)
