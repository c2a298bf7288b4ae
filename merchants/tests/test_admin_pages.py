"""The admin portal's pages open, and a merchant's form refuses a URL we would not call."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from conftest import Api
from merchants.models import Merchant, User


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.test", "password of the staff"))
    return client


def test_admin_lists_of_every_model_open(staff: Client, api: Api) -> None:
    api.payout()
    for model in admin.site._registry:
        response = staff.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        assert response.status_code == 200, model


def test_admin_merchant_form_refuses_a_url_we_would_not_call(staff: Client, merchant: Merchant) -> None:
    page = reverse("admin:merchants_merchant_change", args=[merchant.pk])
    form = {
        "company_name": "New name", "name": merchant.name, "status": "active", "environment": "sandbox",
        "members-TOTAL_FORMS": "0", "members-INITIAL_FORMS": "0",
    }  # fmt: skip
    refused = staff.post(page, {**form, "webhook_url": "http://user@shop.example/hook"})
    assert refused.status_code == 200
    merchant.refresh_from_db()
    assert merchant.company_name != "New name"
    saved = staff.post(page, {**form, "webhook_url": "https://shop.example/hook"})
    assert saved.status_code == 302
    merchant.refresh_from_db()
    assert (merchant.company_name, merchant.webhook_url) == ("New name", "https://shop.example/hook")
