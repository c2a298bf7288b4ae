"""The shop of Razorpay's tests: the same key pair pays out."""

from emulators.razorpay.tests.conftest import other_shop, shop  # noqa: F401
