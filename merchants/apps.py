"""The merchants app."""

from django.apps import AppConfig


class MerchantsConfig(AppConfig):
    name = "merchants"
