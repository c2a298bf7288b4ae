"""Paystack's routes, under `/paystack/`; a slash at the end is understood, anything else is its own 404."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from emulators.paystack.base import nowhere

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("emulators.paystack.payout_urls")),
    re_path(r"", nowhere),
]
