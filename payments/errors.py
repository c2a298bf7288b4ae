"""Refusals of the payment API: the contract's messages (sections 3 and 4)."""

from mypay.kit.errors import DuplicateReference, NotFound, ValidationError


class InvalidCheckout(ValidationError):
    """400 with every fault of a create body at once, in the contract's order."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(faults[0][1], field=faults[0][0])
        self.faults = [text for _, text in faults]


def duplicate_reference() -> DuplicateReference:
    """400 here, not the payout API's 409 (contract section 3)."""
    return DuplicateReference("Duplicate reference. Transaction with this reference already exists.", status=400, field="reference")


def checkout_not_found() -> NotFound:
    return NotFound("Checkout session not found")


def transaction_not_found() -> NotFound:
    return NotFound("Transaction not found")


def invalid_session() -> NotFound:
    return NotFound("Invalid payment session")
