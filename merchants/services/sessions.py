"""A user's sessions of the portal: noted when one opens, looked at now and then, ended one by one or all together."""

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.models import User, UserSession
from mypay.kit import clock
from mypay.kit.errors import NotFound


def note_session(*, user: User, key: str, user_agent: str) -> None:
    """A session was opened from where the request comes."""
    now = clock.real_now()
    seen = {"user": user, "address": context.current().ip, "user_agent": user_agent[:300], "created_at": now, "seen_at": now}
    UserSession.objects.update_or_create(session_key=key, defaults=seen)


def see_session(*, key: str) -> None:
    """The session is in use."""
    UserSession.objects.filter(session_key=key).update(seen_at=clock.real_now(), address=context.current().ip)


def rename_session(*, before: str, after: str) -> None:
    """The session has a new key, as after a change of password."""
    UserSession.objects.filter(session_key=before).update(session_key=after)


def forget_session(*, key: str) -> None:
    """The session was signed out of."""
    UserSession.objects.filter(session_key=key).delete()


def end_session(*, user: User, pk: int) -> None:
    """Sign the user out of one session; raises NotFound for any but the user's own."""
    with transaction.atomic():
        row = UserSession.objects.filter(user=user, pk=pk).first()
        if row is None:
            raise NotFound("Session not found")
        _drop([row])
        record(tag=Tag.USER_SESSIONS_ENDED, resource_id=user.pk, details={"sessions": 1})


def end_other_sessions(*, user: User, keep: str) -> None:
    """Sign the user out of everything, tokens too, but the session `keep`, whose hash the caller renews."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(token_generation=F("token_generation") + 1)
        drop_sessions(user=user, keep=keep)
        record(tag=Tag.USER_SESSIONS_ENDED, resource_id=user.pk, details={"sessions": "all others"})
    user.refresh_from_db(fields=["token_generation"])


def drop_sessions(*, user: User, keep: str = "") -> None:
    """Forget the user's sessions, which something else has ended."""
    _drop(list(UserSession.objects.filter(user=user).exclude(session_key=keep)))


def _drop(rows: list[UserSession]) -> None:
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
