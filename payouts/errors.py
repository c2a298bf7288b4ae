"""Refusals of the payout API: stable codes and messages (contract section 1)."""

from mypay.kit.errors import ApiError, DuplicateReference, InvalidStatus, NotFound


def payout_not_found() -> NotFound:
    return NotFound("Payout not found")


def duplicate_reference() -> DuplicateReference:
    return DuplicateReference("Payout with this merchant reference already exists", field="merchantReference")


def not_failed() -> InvalidStatus:
    return InvalidStatus("Only failed payouts can be reinitiated", field="status")


def beneficiary_not_found() -> NotFound:
    return NotFound("Beneficiary not found", field="beneficiaryId")


def duplicate_beneficiary() -> ApiError:
    return ApiError("This account is a beneficiary already", code="DUPLICATE_BENEFICIARY", status=409, field="accountNumber")


def batch_not_found() -> NotFound:
    return NotFound("Payout batch not found")


def batch_is(status: str) -> InvalidStatus:
    return InvalidStatus(f"The batch is {status.lower()} already", status=409, field="status")


def own_approval() -> ApiError:
    return ApiError("You asked for this approval; somebody else must confirm it", code="OWN_APPROVAL", status=403)


def approval_gone() -> InvalidStatus:
    return InvalidStatus("The request for approval is decided or has expired", status=409, field="status")
