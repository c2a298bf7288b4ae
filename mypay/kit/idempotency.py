"""Idempotency keys: insert first, in the transaction of the effect (contract section 1).

A key is remembered with the reply, success or refusal alike; a fault of ours (5xx) leaves no
trace, so the client may try again. Of two equal requests at once one does the work; the other
waits for it in the database and gets its reply, or 409 with Retry-After when that takes too long.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError

from mypay.kit import clock, sql
from mypay.kit.api import Reply, error_reply
from mypay.kit.errors import ApiError, BalanceConflict, IdempotencyError
from mypay.kit.ids import is_uuid
from mypay.kit.jsonbody import canonical
from mypay.kit.models import IdempotencyRecord
from mypay.settings import environment

_TRIES = 3
_FAULT = 500
_NAMED = uuid.UUID("6a5c1f0e-3f0b-5d4e-9a43-1d0c7b2f8e61")  # names the room in which keys of any text become UUIDs


@dataclass(frozen=True, slots=True)
class Claim:
    """One request's right to act under its key; `refusal` shapes what is kept when it is refused."""

    owner_id: int
    key: str
    fingerprint: str
    now: datetime
    refusal: Callable[[ApiError], Reply] = error_reply

    def record(self, reply: Reply) -> sql.Statement:
        """The INSERT that takes the key and keeps the reply; it fails if the key is taken."""
        return sql.insert(
            IdempotencyRecord(
                owner_id=self.owner_id,
                key=self.key,
                fingerprint=self.fingerprint,
                status=reply.status,
                body=reply.body.decode(),
                expires_at=self.now + timedelta(hours=environment.IDEMPOTENCY_HOURS),
            )
        )


def claim(*, owner_id: int, header: str | None, method: str, path: str, body: Any, now: datetime) -> Claim:
    """The claim of a request; raises IdempotencyError when the header is absent or no UUID."""
    if not header:
        raise IdempotencyError("Idempotency key is required", field="X-Idempotency-Key")
    if not is_uuid(header):
        raise IdempotencyError("Idempotency key must be a valid UUID", code="INVALID_IDEMPOTENCY_KEY", field="X-Idempotency-Key")
    return Claim(owner_id, header.lower(), _fingerprint(method, path, body), now)


def claim_named(
    *,
    owner_id: int,
    name: str,
    key: str | None,
    method: str,
    path: str,
    body: Any,
    now: datetime,
    refusal: Callable[[ApiError], Reply] = error_reply,
) -> Claim:
    """The claim of a request whose dialect lets clients choose any text as key, or none.

    `name` keeps the keys of different calls apart, as each dialect's own header does. Without a key
    every request is a first one. What the key may look like is for the dialect to check.
    """
    kept = uuid.uuid5(_NAMED, f"{name}\n{key}") if key else uuid.uuid4()
    return Claim(owner_id, str(kept), _fingerprint(method, path, body), now, refusal)


def _fingerprint(method: str, path: str, body: Any) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), canonical(body)))).hexdigest()


def once(claim: Claim, effect: Callable[[], Reply], clash: Callable[[], ApiError | None] = lambda: None) -> Reply:
    """The reply of the first request under this key.

    `effect` is one transaction that begins with `claim.record(reply)`; a refusal it raises leaves
    no trace of its own and is kept under the key. `clash` says which refusal a
    unique constraint of the effect's own stands for. Raises IdempotencyError (409) when the key
    stands for another request or its first use is still in progress.
    """
    for _ in range(_TRIES):
        try:
            return _attempt(claim, effect)
        except IntegrityError:
            kept = _kept_reply(claim)
            if kept is not None:
                return kept
            refused = clash()
            if refused is not None:
                effect = _refuse(refused)
        except OperationalError as problem:
            raise _in_the_way(problem) from problem
    raise IntegrityError("a unique constraint outside idempotency refused the request")


def _in_the_way(problem: OperationalError) -> Exception:
    """What a client hears when others held a row for too long; any other fault stays a fault."""
    if sql.is_lock_timeout(problem):
        message = "A request with this idempotency key is still in progress"
        return IdempotencyError(message, code="IDEMPOTENCY_KEY_CONFLICT", status=409, retry_after=1)
    if sql.is_deadlock(problem):
        return BalanceConflict("The balance is being changed by other requests", retry_after=1)
    return problem


def _refuse(refused: ApiError) -> Callable[[], Reply]:
    def effect() -> Reply:
        raise refused

    return effect


def _attempt(claim: Claim, effect: Callable[[], Reply]) -> Reply:
    try:
        return effect()
    except ApiError as refused:
        if refused.status >= _FAULT:
            raise
        reply = claim.refusal(refused)
        sql.transact([claim.record(reply)])
        return reply


def _kept_reply(claim: Claim) -> Reply | None:
    """The reply kept under the key; None if there is none or it has expired (it is then removed)."""
    kept = IdempotencyRecord.objects.filter(owner_id=claim.owner_id, key=claim.key).first()
    if kept is None:
        return None
    if kept.expires_at <= claim.now:
        IdempotencyRecord.objects.filter(pk=kept.pk, expires_at=kept.expires_at).delete()
        return None
    if kept.fingerprint != claim.fingerprint:
        raise IdempotencyError("Idempotency key was already used with a different request", code="IDEMPOTENCY_KEY_CONFLICT", status=409)
    return Reply(kept.status, kept.body.encode(), {"X-Idempotent-Replay": "true"})


def forget_expired(batch: int = 5000) -> int:
    """Delete records that expired a day ago or more in real time; returns how many."""
    before = clock.real_now() - timedelta(days=1)
    old = list(IdempotencyRecord.objects.filter(expires_at__lt=before).values_list("pk", flat=True)[:batch])
    count, _ = IdempotencyRecord.objects.filter(pk__in=old).delete()
    return count
