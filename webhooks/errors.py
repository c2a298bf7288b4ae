"""Refusals of this room."""

from mypay.kit.errors import ApiError, NotFound


def endpoint_not_found() -> NotFound:
    """404: unknown, deleted or another merchant's."""
    return NotFound("Endpoint not found")


def delivery_not_found() -> NotFound:
    """404: unknown or another merchant's."""
    return NotFound("Delivery not found")


def endpoint_disabled() -> ApiError:
    """409: nothing is sent to an endpoint that is switched off or deleted."""
    return ApiError("The endpoint is switched off; switch it on first", code="ENDPOINT_DISABLED", status=409)


def endpoint_limit(most: int) -> ApiError:
    """409: the merchant has as many endpoints as it may have."""
    return ApiError(f"There are {most} endpoints already; delete some", code="ENDPOINT_LIMIT", status=409)
