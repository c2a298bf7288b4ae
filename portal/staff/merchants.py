"""Merchants, as staff open, change and help them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminURLInputWidget

from ledger.models import MerchantBalance
from ledger.services.top_up import top_up
from merchants.finding import find_merchants
from merchants.models import ApiKey, Member, Merchant
from merchants.services.change_email import change_email
from merchants.services.change_merchant import change_merchant
from merchants.services.reset_password import reset_password
from merchants.services.set_status import toggle_status
from merchants.states import Environment, MerchantStatus
from merchants.validation import checked_email, checked_webhook_url
from mypay.kit.admin import Doing, Given, StaffAdmin
from mypay.kit.errors import ApiError, ValidationError
from mypay.kit.money import InvalidAmount, to_minor, to_text
from portal.api.admin_selectors import figures
from portal.services.open_merchant import open_merchant
from portal.staff.forms import EmailForm, NewMerchantForm, TopUpForm

_FIGURES_SECONDS = 60
_TAKEN = "Email is already in use by another merchant"
_MAX_DIGITS = 13
_MOST = 10**18
_LINKS = (
    ("Payments", "payments_checkout"), ("Payouts", "payouts_payout"), ("Settlements", "payments_settlement"),
    ("Endpoints", "webhooks_endpoint"), ("Deliveries", "webhooks_delivery"), ("Balances", "ledger_merchantbalance"),
    ("API keys", "merchants_apikey"), ("People", "merchants_member"), ("Scenarios", "sandbox_rule"),
    ("Gateways", "gateways_gatewayassignment"), ("Routing", "gateways_routingpolicy"),
)  # fmt: skip


class MerchantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A merchant's own data; its URL must be one that we would call."""

    webhook_url = forms.URLField(
        label="Webhook URL", required=False, max_length=2048, assume_scheme="https", widget=UnfoldAdminURLInputWidget
    )

    class Meta:
        model = Merchant
        fields = ("company_name", "name", "status", "webhook_url")

    def clean_webhook_url(self) -> str:
        try:
            return checked_webhook_url(self.cleaned_data["webhook_url"])
        except ApiError as refused:
            raise forms.ValidationError(refused.message) from None


class _FiguredList(ChangeList):  # type: ignore[misc]
    """The figures of the page's merchants, and of no others: two queries, and none again for a minute."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        key = f"admin-figures-{'-'.join(str(row.pk) for row in rows)}"
        found = cache.get(key) if rows else {}
        if found is None:
            found = figures(rows)
            cache.set(key, found, _FIGURES_SECONDS)
        for row in rows:
            row.figures = found.get(row.pk, {})
        self.result_list = rows


def _toggle(request: HttpRequest, merchant: Merchant, given: Given) -> str:
    changed = toggle_status(merchant=merchant)
    return f"{changed.company_name} is {changed.get_status_display().lower()} now: its keys and logins follow at once."


def _change_email(request: HttpRequest, merchant: Merchant, given: Given) -> str:
    change_email(merchant=merchant, email=checked_email(given["email"]), taken=_TAKEN, end_sessions=True)
    return "The address is changed, and its owner has to sign in again."


def _set_password(request: HttpRequest, merchant: Merchant, given: Given) -> str:
    login = reset_password(merchant=merchant)
    return f"{login.email}\n{login.password}"


def _top_up(request: HttpRequest, merchant: Merchant, given: Given) -> str:
    currency = given["currency"]
    if merchant.environment != Environment.SANDBOX:
        raise ValidationError("Only a sandbox merchant's money can be made up", field="currency")
    try:
        amount = to_minor(given["amount"], currency, max_integer_digits=_MAX_DIGITS)
    except InvalidAmount as problem:
        raise ValidationError(f"The amount is {problem}", field="amount") from None
    held = MerchantBalance.objects.filter(merchant=merchant, currency=currency).values_list("available", flat=True).first() or 0
    if held + amount > _MOST:
        raise ValidationError("That is more than a balance can hold", field="amount")
    top_up(merchant=merchant, currency=currency, amount=amount, description="Top-up by staff")
    return f"{currency} {to_text(amount, currency)} added."


@admin.register(Merchant)
class MerchantAdmin(StaffAdmin):
    list_display = ("vendor_id", "company_name", "name", "email", "status", "payments", "volume", "payouts", "paid_out", "created_at")
    list_filter = ("status", "environment")
    list_per_page = 20
    related = ("parent",)
    search_fields = ("email",)
    search_help_text = "A number, or part of a company, name or e-mail address"
    ordering = ("-id",)
    form = MerchantForm
    fields = ("company_name", "name", "status", "webhook_url", "email", "environment", "parent", "uuid", "created_at", "updated_at")
    readonly_fields = ("email", "environment", "parent", "uuid", "created_at", "updated_at")
    change_form_outer_after_template = "admin/merchant_beside.html"
    add_act = change_act = "merchants"
    doings = (
        Doing("toggle_status", "Activate or deactivate", "merchants", _toggle, "Active becomes inactive, anything else active."),
        Doing(
            "change_email", "Change e-mail address", "merchants", _change_email,
            "The merchant's address and its owner's login change; the owner's sessions end.", form=EmailForm, in_bulk=False,
        ),
        Doing(
            "set_password", "Set new password", "merchants", _set_password,
            "The owner gets a new password, shown once; the old one and all sessions end.", is_grave=True, in_bulk=False, shows_once=True,
        ),
        Doing("top_up", "Top up", "merchants", _top_up, "Adds money from outside to what is available.",
              lambda merchant: merchant.environment == Environment.SANDBOX, form=TopUpForm),
    )  # fmt: skip

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _FiguredList

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(pk__in=find_merchants(term).order_by().values("pk"))

    def payments(self, merchant: Any) -> str:
        return f"{merchant.figures['transactionCount']:,}"

    def payouts(self, merchant: Any) -> str:
        return f"{merchant.figures['payoutCount']:,}"

    @admin.display(description="collected, PKR")
    def volume(self, merchant: Any) -> str:
        return f"{merchant.figures['totalVolume']:,.2f}"

    @admin.display(description="paid out, PKR")
    def paid_out(self, merchant: Any) -> str:
        return f"{merchant.figures['totalPayoutVolume']:,.2f}"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Opens a merchant that can work at once; its credentials are shown once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewMerchantForm(request.POST if request.method == "POST" else None)
        opened = None
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                opened = open_merchant(
                    email=checked_email(given["email"]),
                    name=given["name"],
                    company_name=given["company_name"],
                    webhook_url=given["webhook_url"],
                )
            except ApiError as refused:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        shown = {**self.admin_site.each_context(request), "title": "New merchant", "opts": self.opts, "form": form, "opened": opened}
        return TemplateResponse(request, "admin/new_merchant.html", shown, status=400 if form.errors else 200)

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: bool) -> None:
        given = form.cleaned_data
        kept = Merchant.objects.get(pk=obj.pk)
        change_merchant(
            merchant=kept,
            name=given["name"],
            company_name=given["company_name"],
            webhook_url=given["webhook_url"],
            status=MerchantStatus(given["status"]),
        )

    def beside(self, request: HttpRequest, row: Merchant) -> dict[str, Any]:
        links = [(label, f"{reverse(f'admin:{name}_changelist')}?merchant__id__exact={row.pk}") for label, name in _LINKS]
        links += [
            ("Transfers", f"{reverse('admin:ledger_transfer_changelist')}?q=MERCHANT_{row.pk:06d}"),
            ("API requests", f"{reverse('admin:audit_apirequest_changelist')}?q=merchant+{row.pk}"),
            ("Audit trail", f"{reverse('admin:audit_auditentry_changelist')}?q=merchant+{row.pk}"),
        ]
        return {
            "links": links,
            "balances": list(MerchantBalance.objects.filter(merchant=row).order_by("currency")),
            "keys": list(ApiKey.objects.filter(merchant=row).order_by("-pk")[:10]),
            "people": list(Member.objects.filter(merchant=row).select_related("user").order_by("pk")[:20]),
        }
