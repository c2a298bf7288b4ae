"""Gateway accounts and who uses them, in the admin portal; what went through them to read is in `admin_records`."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.views import ChangeList

from gateways import admin_records as admin_records
from gateways import circuits, registry
from gateways.contract import Spec
from gateways.figures import health, rotation
from gateways.forms import AccountForm, AssignmentForm, ModeForm, account_form
from gateways.models import GatewayAccount, GatewayAssignment, RoutingPolicy
from gateways.services import change_policy
from gateways.services.assign import assign, unassign
from gateways.services.change_account import change_account
from gateways.services.change_assignment import change_assignment
from gateways.services.check_account import check_account
from gateways.services.create_account import create_account
from gateways.states import Mode
from merchants.finding import of_merchant
from mypay.kit import clock
from mypay.kit.admin import LOOK, Doing, Given, StaffAdmin, by_merchant, can
from mypay.kit.errors import ValidationError

_ACT = "gateways"
_ROTATION_DAYS = 7
_KNOWN = ("name", "base_url", "priority", "monthly_limit", "is_active")


def _check(request: HttpRequest, account: GatewayAccount, given: Given) -> str:
    if error := check_account(account=account):
        raise ValidationError(error)
    return "The gateway accepts the credentials."


def _switch_account(request: HttpRequest, account: GatewayAccount, given: Given) -> str:
    changed = change_account(account=account, values={"is_active": not account.is_active})
    return "On from the next payment." if changed.is_active else "Off from the next payment; orders begun there go their way."


class _HealthList(ChangeList):  # type: ignore[misc]
    """The health of the page's accounts: two queries."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        found = health([row.pk for row in rows])
        for row in rows:
            row.health = found[row.pk]
        self.result_list = rows


@admin.register(GatewayAccount)
class GatewayAccountAdmin(StaffAdmin):
    list_display = (
        "name", "gateway", "is_active", "priority", "monthly_limit", "orders", "success", "latency", "circuits", "checked",
    )  # fmt: skip
    list_filter = ("gateway", "is_active")
    search_fields = ("name",)
    search_help_text = "The start of an account's name"
    ordering = ("name",)
    add_act = change_act = _ACT
    change_form_outer_before_template = "admin/gateway_account_before.html"
    readonly_fields = ("gateway", "callback", "checked_at", "check_error", "created_at", "updated_at")
    doings = (
        Doing("check", "Check", _ACT, _check, "Makes a harmless real call with the account's credentials."),
        Doing("switch", "Switch on or off", _ACT, _switch_account, "What is on goes off, what is off goes on, for every merchant."),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _HealthList

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(name__istartswith=term)

    @admin.display(description="orders, last hour")
    def orders(self, row: Any) -> int:
        return int(row.health.orders)

    @admin.display(description="success")
    def success(self, row: Any) -> str:
        return "" if row.health.success is None else f"{row.health.success:.1f} %"

    @admin.display(description="median ms")
    def latency(self, row: Any) -> str:
        return "" if row.health.latency is None else f"{row.health.latency:.0f}"

    @admin.display(description="circuits not closed")
    def circuits(self, row: Any) -> str:
        return str(row.health.circuits or "")

    @admin.display(description="last check")
    def checked(self, row: GatewayAccount) -> str:
        if row.checked_at is None:
            return "Not checked"
        return "Failed" if row.check_error else "Accepted"

    @admin.display(description="callback address")
    def callback(self, row: GatewayAccount) -> str:
        return row.callback_path

    def spec(self, request: HttpRequest, row: GatewayAccount | None) -> Spec | None:
        """The gateway of the row, or the one that a new one is asked for."""
        name = row.gateway if row else request.GET.get("gateway", "")
        return registry.spec_of(name) or (None if row else _specs()[0])

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        spec = self.spec(request, obj)
        if spec is not None and (obj is None or self.has_change_permission(request, obj)):
            kwargs["form"] = account_form(spec, is_new=obj is None)
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return [name for name in super().get_fields(request, obj) if name not in self.readonly_fields]
        if not self.has_change_permission(request, obj):
            return [*_KNOWN, *self.readonly_fields]
        return super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return super().get_readonly_fields(request, obj) if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is of a gateway that is gone can only be read."""
        is_known = obj is None or registry.spec_of(obj.gateway) is not None
        return is_known and super().has_change_permission(request, obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        chosen = self.spec(request, None)
        links = [(spec.label, f"?gateway={spec.name}", spec is chosen) for spec in _specs()]
        made: HttpResponse = super().add_view(request, form_url, {"gateways": links, **(extra_context or {})})
        return made

    def save_model(self, request: HttpRequest, obj: GatewayAccount, form: AccountForm, change: bool) -> None:
        given = form.cleaned_data
        secrets = {"credentials": form.credentials(given), "webhook_secret": given["webhook_secret"]}
        if change:
            before = GatewayAccount.objects.get(pk=obj.pk)
            change_account(account=before, values={name: given[name] for name in _KNOWN}, **secrets)
            return
        made = create_account(gateway=form.spec.name, **{name: given[name] for name in _KNOWN if name != "is_active"}, **secrets)
        if not given["is_active"]:
            change_account(account=made, values={"is_active": False})
        obj.pk, obj.gateway = made.pk, made.gateway

    def get_urls(self) -> list[URLPattern]:
        own = path("rotation/", self.admin_site.admin_view(self.rotation_page), name="gateways_rotation")
        return [own, *super().get_urls()]

    def rotation_page(self, request: HttpRequest) -> HttpResponse:
        """How the payments of all merchants were spread over the accounts."""
        if not can(request, LOOK):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Rotation",
            "turns": rotation(days=_ROTATION_DAYS),
            "days": _ROTATION_DAYS,
        }
        return TemplateResponse(request, "admin/rotation_page.html", context)


def _specs() -> list[Spec]:
    return sorted(registry.specs(), key=lambda spec: spec.label)


def _switch_assignment(request: HttpRequest, row: GatewayAssignment, given: Given) -> str:
    changed = change_assignment(assignment=row, values={"is_active": not row.is_active})
    return "On from the next payment." if changed.is_active else "Off from the next payment."


@admin.register(GatewayAssignment)
class GatewayAssignmentAdmin(StaffAdmin):
    list_display = (
        "merchant", "rotation_order", "account", "weight", "daily_limit", "is_active", "circuit", "failures", "last_used_at",
    )  # fmt: skip
    list_filter = ("is_active", by_merchant(), "account")
    related = ("merchant", "account")
    search_fields = ("pk",)
    search_help_text = "A merchant's e-mail address, name or number"
    ordering = ("-merchant", "rotation_order")
    form = AssignmentForm
    autocomplete_fields = ("merchant", "account")
    add_act = change_act = delete_act = _ACT
    doings = (
        Doing("switch", "Switch on or off", _ACT, _switch_assignment, "What is on goes off, what is off goes on, for this merchant."),
    )

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return of_merchant(rows, term)

    @admin.display(description="circuit")
    def circuit(self, row: GatewayAssignment) -> str:
        if row.open_until is None:
            return "Closed"
        return f"Open until {clock.iso(row.open_until)}" if circuits.is_open(row, clock.now(row.merchant)) else "Half open"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = ("merchant", "account", "rotation_order", "circuit", "failures", "last_used_at") if obj else ()
        return [*super().get_readonly_fields(request, obj), *fixed]

    def save_model(self, request: HttpRequest, obj: GatewayAssignment, form: Any, change: bool) -> None:
        given = form.cleaned_data
        if change:
            change_assignment(assignment=obj, values={name: given[name] for name in ("weight", "daily_limit", "is_active")})
            return
        made = assign(merchant=obj.merchant, account=obj.account, weight=given["weight"], daily_limit=given["daily_limit"])
        if not given["is_active"]:
            change_assignment(assignment=made, values={"is_active": False})
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: GatewayAssignment) -> None:
        unassign(merchant=obj.merchant, account=obj.account)


def _change_mode(request: HttpRequest, policy: RoutingPolicy, given: Given) -> str:
    changed = change_policy.change_mode(merchant=policy.merchant, mode=Mode(given["mode"]))
    return f"{changed.get_mode_display()} from the next payment."


def _reset(request: HttpRequest, policy: RoutingPolicy, given: Given) -> str:
    change_policy.reset_position(merchant=policy.merchant)
    return "The next payment goes to the first in turn."


def _advance(request: HttpRequest, policy: RoutingPolicy, given: Given) -> str:
    return f"The turn of place {change_policy.advance_position(merchant=policy.merchant).position} is passed over."


def _toggle_daily_reset(request: HttpRequest, policy: RoutingPolicy, given: Given) -> str:
    changed = change_policy.toggle_daily_reset(merchant=policy.merchant)
    return "Each day begins with the first in turn." if changed.resets_daily else "The turns go on from day to day."


def _reset_counters(request: HttpRequest, policy: RoutingPolicy, given: Given) -> str:
    change_policy.reset_daily_counters(merchant=policy.merchant)
    return "What was collected today no longer counts to the day's limits."


@admin.register(RoutingPolicy)
class RoutingPolicyAdmin(StaffAdmin):
    list_display = ("merchant", "mode", "position", "resets_daily")
    list_filter = ("mode", by_merchant())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "A merchant's e-mail address, name or number"
    ordering = ("-id",)
    change_form_outer_after_template = "admin/rotation.html"
    doings = (
        Doing("change_mode", "Change mode", _ACT, _change_mode, "How the merchant's accounts are picked from now on.", form=ModeForm),
        Doing("reset_position", "Reset position", _ACT, _reset, "The first in turn is next."),
        Doing("advance_position", "Advance", _ACT, _advance, "The one whose turn it is loses it."),
        Doing("toggle_daily_reset", "Switch daily reset", _ACT, _toggle_daily_reset, "Whether each day begins with the first in turn."),
        Doing("reset_counters", "Reset the day's counters", _ACT, _reset_counters, "Makes room in the limits of this day."),
    )

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return of_merchant(rows, term)

    def beside(self, request: HttpRequest, row: RoutingPolicy) -> dict[str, Any]:
        assignments = f"{reverse('admin:gateways_gatewayassignment_changelist')}?merchant__id__exact={row.merchant_id}"
        return {"turns": rotation(days=_ROTATION_DAYS, merchant=row.merchant), "days": _ROTATION_DAYS, "assignments": assignments}
