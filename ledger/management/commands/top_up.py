"""Bring money into a sandbox merchant's balance from the shell."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.services.top_up import top_up
from merchants.management.lookup import merchant_of
from mypay.kit.money import EXPONENTS, InvalidAmount, to_minor


class Command(BaseCommand):
    help = "Add money to what a merchant has available, opening the balance if there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="EMAIL")
        parser.add_argument("--amount", required=True, help="in major units, e.g. 1000.00")
        parser.add_argument("--currency", default="PKR", choices=sorted(EXPONENTS))

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = merchant_of(options["merchant"])
        try:
            amount = to_minor(options["amount"], options["currency"])
        except InvalidAmount as problem:
            raise CommandError(f"--amount is {problem}") from None
        top_up(merchant=merchant, currency=options["currency"], amount=amount)
        self.stdout.write(f"{options['currency']} {options['amount']} added")
