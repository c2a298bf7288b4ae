"""Sessions of the portal in the browser: how one begins, is seen and is renewed."""

import time

from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.models import User
from merchants.selectors import membership
from merchants.services.sessions import note_session, rename_session, see_session

BACKEND = "django.contrib.auth.backends.ModelBackend"
_SEEN_AT = "seen_at"
_SEEN_SECONDS = 60


def begin(request: HttpRequest, user: User, *, merchant_id: int | None = None) -> None:
    """Sign the user in, under a new session key; audited."""
    login(request, user, backend=BACKEND)
    request.session[_SEEN_AT] = time.time()
    note_session(user=user, key=request.session.session_key or "", user_agent=request.headers.get("User-Agent", ""))
    if merchant_id is None:
        member = membership(user)
        merchant_id = member.merchant_id if member else None
    context.acts(actor_type="user", actor_id=str(user.pk), merchant_id=merchant_id)
    record(tag=Tag.USER_LOGGED_IN, resource_id=user.pk, merchant_id=merchant_id)


def look(request: HttpRequest) -> None:
    """Note, at most once a minute, that the session is in use."""
    seen = request.session.get(_SEEN_AT)
    if seen is not None and time.time() - seen > _SEEN_SECONDS:
        request.session[_SEEN_AT] = time.time()
        see_session(key=request.session.session_key or "")


def renew(request: HttpRequest, user: User) -> None:
    """Let this session live on, under a new key, after the user's others were ended."""
    before = request.session.session_key or ""
    update_session_auth_hash(request, user)
    rename_session(before=before, after=request.session.session_key or "")
