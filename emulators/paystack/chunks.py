"""What Paystack's own SDK for Node sends: JSON that says neither its type nor its length, in chunks."""

from io import BytesIO

from django.conf import settings
from django.http import HttpRequest

from mypay.kit.errors import ApiError, MalformedBody

_UNSAID = ("", "text/plain")  # the latter is what some servers say of what is unsaid


def understand(request: HttpRequest) -> None:
    """Give the request the length and the type that it does not say; raises MalformedBody, or ApiError (413).

    Django reads no body without a length. The server has put the chunks together, and says that the body ends by itself.
    """
    meta = request.META
    if meta.get("wsgi.input_terminated") and not meta.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" in meta:
        body = _whole(request)
        request._stream = BytesIO(body)
        meta["CONTENT_LENGTH"] = str(len(body))
    if meta.get("CONTENT_TYPE", "") in _UNSAID:
        meta["CONTENT_TYPE"] = "application/json"


def _whole(request: HttpRequest) -> bytes:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    try:
        body: bytes = request.META["wsgi.input"].read(most + 1)
    except OSError:
        raise MalformedBody("Request body ended too early") from None
    if len(body) > most:
        raise ApiError("Request body is too large", code="PAYLOAD_TOO_LARGE", status=413)
    return body
