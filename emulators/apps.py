"""The emulators app."""

from django.apps import AppConfig


class EmulatorsConfig(AppConfig):
    name = "emulators"

    def ready(self) -> None:
        from emulators.razorpay import magic, payout_events, validations
        from sandbox import builtin
        from webhooks import dialects, examples
        from webhooks.states import Dialect

        builtin.publish(magic.published())
        dialects.register(Dialect.RAZORPAY, "payout", payout_events.PAYOUTS)
        dialects.register(Dialect.RAZORPAY, "validation", payout_events.VALIDATIONS)
        examples.register("validation", validations.example)
