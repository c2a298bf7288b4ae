"""The kit as an app, for its one table."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "mypay.kit"
    label = "kit"
    verbose_name = "Kit"
