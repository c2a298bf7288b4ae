"""What Paystack's own SDK for Node sends: JSON that says neither its type nor its length, in chunks."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from mypay.kit.errors import ApiError, MalformedBody

_LONGEST_LINE = 1_000
_UNSAID = ("", "text/plain")  # the latter is what some servers say of what is unsaid


def understand(request: HttpRequest) -> None:
    """Give the request the length and the type that it does not say; raises MalformedBody, or ApiError (413)."""
    meta = request.META
    if meta.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked" and not meta.get("CONTENT_LENGTH"):
        body = _whole(meta["wsgi.input"], is_plain=bool(meta.get("wsgi.input_terminated")))
        request._stream = BytesIO(body)
        meta["CONTENT_LENGTH"] = str(len(body))
    if meta.get("CONTENT_TYPE", "") in _UNSAID:
        meta["CONTENT_TYPE"] = "application/json"


def _whole(stream: Any, *, is_plain: bool) -> bytes:
    """All of the body; the server has put the chunks together where it `is_plain`."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    try:
        body: bytes = stream.read(most + 1) if is_plain else _joined(stream, most)
    except (OSError, ValueError):
        raise MalformedBody("Request body ended too early") from None
    if len(body) > most:
        raise ApiError("Request body is too large", code="PAYLOAD_TOO_LARGE", status=413)
    return body


def _joined(stream: Any, most: int) -> bytes:
    """The chunks together, and no more of them than is needed to see that they are too many."""
    body = b""
    while len(body) <= most and (size := int(stream.readline(_LONGEST_LINE).partition(b";")[0], 16)):
        body += stream.read(min(size, most + 1))
        stream.readline(_LONGEST_LINE)
    return body
