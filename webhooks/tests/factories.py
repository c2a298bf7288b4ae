"""Endpoints for tests."""

from typing import Any

from merchants.models import Merchant
from webhooks.catalogue import EventType
from webhooks.models import Endpoint, Event
from webhooks.services.create_endpoint import create_endpoint
from webhooks.validation import read_new_endpoint


def make_endpoint(merchant: Merchant, url: str, **members: Any) -> tuple[Endpoint, str]:
    """An endpoint that has been there for long, and its secret; `members` are the API's."""
    endpoint, secret = create_endpoint(merchant=merchant, values=read_new_endpoint({"url": url, **members}))
    Event.objects.filter(subject_id=endpoint.pk, type=EventType.ENDPOINT_CREATED).delete()
    return endpoint, secret
