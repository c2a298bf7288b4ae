"""Put the seed data in place, as often as one likes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ledger.models import MerchantBalance
from ledger.services.top_up import top_up
from merchants.models import ApiKey, Flag, Merchant, SystemConfig, User
from merchants.services.create_merchant import create_merchant
from merchants.services.issue_key import issue_key
from merchants.states import CONFIG_DEFAULTS, ConfigKey, FlagKey, Scope
from mypay import demo
from mypay.kit.crypto import sha256_hex
from mypay.settings import environment
from payouts.models import DirectoryEntry
from payouts.states import DestinationType


class Command(BaseCommand):
    help = "Create what is missing of the seed data; changes and deletes nothing that is there."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            self._directory()
            self._config()
            self._administrator()
            if environment.DEMO:
                fixed = [*environment.DEMO_PAYOUT_KEYS, "", ""]
                for merchant, payout_key in zip(demo.MERCHANTS, fixed, strict=False):
                    self._merchant(merchant, payout_key)
        self.stdout.write("seed data is in place")

    def _directory(self) -> None:
        rows = [
            *((DestinationType.BANK, code, name, True) for code, name in demo.BANKS.items()),
            *((DestinationType.BANK, code, name, False) for code, name in demo.HIDDEN_BANKS.items()),
            *((DestinationType.WALLET, code, name, True) for code, name in demo.WALLETS.items()),
        ]
        for kind, code, name, active in rows:
            DirectoryEntry.objects.get_or_create(kind=kind, code=code, defaults={"name": name, "is_active": active})

    def _config(self) -> None:
        given = {
            ConfigKey.WEBHOOK_RETRY_ATTEMPTS: str(environment.WEBHOOK_RETRY_ATTEMPTS),
            ConfigKey.WEBHOOK_RETRY_DELAY: str(environment.WEBHOOK_RETRY_DELAY),
        }
        for key, value in (CONFIG_DEFAULTS | given).items():
            SystemConfig.objects.get_or_create(key=key.value, defaults={"value": value})
        for flag in FlagKey:
            Flag.objects.get_or_create(key=flag.value)

    def _administrator(self) -> None:
        if User.objects.filter(email=demo.ADMIN_EMAIL).exists():
            return
        password = environment.ADMIN_PASSWORD or (demo.ADMIN_DEMO_PASSWORD if environment.DEMO else "")
        if not password:
            raise CommandError("ADMIN_PASSWORD is missing: the administrator needs one outside demo mode.")
        User.objects.create_superuser(demo.ADMIN_EMAIL, password, name=demo.ADMIN_NAME)

    def _merchant(self, wanted: demo.DemoMerchant, payout_key: str) -> None:
        merchant = Merchant.objects.filter(email=wanted.email).first() or create_merchant(
            email=wanted.email, name=wanted.name, company_name=wanted.company_name, password=wanted.password
        )
        for key, label in wanted.payment_keys:
            self._key(merchant, Scope.PAYMENTS, key, label)
        if payout_key:
            self._key(merchant, Scope.PAYOUTS, payout_key, "")
        elif not merchant.api_keys.filter(scope=Scope.PAYOUTS, is_active=True).exists():
            issue_key(merchant=merchant, scope=Scope.PAYOUTS)
        if not MerchantBalance.objects.filter(merchant=merchant, currency=demo.CURRENCY).exists():
            top_up(merchant=merchant, currency=demo.CURRENCY, amount=wanted.balance_rupees * 100, description="Opening balance")

    def _key(self, merchant: Merchant, scope: Scope, key: str, label: str) -> None:
        if not ApiKey.objects.filter(sha256=sha256_hex(key)).exists():
            issue_key(merchant=merchant, scope=scope, label=label, key=key)
