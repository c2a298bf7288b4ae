"""Refusals of the payout API: stable codes and messages (contract section 1)."""

from mypay.kit.errors import DuplicateReference, InvalidStatus, NotFound


def payout_not_found() -> NotFound:
    return NotFound("Payout not found")


def duplicate_reference() -> DuplicateReference:
    return DuplicateReference("Payout with this merchant reference already exists", field="merchantReference")


def not_failed() -> InvalidStatus:
    return InvalidStatus("Only failed payouts can be reinitiated", field="status")
