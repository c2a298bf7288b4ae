"""The webhooks app."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from mypay.kit import wakeups
        from mypay.kit.scheduling import Kind, register
        from webhooks import dialects, examples, signature_rules, standard
        from webhooks.models import Delivery, Event
        from webhooks.services import administration, deliver, dispatch
        from webhooks.signature_rules import SignatureRules
        from webhooks.states import Dialect

        wakeups.hears("webhooks.dispatch_due")
        register(
            Kind(
                "event",
                "webhooks.dispatch_due",
                Event,
                run=dispatch.dispatch_one,
                give_up=dispatch.give_up_event,
                runs_frozen=True,
                is_counted=False,
                work_off=dispatch.dispatch_due,
            )
        )
        register(
            Kind(
                "delivery",
                "webhooks.dispatch_due",
                Delivery,
                run=deliver.deliver_one,
                give_up=deliver.fail_delivery,
                runs_frozen=True,
                work_off=deliver.deliver_due,
            )
        )
        administration.register()
        for family in ("balance", "api_key", "endpoint"):
            examples.register(family, administration.example)
        dialects.register(Dialect.MYPAY, "*", dialects.Form(standard.body, standard.signed))
        signed = ("webhook-id", "webhook-timestamp")
        signature_rules.register(
            Dialect.MYPAY.value,
            SignatureRules("webhook-signature", signed=signed, timestamp=signed[1], is_standard=True, event_id=signed[0]),
        )
        signature_rules.register(
            Dialect.LEGACY.value,
            SignatureRules("X-MyPay-Signature", timestamp="X-MyPay-Timestamp", has_iso_time=True, delivery_id="X-MyPay-Delivery"),
        )
