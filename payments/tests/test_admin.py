"""The admin portal's lists of payments and what follows from them: each costs the same however many rows it has."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from merchants.models import User
from payments.models import Checkout, Dispute, Payment, Refund, Settlement, SettlementItem, SettlementPlan
from payments.tests.conftest import Shop


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.test", "password of the staff"))
    return client


def _live(shop: Shop) -> None:
    """A payment, a refund, a dispute and a settlement."""
    payment_id = shop.paid()
    shop.act(f"/payments/{payment_id}/refunds", {"amount": 1})
    shop.post("/api/v1/sandbox/disputes", {"paymentId": payment_id, "amount": 1})
    shop.post("/api/v1/sandbox/clock/advance", {"seconds": 10 * 86_400})
    shop.merchant.refresh_from_db()


@pytest.mark.parametrize("model", [Checkout, Payment, Refund, Dispute, SettlementPlan, Settlement, SettlementItem])
def test_admin_list_asks_no_more_queries_for_more_rows(staff: Client, shop: Shop, rival: Shop, model: type) -> None:
    name = model.__name__.lower()
    page, costs = reverse(f"admin:payments_{name}_changelist"), []
    _live(shop)
    for others in ((), (rival, shop, rival)):
        for other in others:
            _live(other)
        with CaptureQueriesContext(connection) as captured:
            response = staff.get(page)
        assert response.status_code == 200
        costs.append(len(captured))
    assert model.objects.count() > 1  # type: ignore[attr-defined]
    assert costs[0] == costs[1]


@pytest.mark.parametrize("model", [Refund, Dispute, SettlementPlan, Settlement, SettlementItem])
def test_admin_page_shows_and_changes_nothing(staff: Client, shop: Shop, model: type) -> None:
    _live(shop)
    name, row = model.__name__.lower(), model.objects.first()  # type: ignore[attr-defined]
    assert staff.get(reverse(f"admin:payments_{name}_change", args=[row.pk])).status_code == 200
    for url in (reverse(f"admin:payments_{name}_add"), reverse(f"admin:payments_{name}_delete", args=[row.pk])):
        assert staff.get(url).status_code == 403
    assert staff.post(reverse(f"admin:payments_{name}_change", args=[row.pk]), {}).status_code == 403
