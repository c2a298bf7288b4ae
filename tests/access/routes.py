"""The routes that there are, and the methods of their views."""

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from django.contrib import admin
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver
from django.views import View as DjangoView
from rest_framework.views import APIView

import mypay.urls
from mypay.urls import all as all_urls
from tests.access.grammar import METHODS, parameters

View = Callable[..., Any]
_NO_METHOD = "BREW"


@cache
def served() -> dict[str, View]:
    """Each route of the one-port service with its view; Django's admin has a test of its own."""
    found: dict[str, View] = {}
    for route, view in _walk(all_urls.urlpatterns):
        found.setdefault(route, view)
    return found


def elsewhere() -> Iterator[tuple[str, str]]:
    """The routes of the other services' URLs, each with its module's name."""
    for module in pkgutil.iter_modules(mypay.urls.__path__):
        if not module.name.startswith("_"):
            for route, _ in _walk(import_module(f"mypay.urls.{module.name}").urlpatterns):
                yield module.name, route


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, View]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        elif pattern.app_name != "admin":
            yield from _walk(pattern.url_patterns, route)


def methods(route: str) -> set[str]:
    """What the route's view answers to; HEAD comes with GET, and OPTIONS only if it is the view's own."""
    view = served()[route]
    if actions := getattr(view, "actions", None):
        return {name.upper() for name in actions} - {"HEAD"}
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return _of_function(view, route) if kind is None else _of_class(kind)


def _of_class(kind: Any) -> set[str]:
    handled = {name.upper() for name in kind.http_method_names if hasattr(kind, name)}
    usual = {"HEAD"} if kind.options not in (DjangoView.options, APIView.options) else {"HEAD", "OPTIONS"}
    return handled - usual


def _of_function(view: View, route: str) -> set[str]:
    """A view that looks at methods says which; any other has them all."""
    response = view(RequestFactory().generic(_NO_METHOD, "/"), **dict.fromkeys(parameters(route), "1"))
    allowed = response.get("Allow", "") if response.status_code == 405 else ", ".join(METHODS)
    return set(allowed.split(", ")) - {"HEAD"}


def admin_pages() -> list[str]:
    """The routes of Django's admin site, each with what stands for its parameters still in it."""
    return sorted({route for route, _ in _walk(admin.site.get_urls())})
