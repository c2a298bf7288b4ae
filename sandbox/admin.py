"""Rules in the admin portal: to read; merchants write their own."""

from django.contrib import admin

from mypay.kit.admin import ReadOnlyAdmin
from sandbox.models import Rule


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "flow", "outcome", "match", "priority", "uses_left")
    list_filter = ("flow", "outcome")
    list_select_related = ("merchant",)
