"""The portal's and the admin's lists for a merchant with 100,000 rows of each kind, over HTTP.

    python -m tests.bench.rooms [--rows N]

Prints the 95th percentile of each page's time; a page that takes longer than the goal is named.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench import database
from tests.bench.__main__ import _configure

GOAL_MS = 300
_CALLS = 20
PAGES = (
    "/portal/",
    "/portal/payments", "/portal/payments?status=failed", "/portal/payments?q=ORDER-77", "/portal/payments?method=jazzcash",
    "/portal/payments?from=2020-01-01", "/portal/payments/checkouts", "/portal/refunds", "/portal/refunds?status=failed",
    "/portal/disputes", "/portal/payouts", "/portal/payouts?status=FAILED", "/portal/payouts?q=INVOICE-99", "/portal/history",
    "/portal/endpoints", "/portal/endpoints/deliveries", "/portal/endpoints/deliveries?status=failed", "/portal/events",
    "/portal/events?type=payment.completed", "/portal/requests", "/portal/requests?status=4xx", "/portal/requests?q=r77",
    "/portal/settlements", "/portal/clock",
    "/admin/", "/admin/merchants/merchant/", "/admin/payouts/payout/", "/admin/payouts/payout/?status__exact=FAILED",
    "/admin/payments/payment/", "/admin/ledger/transfer/", "/admin/webhooks/delivery/", "/admin/audit/auditentry/",
    "/admin/audit/apirequest/",
)  # fmt: skip


def measure(rows: int) -> dict[str, list[float]]:
    """Milliseconds of each call, by page."""
    from django.test import Client

    from merchants.models import Merchant, User
    from merchants.services.create_merchant import create_merchant
    from merchants.states import StaffRole
    from tests.bench.crowd import Crowd

    merchant = create_merchant(email="crowd@example.test", name="Crowd", company_name="Crowd", password="correct horse battery")
    _money(merchant)
    Crowd(Merchant.objects.get(pk=merchant.pk).pk, rows).fill()
    member, staff = Client(), Client()
    member.force_login(User.objects.get(email="crowd@example.test"))
    staff.force_login(User.objects.create_user("boss@example.test", "x", is_staff=True, staff_role=StaffRole.ADMINISTRATOR))
    return {page: _times(staff if page.startswith("/admin/") else member, page) for page in PAGES}


def _money(merchant: Any) -> None:
    from ledger.services.top_up import top_up

    top_up(merchant=merchant, currency="PKR", amount=100_000)
    from ledger.models import Transfer

    Transfer.objects.filter(balance__merchant=merchant).delete()


def _times(client: Any, page: str) -> list[float]:
    taken = []
    for _ in range(_CALLS):
        started = time.perf_counter()
        answer = client.get(page)
        body = b"".join(answer) if answer.streaming else answer.content
        taken.append(1000 * (time.perf_counter() - started))
        if answer.status_code != 200:
            raise SystemExit(f"{page}: {answer.status_code} {body[:300]!r}")
    return taken


def main() -> None:
    """In a scratch database that is dropped at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rooms", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    scratch = database.from_url(os.environ.get("DATABASE_URL") or "mysql://root@127.0.0.1:3306/mypay_rooms")
    with tempfile.TemporaryDirectory(prefix="mypay-rooms-") as name, database.created(scratch):
        _configure(scratch, Path(name))
        os.environ |= {"MYPAY_SERVICE": "all", "ALLOWED_HOSTS": "*"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        try:
            call_command("migrate", verbosity=0)
            taken = measure(rows)
        finally:
            connections.close_all()
    slow = 0
    for page, times in taken.items():
        p95 = statistics.quantiles(times, n=20)[-1]
        slow += p95 > GOAL_MS
        print(f"{statistics.median(times):8.1f} {p95:8.1f} ms  {'SLOW ' if p95 > GOAL_MS else ''}{page}")
    print(f"median and p95 of {_CALLS} calls, {rows:,} rows of each kind; {slow} of {len(taken)} pages above {GOAL_MS} ms")
    sys.exit(0)


if __name__ == "__main__":
    main()
