"""The payouts app."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "payouts"

    def ready(self) -> None:
        from mypay.kit import scheduling
        from payouts import examples, webhook
        from payouts.models import Payout, PayoutBatch
        from payouts.services import process, work_batch
        from webhooks import dialects
        from webhooks import examples as of_events
        from webhooks.states import Dialect

        scheduling.register(
            scheduling.Kind("payout", "payouts.process_due", Payout, run=process.process_payout, give_up=process.fail_payout)
        )
        scheduling.register(
            scheduling.Kind(
                "payout_batch",
                "payouts.work_batches",
                PayoutBatch,
                run=work_batch.work_batch,
                give_up=work_batch.abandon_batch,
                on_merchant_clock=False,
            )
        )
        dialects.register(Dialect.LEGACY, "payout", webhook.FORM)
        of_events.register("payout", examples.payout)
