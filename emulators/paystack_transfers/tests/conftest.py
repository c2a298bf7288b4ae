"""The shop of Paystack's tests: the same key pays out."""

from emulators.paystack.tests.conftest import other_shop, receiver, shop  # noqa: F401
