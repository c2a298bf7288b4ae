"""What a check of the whole found when it last ran: written by the check's command, read by the metrics."""

from mypay.kit import clock
from mypay.kit.models import CheckResult


def remember(name: str, findings: int) -> None:
    """Keep what the check found now."""
    CheckResult.objects.update_or_create(name=name, defaults={"findings": findings, "at": clock.real_now()})


def last() -> dict[str, tuple[int, float]]:
    """Each check's findings and how many seconds ago it ran; one query."""
    now = clock.real_now()
    return {row.name: (row.findings, (now - row.at).total_seconds()) for row in CheckResult.objects.all()}
