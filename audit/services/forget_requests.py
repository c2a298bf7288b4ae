"""Let go of the request log's old records."""

from datetime import timedelta

from audit.models import ApiRequest
from mypay.kit import clock
from mypay.kit.ids import first_uuid7
from mypay.settings import environment

_BATCH = 5_000


def forget_requests() -> int:
    """Delete what is older than REQUEST_LOG_DAYS, by key and in batches, so that nobody waits; returns how many."""
    before = first_uuid7(clock.real_now() - timedelta(days=environment.REQUEST_LOG_DAYS))
    count = 0
    while True:
        last = list(ApiRequest.objects.filter(pk__lt=before).order_by("pk").values_list("pk", flat=True)[:_BATCH])
        if not last:
            return count
        count += ApiRequest.objects.filter(pk__lte=last[-1])._raw_delete("default")
