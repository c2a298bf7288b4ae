"""Routes of Paystack's recipients, transfers, balance and banks."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
