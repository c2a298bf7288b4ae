"""The payouts app."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "payouts"

    def ready(self) -> None:
        from mypay.kit import scheduling
        from payouts.models import Payout
        from payouts.services import process

        scheduling.register(
            scheduling.Kind("payout", "payouts.process_due", Payout, run=process.process_payout, give_up=process.fail_payout)
        )
