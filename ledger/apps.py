"""The ledger app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from ledger.services.open_balances import open_balances, opening_amounts
        from sandbox import opening

        opening.register(opening.Opening(amounts=opening_amounts, open=open_balances))
