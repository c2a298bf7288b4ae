"""The project itself as an app: commands that span apps live here."""

from django.apps import AppConfig


class MyPayConfig(AppConfig):
    name = "mypay"
    label = "mypay"
    verbose_name = "MyPay"
