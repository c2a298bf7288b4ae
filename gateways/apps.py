"""The gateways app."""

from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    name = "gateways"
