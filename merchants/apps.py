"""The merchants app."""

from django.apps import AppConfig


class MerchantsConfig(AppConfig):
    name = "merchants"

    def ready(self) -> None:
        from audit.services.keep_requests import on_kept
        from merchants.models import Message
        from merchants.services import send_message
        from merchants.services.note_key_use import note_key_use
        from mypay.kit import scheduling

        on_kept(note_key_use)
        scheduling.register(
            scheduling.Kind(
                "message",
                "merchants.send_messages",
                Message,
                run=send_message.hand_over,
                give_up=send_message.give_up,
                on_merchant_clock=False,
                is_counted=False,
            )
        )
