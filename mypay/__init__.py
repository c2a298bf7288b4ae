"""MyPay: a payment provider you run yourself, made to be tested against."""

__version__ = "0.1.0"
