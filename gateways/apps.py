"""The gateways app."""

from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    name = "gateways"

    def ready(self) -> None:
        from gateways import registry
        from gateways.paystack.connector import PaystackConnector
        from gateways.razorpay.connector import RazorpayConnector
        from gateways.simulator.connector import Simulator

        for connector in (Simulator, RazorpayConnector, PaystackConnector):
            registry.register(connector)
