"""What is known of a card by its number."""

import pytest

from payments.cards import network_of


@pytest.mark.parametrize(
    ("number", "network"),
    [
        ("4111111111111111", "Visa"), ("5555555555554444", "MasterCard"), ("2223003122003222", "MasterCard"), ("6074820000000007", "RuPay"),
        ("6527658900001005", "RuPay"), ("340256000401007", "American Express"), ("378282246310005", "American Express"),
        ("36082800091007", "Diners Club"), ("9999999999999995", ""), ("", ""),
    ],
)  # fmt: skip
def test_network_is_told_by_the_first_digits(number: str, network: str) -> None:
    assert network_of(number) == network
