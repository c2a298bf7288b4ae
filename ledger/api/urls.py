"""The ledger's part of the sandbox controls, under `/api/v1/sandbox`."""

from django.urls import path

from ledger.api import views

urlpatterns = [path("top-up", views.TopUpView.as_view(), name="sandbox-top-up")]
