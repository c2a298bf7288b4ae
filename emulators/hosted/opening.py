"""How a shop opens a visit: with a form, which a vendor's script makes too."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from emulators.bodies import FormBody, Reader, nested
from emulators.hosted.page_parts import problem
from emulators.hosted.visits import Visit
from mypay.kit.errors import ApiError

_URLS = ("callback_url", "cancel_url", "frame_origin")
_TEXTS = {"name": 100, "description": 255}


def opened_by(open_visit: Callable[[FormBody], Visit]) -> Callable[[HttpRequest], HttpResponse]:
    """Where a shop's page posts: on to the visit that the form opens, else the page that says why it does not."""

    @csrf_exempt  # it comes from any origin; the key in the form is all it shows
    @xframe_options_exempt
    @require_POST
    @never_cache
    def view(request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponseRedirect(open_visit(nested(request.POST.items())).path)
        except ApiError as refused:
            return problem(request, refused.message, refused.field)

    return view


def said(read: Reader, form: Mapping[str, Any]) -> dict[str, str]:
    """What the shop's form says of a visit, by the names that `Visit` reads; raises the vendor's refusal."""
    urls = {name: read.url(form, name) for name in _URLS}
    return {**read.texts(form, _TEXTS), **urls, "frame_origin": _origin(urls["frame_origin"])}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if url else ""
