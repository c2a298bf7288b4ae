"""Check a password, slowly for whoever guesses (contract section 12, bug 25).

An attempt is counted before the password is looked at and forgotten if it was right, so that many
at once cannot slip through together. The count is rows: it survives a restart.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.contrib.auth.hashers import make_password

from audit import context
from merchants.errors import TooManyAttempts
from merchants.models import LoginAttempt, User
from mypay.kit import clock

log = structlog.get_logger("mypay.auth")
LIMIT = 10
WINDOW = timedelta(minutes=15)
MAX_LENGTH = 4096
_PRUNED = 100


def check_password(*, user: User | None, account: str, password: str) -> bool:
    """Whether `password` is the user's; for no user it takes as long and is False.

    Raises TooManyAttempts (429, with Retry-After) after LIMIT wrong ones for the account or from
    the caller's address within WINDOW.
    """
    return throttled(account=account, check=lambda: len(password) <= MAX_LENGTH and _matches(user, password))


def throttled(*, account: str, check: Callable[[], bool]) -> bool:
    """Whether `check` passes, counted as one guess at the account; raises TooManyAttempts as `check_password` does."""
    account = account.strip().lower()[:254]
    admit(account)
    if not check():
        return False
    LoginAttempt.objects.filter(account=account, address=context.current().ip).delete()
    return True


def _matches(user: User | None, password: str) -> bool:
    if user is None:
        make_password(password)  # the time that a check takes
        return False
    return user.check_password(password)


def admit(account: str) -> None:
    """Count one attempt at the account from the caller's address; raises TooManyAttempts as `check_password` does."""
    account, address, now = account.strip().lower()[:254], context.current().ip, clock.real_now()
    mine = LoginAttempt.objects.create(account=account, address=address, at=now)
    until = max(_blocked_until(mine, now, account=account), _blocked_until(mine, now, address=address))
    if until > now:
        mine.delete()  # what is refused unseen does not lengthen the wait
        log.warning("too many wrong passwords", account=account, ip_address=address)
        seconds = -int(-(until - now).total_seconds() // 1)
        raise TooManyAttempts("Too many attempts. Please try again later.", retry_after=max(1, seconds))
    _forget_old(now)


def _blocked_until(mine: LoginAttempt, now: datetime, **whose: str) -> datetime:
    """When the LIMITth newest attempt leaves the window; `now` if there are fewer."""
    if not all(whose.values()):
        return now
    others = LoginAttempt.objects.filter(at__gt=now - WINDOW, **whose).exclude(pk=mine.pk)
    times = list(others.order_by("-at").values_list("at", flat=True)[:LIMIT])
    return times[-1] + WINDOW if len(times) == LIMIT else now


def _forget_old(now: datetime) -> None:
    old = list(LoginAttempt.objects.filter(at__lte=now - WINDOW).values_list("pk", flat=True)[:_PRUNED])
    if old:
        LoginAttempt.objects.filter(pk__in=old).delete()
