"""The emulators app."""

from django.apps import AppConfig


class EmulatorsConfig(AppConfig):
    name = "emulators"

    def ready(self) -> None:
        _razorpay()
        _paystack()


def _razorpay() -> None:
    from emulators.razorpay import events, magic
    from emulators.razorpayx import events as payout_events
    from emulators.razorpayx import validations
    from gateways.razorpay import wire
    from sandbox import builtin
    from webhooks import dialects, examples, signature_rules
    from webhooks.states import Dialect

    builtin.publish(magic.published())
    dialects.register(Dialect.RAZORPAY, "payment", events.PAYMENTS)
    dialects.register(Dialect.RAZORPAY, "refund", events.REFUNDS)
    dialects.register(Dialect.RAZORPAY, "payout", payout_events.PAYOUTS)
    dialects.register(Dialect.RAZORPAY, "validation", payout_events.VALIDATIONS)
    rules = signature_rules.SignatureRules(wire.SIGNATURE_HEADER, beside=(wire.EVENT_ID_HEADER,))
    signature_rules.register(Dialect.RAZORPAY.value, rules)
    examples.register("validation", validations.example)


def _paystack() -> None:
    from emulators.paystack import events, magic
    from emulators.paystack_transfers import events as transfer_events
    from gateways.paystack import wire
    from sandbox import builtin
    from webhooks import dialects, signature_rules
    from webhooks.signatures import SHA512
    from webhooks.states import Dialect

    builtin.publish(magic.published())
    dialects.register(Dialect.PAYSTACK, "payment", events.PAYMENTS)
    dialects.register(Dialect.PAYSTACK, "refund", events.REFUNDS)
    dialects.register(Dialect.PAYSTACK, "payout", transfer_events.TRANSFERS)
    signature_rules.register(Dialect.PAYSTACK.value, signature_rules.SignatureRules(wire.SIGNATURE_HEADER, algorithm=SHA512))
