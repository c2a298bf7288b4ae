"""Gateway accounts from the shell, for scripts and tests."""

import json
import sys
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gateways.models import GatewayAccount
from gateways.selectors import accounts_of
from gateways.services.assign import assign, unassign
from gateways.services.change_account import change_account
from gateways.services.change_policy import change_mode
from gateways.services.check_account import check_account
from gateways.services.create_account import create_account
from gateways.states import Mode
from merchants.management.lookup import merchant_of
from mypay.kit import clock
from mypay.kit.errors import ApiError


class Command(BaseCommand):
    help = "Create, change, check, assign, unassign and list accounts at gateways. Exit code 1 where a check finds something wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="create|change|check|assign|unassign|list")
        self._add_create(acts.add_parser("create", help="keep an account; its credentials are encrypted"))
        self._add_change(acts.add_parser("change", help="change what is given; the rest stays as it was"))
        check = acts.add_parser("check", help="ask the gateway whether it accepts the account's credentials")
        check.add_argument("name")
        given = acts.add_parser("assign", help="let a merchant use an account")
        given.add_argument("name")
        given.add_argument("--merchant", required=True, metavar="EMAIL")
        given.add_argument("--weight", type=int, default=100)
        given.add_argument("--daily-limit", type=int, metavar="MINOR", help="minor units; none without it")
        given.add_argument("--mode", choices=Mode.values, help="how the merchant's accounts are picked from now on")
        taken = acts.add_parser("unassign", help="let a merchant use an account no longer")
        taken.add_argument("name")
        taken.add_argument("--merchant", required=True, metavar="EMAIL")
        listed = acts.add_parser("list", help="all accounts, or a merchant's in turn")
        listed.add_argument("--merchant", metavar="EMAIL")
        for sub in (check, given, taken, listed):
            sub.add_argument("--json", action="store_true", help="print JSON")

    def _add_create(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--gateway", required=True, help="as in manage.py describe_gateways")
        parser.add_argument("--credential", action="append", default=[], metavar="NAME=VALUE", help="once for each")
        parser.add_argument("--credentials-from", metavar="FILE", help="a JSON object of them, - for standard input: no shell keeps it")
        parser.add_argument("--webhook-secret", default="", help="what its callbacks are signed with")
        parser.add_argument("--base-url", default="", help="another address than the gateway's own, as an emulator's")
        parser.add_argument("--priority", type=int, default=100)
        parser.add_argument("--monthly-limit", type=int, metavar="MINOR", help="minor units; none without it")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def _add_change(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--credential", action="append", default=[], metavar="NAME=VALUE", help="once for each")
        parser.add_argument("--credentials-from", metavar="FILE", help="a JSON object of them, - for standard input: no shell keeps it")
        parser.add_argument("--webhook-secret", default="", help="what its callbacks are signed with")
        parser.add_argument("--base-url", help="another address than the gateway's own; empty for its own")
        parser.add_argument("--priority", type=int)
        parser.add_argument("--monthly-limit", type=int, metavar="MINOR", help="minor units")
        parser.add_argument("--active", dest="is_active", action=BooleanOptionalAction, default=None, help="whether it is used")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found, is_well = getattr(self, f"_{options['act']}")(options)
        except ApiError as refused:
            raise CommandError(refused.message) from None
        self._tell(found, is_json=options["json"])
        if not is_well:
            sys.exit(1)

    def _create(self, options: dict[str, Any]) -> tuple[Any, bool]:
        account = create_account(
            name=options["name"], gateway=options["gateway"], credentials=_credentials(options), base_url=options["base_url"],
            webhook_secret=options["webhook_secret"], priority=options["priority"], monthly_limit=options["monthly_limit"],
        )  # fmt: skip
        return {**_shown(account), "callback": account.callback_path}, True

    def _change(self, options: dict[str, Any]) -> tuple[Any, bool]:
        given = {name: options[name] for name in ("base_url", "priority", "monthly_limit", "is_active") if options[name] is not None}
        changed = change_account(
            account=_account(options["name"]), values=given, credentials=_credentials(options), webhook_secret=options["webhook_secret"]
        )
        return _shown(changed), True

    def _check(self, options: dict[str, Any]) -> tuple[Any, bool]:
        account = _account(options["name"])
        error = check_account(account=account)
        return {"name": account.name, "ok": not error, "error": error}, not error

    def _assign(self, options: dict[str, Any]) -> tuple[Any, bool]:
        merchant, account = merchant_of(options["merchant"]), _account(options["name"])
        made = assign(merchant=merchant, account=account, weight=options["weight"], daily_limit=options["daily_limit"])
        if options["mode"]:
            change_mode(merchant=merchant, mode=Mode(options["mode"]))
        return {"name": account.name, "merchant": merchant.email, "place": made.rotation_order}, True

    def _unassign(self, options: dict[str, Any]) -> tuple[Any, bool]:
        merchant, account = merchant_of(options["merchant"]), _account(options["name"])
        unassign(merchant=merchant, account=account)
        return {"name": account.name, "merchant": merchant.email}, True

    def _list(self, options: dict[str, Any]) -> tuple[Any, bool]:
        if not options["merchant"]:
            return [_shown(account) for account in GatewayAccount.objects.order_by("name")], True
        rows = accounts_of(merchant_of(options["merchant"]))
        return [
            {
                **_shown(row.account), "place": row.rotation_order, "weight": row.weight, "daily_limit": row.daily_limit,
                "assigned": row.is_active, "open_until": clock.iso(row.open_until) if row.open_until else None,
            }
            for row in rows
        ], True  # fmt: skip

    def _tell(self, found: Any, *, is_json: bool) -> None:
        if is_json:
            self.stdout.write(json.dumps(found))
            return
        for each in found if isinstance(found, list) else [found]:
            self.stdout.write("  ".join(f"{name}={value}" for name, value in each.items() if value not in (None, "")))


def _account(name: str) -> GatewayAccount:
    account = GatewayAccount.objects.filter(name=name).first()
    if account is None:
        raise CommandError(f"no gateway account is called {name}")
    return account


def _shown(account: GatewayAccount) -> dict[str, Any]:
    return {
        "name": account.name, "gateway": account.gateway, "base_url": account.base_url, "priority": account.priority,
        "monthly_limit": account.monthly_limit, "active": account.is_active,
        "checked_at": clock.iso(account.checked_at) if account.checked_at else None, "error": account.check_error,
    }  # fmt: skip


def _credentials(options: dict[str, Any]) -> dict[str, str]:
    """Those of the file and of the line; raises CommandError for what is neither."""
    found: dict[str, str] = {}
    if source := options["credentials_from"]:
        try:
            read = json.loads(sys.stdin.read() if source == "-" else Path(source).read_text())
        except (OSError, ValueError) as problem:
            raise CommandError(f"the credentials cannot be read: {problem}") from None
        if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
            raise CommandError("the credentials must be a JSON object of texts")
        found |= read
    for pair in options["credential"]:
        name, is_pair, value = pair.partition("=")
        if not is_pair:
            raise CommandError(f"--credential takes NAME=VALUE, not {name}")
        found[name] = value
    return found
