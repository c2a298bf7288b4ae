"""The script that shops load from a vendor to open its page."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

_SCRIPTS = settings.BASE_DIR / "templates" / "static"


@require_safe
def script(request: HttpRequest, name: str) -> HttpResponse:
    """The vendor's script; the route names its file."""
    return HttpResponse(_read(name), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "max-age=300"})


@cache
def _read(name: str) -> bytes:
    content: bytes = (_SCRIPTS / name).read_bytes()
    return content
