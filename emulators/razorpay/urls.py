"""Razorpay's routes, under `/razorpay/`; a slash at the end is understood, anything else is its own 404."""

from django.urls import URLPattern, URLResolver, re_path

from emulators.razorpay.base import elsewhere

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"", elsewhere),
]
