"""The emulators app."""

from django.apps import AppConfig


class EmulatorsConfig(AppConfig):
    name = "emulators"

    def ready(self) -> None:
        from emulators.razorpay import magic
        from sandbox import builtin

        builtin.publish(magic.published())
