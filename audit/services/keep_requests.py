"""Write a batch of the request log, masked: PINs, card numbers, secrets and keys never reach the database."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from audit.models import ApiRequest
from audit.request_log import LONGEST_BODY, Seen
from mypay.kit import sql
from mypay.kit.masking import mask_key, masked

log = structlog.get_logger("mypay.request_log")
_LONGEST_TEXT = 20_000
_LONGEST_QUERY = 2_000
_LONGEST_PATH = 500
_MOST_TOUCHED = 50
# Where a secret stands under a name that does not say so, its own form does.
_SECRET_TEXT = re.compile(r"mypay_[0-9a-f]{64}|whsec_[A-Za-z0-9+/=_-]{8,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+", re.ASCII)
_hooks: list[Callable[[Sequence[Seen]], None]] = []


def on_kept(hook: Callable[[Sequence[Seen]], None]) -> None:
    """Have `hook` called with every batch that was written; apps above call this when they are ready."""
    _hooks.append(hook)


def keep_requests(batch: Sequence[Seen]) -> None:
    """Insert the batch with one statement; a record that the database refuses is left out, the others stay.

    Raises OperationalError or InterfaceError when the database cannot be reached: nothing is then written.
    """
    rows = [_row(seen) for seen in batch]
    try:
        _insert(rows)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        _insert_each(rows)
    for hook in _hooks:
        try:
            hook(batch)
        except Exception as problem:
            log.error("a reader of the request log failed", exc_info=problem)


def _insert(rows: Sequence[ApiRequest]) -> None:
    statements = [sql.insert(row) for row in rows]
    with transaction.atomic(), sql.database().cursor() as cursor:
        cursor.executemany(statements[0].sql, [statement.params for statement in statements])


def _insert_each(rows: Sequence[ApiRequest]) -> None:
    for row in rows:
        try:
            _insert([row])
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as problem:
            log.warning("request not kept", request_id=row.request_id, error=str(problem))


def _row(seen: Seen) -> ApiRequest:
    key = seen.request_headers.get("X-Api-Key", "").strip()
    code, response_body = _answer(seen)
    return ApiRequest(
        id=seen.id,
        merchant_id=seen.merchant_id,
        request_id=seen.request_id,
        at=seen.at,
        method=seen.method[:16],
        path=_clean(seen.path)[:_LONGEST_PATH],
        query=_query(seen.query),
        status=seen.status,
        error_code=(seen.error_code or code)[:60],
        duration_ms=round(seen.duration_ms),
        request_headers=_json(dict(seen.request_headers)),
        request_body=_request_body(seen.request_body),
        response_headers=_json(dict(seen.response_headers)),
        response_body=response_body,
        touched=orjson.dumps(list(dict.fromkeys(seen.touched))[:_MOST_TOUCHED]).decode() if seen.touched else "",
        key_hint=mask_key(key)[:20] if key else "",
        ip=seen.ip,
    )


def _request_body(body: Mapping[str, Any] | str | None) -> str:
    if body is None:
        return _too_long()
    return body if isinstance(body, str) else _json(body) if body else ""


def _answer(seen: Seen) -> tuple[str, str]:
    """The error's code, if the body has one, and the body as it is kept."""
    if seen.response_body is None:
        return "", _too_long()
    if not seen.response_body:
        return "", ""
    try:
        content = orjson.loads(seen.response_body)
    except ValueError:
        return "", f"({seen.response_headers.get('Content-Type', 'no JSON')[:100]}, {len(seen.response_body):,} bytes, not kept)"
    error = content.get("error") if isinstance(content, dict) else None
    return str(error.get("code", "")) if isinstance(error, dict) else "", _json(content)


def _too_long() -> str:
    return f"(longer than {LONGEST_BODY:,} bytes, or streamed: not kept)"


def _query(text: str) -> str:
    return _clean(urlencode(masked(dict(parse_qsl(text, keep_blank_values=True)))))[:_LONGEST_QUERY] if text else ""


def _json(content: Any) -> str:
    told = masked(content)
    try:
        text = orjson.dumps(told, default=str).decode()
    except (TypeError, ValueError):  # a number beyond 64 bits, or no text
        text = json.dumps(told, default=str)
    return _clean(text)[:_LONGEST_TEXT]


def _clean(text: str) -> str:
    """Without what looks like a secret, and without what a database takes for no text."""
    return _SECRET_TEXT.sub(lambda found: f"{found[0][:6]}...[REDACTED]", text).replace("\x00", "\ufffd")
