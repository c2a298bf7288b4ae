"""The sandbox app."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "sandbox"

    def ready(self) -> None:
        from mypay.kit import scheduling
        from sandbox.models import Child, ClockAdvance
        from sandbox.services import children, clock

        scheduling.register(
            scheduling.Kind(
                "clock_advance",
                "sandbox.resume_advances",
                ClockAdvance,
                run=clock.resume_advance,
                give_up=clock.abandon_advance,
                on_merchant_clock=False,
            )
        )
        scheduling.register(
            scheduling.Kind(
                "child_sandbox",
                "sandbox.remove_expired_children",
                Child,
                run=children.expire_child,
                give_up=children.keep_child,
                on_merchant_clock=False,
            )
        )
