"""MyPay: a payment provider one runs oneself, made to be tested against."""

__version__ = "0.1.0"
