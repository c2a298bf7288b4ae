"""`/metrics`: what is counted, what is so now, who may read it, what it costs."""

import os
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay import wellness
from mypay.kit import clock, counters, scheduling
from mypay.metrics import gauges
from mypay.settings import environment
from payouts.models import Payout

ROOT = Path(__file__).resolve().parent.parent.parent
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    gauges.forget()
    wellness.forget()
    yield
    gauges.forget()
    wellness.forget()


def _scrape(**headers: str) -> Samples:
    gauges.forget()
    response = Client().get("/metrics", headers=headers)
    assert response.status_code == 200, response.content
    families = text_string_to_metric_families(response.content.decode())
    return {(sample.name, frozenset(sample.labels.items())): sample.value for family in families for sample in family.samples}


def _value(samples: Samples, name: str, /, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


def _grown(before: Samples, name: str, /, **labels: str) -> float:
    return _value(_scrape(), name, **labels) - _value(before, name, **labels)


def test_requests_are_counted_by_route_template_and_status(api: Any) -> None:
    before = _scrape()
    created = api.payout().json()["data"]["id"]
    for payout_id in (created, created, "nobody-has-this"):
        api.get(f"/payouts/{payout_id}")
    route = "/api/v1/payouts/<str:payout_id>"
    assert _grown(before, "http_requests_total", method="GET", route=route, status="200") >= 2
    assert _grown(before, "http_requests_total", method="GET", route=route, status="404") >= 1
    assert _grown(before, "http_request_duration_seconds_count", method="GET", route=route, status="200") >= 2
    assert created not in Client().get("/metrics").content.decode()


def test_unknown_routes_and_methods_make_no_label_of_their_own(db: None) -> None:
    before = _scrape()
    Client().get("/made-up-by-a-scanner")
    Client().generic("BREW", "/made-up-by-a-scanner")
    assert _grown(before, "http_requests_total", method="GET", route="none", status="404") >= 1
    assert _grown(before, "http_requests_total", method="OTHER", route="none", status="404") >= 1
    text = Client().get("/metrics").content.decode()
    assert "made-up-by" not in text and "BREW" not in text


def test_statements_and_their_time_are_counted(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "_FLUSH_SECONDS", -1.0)
    Merchant.objects.count()
    before = _scrape()
    for _ in range(5):
        Merchant.objects.count()
    assert _grown(before, "mypay_db_queries_total", database="default") >= 5
    assert _grown(before, "mypay_db_seconds_total", database="default") > 0


def test_payouts_payments_and_deliveries_are_counted_by_outcome(
    api: Any, settle: Callable[[], None], django_capture_on_commit_callbacks: Any
) -> None:
    before = _scrape()
    with django_capture_on_commit_callbacks(execute=True):
        api.payout("12345670001")
        settle()
    assert _grown(before, "mypay_payouts_total", status="PROCESSING") >= 1
    assert _grown(before, "mypay_payouts_total", status="SUCCESS") >= 1
    with django_capture_on_commit_callbacks(execute=True):
        counters.payment("jazzcash", "captured")
    counters.delivery("failed", 3)
    assert _grown(before, "mypay_payments_total", provider="simulator", method="jazzcash", status="captured") >= 1
    assert _grown(before, "mypay_webhook_deliveries_total", result="failed") >= 3


def test_what_is_rolled_back_is_not_counted(db: None, django_capture_on_commit_callbacks: Any) -> None:
    from django.db import transaction

    before = _scrape()
    with django_capture_on_commit_callbacks(execute=True):
        try:
            with transaction.atomic():
                counters.payout("ROLLED_BACK")
                raise ValueError
        except ValueError:
            pass
    assert _grown(before, "mypay_payouts_total", status="ROLLED_BACK") == 0


def test_queue_length_and_age_by_kind_cost_one_indexed_query_each(api: Any, django_assert_num_queries: Any) -> None:
    api.payout()
    api.payout()
    Payout.objects.update(wake_at=clock.real_now() - timedelta(seconds=90))
    samples = _scrape()
    assert _value(samples, "mypay_queue_length", kind="payout") == 2
    assert 89 <= _value(samples, "mypay_queue_oldest_seconds", kind="payout") <= 150
    assert _value(samples, "mypay_queue_length", kind="refund") == 0
    kind = scheduling.kind("payout")
    with django_assert_num_queries(1):
        scheduling.waiting(kind)
    for kind in scheduling.kinds():
        indexed = {name for index in kind.model._meta.indexes for name in index.fields[:1]}
        assert "wake_at" in indexed, f"{kind.name} has no index on wake_at"


@pytest.mark.broken_ledger
def test_ledger_drift_is_the_last_checks_result(merchant: Merchant) -> None:
    assert ("mypay_check_findings", frozenset({("check", "ledger")})) not in _scrape()
    call_command("check_ledger", stdout=StringIO())
    assert _value(_scrape(), "mypay_check_findings", check="ledger") == 0
    MerchantBalance.objects.filter(merchant=merchant).update(available=1)
    with pytest.raises(SystemExit):
        call_command("check_ledger", stdout=StringIO())
    samples = _scrape()
    assert _value(samples, "mypay_check_findings", check="ledger") >= 1
    assert 0 <= _value(samples, "mypay_check_age_seconds", check="ledger") < 60


def test_open_circuits_are_counted_until_they_close(db: None) -> None:
    from webhooks.services.breaker import Breaker

    before, breaker = _scrape(), Breaker()
    for _ in range(12):
        breaker.count("http://down.test/x", is_failure=True)
    assert _grown(before, "mypay_circuits_open", kind="webhook") == 1
    assert "hosts get no webhooks" in wellness.circuits()
    breaker.begin("http://down.test/x")
    breaker._hosts["down.test"].is_probing = True
    breaker.count("http://down.test/x", is_failure=False)
    assert _grown(before, "mypay_circuits_open", kind="webhook") == 0


def test_database_away_shows_as_down_and_not_as_an_error(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wellness, "database", lambda: "The database does not answer")
    samples = _scrape()
    assert _value(samples, "mypay_up", name="database") == 0 and _value(samples, "mypay_up", name="migrations") == 1
    assert not any(name == "mypay_queue_length" for name, _ in samples)


@pytest.mark.parametrize("path", ["/metrics", "/api/metrics"])
def test_metrics_need_the_token_where_there_is_one(db: None, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(environment, "METRICS_TOKEN", "right-token")
    assert Client().get(path, headers={"Authorization": "Bearer right-token"}, REMOTE_ADDR="203.0.113.7").status_code == 200
    for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "right-token"}):
        response = Client().get(path, headers=wrong)
        assert response.status_code == 401 and response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/metrics", "/api/metrics"])
@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("127.0.0.1", "", 200), ("10.1.2.3", "", 200), ("::ffff:10.1.2.3", "", 200), ("203.0.113.7", "", 404), ("2001:db8::1", "", 404),
        ("127.0.0.1", "203.0.113.7", 404), ("127.0.0.1", "10.1.2.3", 200), ("10.1.2.3", "10.9.9.9", 404), ("203.0.113.7", "127.0.0.1", 404),
    ],
)  # fmt: skip
def test_metrics_without_a_token_are_for_internal_networks(db: None, path: str, peer: str, forwarded: str, status: int) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert Client().get(path, headers=headers, REMOTE_ADDR=peer).status_code == status


def test_metrics_may_be_switched_off(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "METRICS_ENABLED", False)
    assert Client().get("/metrics").status_code == 404


def test_counting_costs_microseconds() -> None:
    counters.answered("GET", "/cost", 200, 0.01)
    each = min(timeit.repeat(lambda: counters.answered("GET", "/cost", 200, 0.01), number=2000, repeat=7)) / 2000
    assert each < 50e-6, f"{each * 1e6:.1f} microseconds"


def test_ended_processes_are_folded_and_nothing_is_lost(tmp_path: Path) -> None:
    """Two processes count and end; their files become one, the sum stays, their gauges go."""
    code = (
        "import django; django.setup()\n"
        "from mypay.kit import counters\n"
        "[counters.answered('GET', '/x', 200, 0.3) for _ in range(3)]; counters.delivery('delivered', 2); counters.circuit('webhook', 1)\n"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "mypay.settings", "MYPAY_VAR": str(tmp_path), "MYPAY_ENV": "test"}
    env["METRICS_DIR"] = str(tmp_path / "metrics")
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True)
    folder = tmp_path / "metrics"
    from prometheus_client.multiprocess import MultiProcessCollector

    def read() -> Samples:
        families = MultiProcessCollector.merge([str(path) for path in folder.glob("*.db")])
        return {(sample.name, frozenset(sample.labels.items())): sample.value for family in families for sample in family.samples}

    def sums(found: Samples) -> list[float]:
        labels = {"method": "GET", "route": "/x", "status": "200"}
        return [
            _value(found, "http_requests_total", **labels),
            _value(found, "http_request_duration_seconds_count", **labels),
            _value(found, "http_request_duration_seconds_bucket", le="0.2", **labels),
            _value(found, "http_request_duration_seconds_bucket", le="0.5", **labels),
            round(_value(found, "http_request_duration_seconds_sum", **labels), 6),
            _value(found, "mypay_webhook_deliveries_total", result="delivered"),
        ]

    expected = [6.0, 6.0, 0.0, 6.0, 1.8, 4.0]
    assert sums(read()) == expected
    assert counters.tidy(folder) == 6  # a counter, a histogram and a gauge each
    assert sorted(path.name for path in folder.glob("*.db")) == ["counter_0.db", "histogram_0.db"]
    assert sums(read()) == expected
    assert counters.tidy(folder) == 0 and sums(read()) == expected
