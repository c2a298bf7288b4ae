"""The base of admin pages: who may see them, lists that stay cheap, and acts upon what they show.

A staff role allows acts by name (`merchants.states.STAFF_ROLES`); the user answers `can(act)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets, helpers
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Field, QuerySet, UUIDField
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from mypay.kit.errors import ApiError
from mypay.kit.ids import first_uuid7, is_uuid
from mypay.kit.money import to_text

Given = Mapping[str, Any]
LOOK = "look"
COUNTED = 10_000
_MAX_REASON = 200


def can(request: HttpRequest, act: str) -> bool:
    """Whether the signed-in user is staff in a role that may do that."""
    asked: Callable[[str], bool] | None = getattr(request.user, "can", None)
    return asked is not None and asked(act)


class CheapPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than the first thousands: beyond them a filter helps more than a page number."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:COUNTED].count())


class DayFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another, both whole. Rows whose id tells their time are found by it, on the primary key."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (self.day(end) for end in ("from", "to"))
        by_id = isinstance(queryset.model._meta.pk, UUIDField)
        name = "pk" if by_id else str(self.parameter_name)
        if first is not None:
            queryset = queryset.filter(**{f"{name}__gte": first_uuid7(first) if by_id else first})
        if last is not None:
            end = last + timedelta(days=1)
            queryset = queryset.filter(**{f"{name}__lt": first_uuid7(end) if by_id else end})
        return queryset

    def day(self, end: str) -> datetime | None:
        """The day that was asked for as `from` or `to`; None for none and for what is no day."""
        value = self.used_parameters.get(f"{self.parameter_name}_{end}")
        try:
            return datetime.fromisoformat(f"{str(value).strip()[:10]}T00:00:00+00:00") if value else None
        except ValueError:
            return None


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        max_length=_MAX_REASON, required=False, help_text="Kept in the audit trail.", widget=UnfoldAdminTextInputWidget
    )


@dataclass(frozen=True)
class Doing:
    """Something staff do to a row, from its page or for many rows from the list.

    `perform(request, row, given)` does it and answers in words what came of it, or raises ApiError; `given` is what `form`
    asks for. `applies(row)` tells whether it is offered on the row's page. `shows_once` is set where the words are a secret,
    to be shown on a page once.
    """

    name: str
    label: str
    act: str
    perform: Callable[[HttpRequest, Any, Given], str]
    help: str = ""
    applies: Callable[[Any], bool] = lambda row: True
    form: type[forms.Form] = forms.Form
    is_grave: bool = False
    in_bulk: bool = True
    shows_once: bool = False


class StaffAdmin(ModelAdmin):  # type: ignore[misc]
    """Look, filter, search, and do what is listed in `doings`; add, change and delete only by an act that allows it.

    Nothing sorts or counts a huge table. `find` answers a search by indexes.
    """

    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = CheapPaginator
    list_select_related = ()  # else a relation in the list is joined, and MariaDB sorts the whole table for fifty rows
    list_per_page = 50
    list_max_show_all = 50
    sortable_by: tuple[str, ...] = ()
    list_filter_submit = True
    list_disable_select_all = True
    change_form_outer_before_template = "admin/doings.html"
    actions_on_bottom = False
    add_act = change_act = delete_act = ""
    look_act = LOOK
    related: tuple[str, ...] = ()
    amounts: Mapping[str, str] = {}  # of minor units, each with the column that shows it with its places
    doings: tuple[Doing, ...] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can(request, self.look_act)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can(request, self.look_act)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.add_act) and can(request, self.add_act)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.change_act) and can(request, self.change_act)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.delete_act) and can(request, self.delete_act)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(*self.related) if self.related else rows

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(dict.fromkeys(self.amounts.get(name, name) for name in super().get_fields(request, obj)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *self.amounts.values()]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit trail is the one log."""

    log_change = log_addition

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """As `log_addition`."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What the audit trail says of the object."""
        return redirect(f"{reverse('admin:audit_auditentry_changelist')}?q={object_id}")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()[:255]
        return (self.find(queryset, term) if term and "\x00" not in term else queryset), False

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """The row of that id; pages whose rows are known by more say so."""
        return of_id(rows, term)

    # What staff do.

    def called(self, row: Any) -> str:
        """What messages call the row."""
        return str(row)

    def offered(self, request: HttpRequest, row: Any) -> list[tuple[Doing, str]]:
        """What may be done to the row by who asks, each with its page."""
        return [(doing, self.doing_url(doing, row)) for doing in self.doings if can(request, doing.act) and doing.applies(row)]

    def doing_url(self, doing: Doing, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{doing.name}", args=(row.pk,))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        more = {"doings": self.offered(request, row), **self.beside(request, row)} if row is not None else {}
        response: HttpResponse = super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
        return response

    def beside(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What else the row's page shows."""
        return {}

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{doing.name.replace('_', '-')}/",
                self.admin_site.admin_view(self._page(doing)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{doing.name}",
            )
            for doing in self.doings
        ]
        found: list[URLPattern] = [*own, *super().get_urls()]
        return found

    def _page(self, doing: Doing) -> Callable[..., HttpResponseBase]:
        """Asks on GET, does on POST."""

        @require_http_methods(["GET", "POST"])
        def page(request: HttpRequest, object_id: str) -> HttpResponseBase:
            if not can(request, doing.act):
                raise PermissionDenied
            row = self.get_object(request, object_id)
            if row is None:
                raise Http404
            form = _form(doing, request)
            if request.method == "POST" and form.is_valid():
                try:
                    said = doing.perform(request, row, form.cleaned_data)
                except ApiError as refused:
                    form.add_error(refused.field if refused.field in form.fields else None, refused.message)
                else:
                    if doing.shows_once:
                        return self._ask(request, doing, form, [row], said=said)
                    self.message_user(request, said, messages.SUCCESS)
                    return redirect(self._back(row))
            return self._ask(request, doing, form, [row])

        return page

    def _back(self, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(row.pk,))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        bulk = [doing for doing in self.doings if doing.in_bulk and can(request, doing.act)]
        return {doing.name: (_bulk(doing), doing.name, doing.label) for doing in bulk}

    def do_many(self, request: HttpRequest, doing: Doing, rows: QuerySet[Any]) -> HttpResponse | None:
        """Ask once for all that are chosen, then tell of each what became of it."""
        if not can(request, doing.act):
            raise PermissionDenied
        chosen = list(rows)
        form = _form(doing, request, is_sent="confirmed" in request.POST)
        if not (form.is_bound and form.is_valid()):
            return self._ask(request, doing, form, chosen, is_bulk=True)
        for row in chosen:
            try:
                said, level = doing.perform(request, row, form.cleaned_data), messages.SUCCESS
            except ApiError as refused:
                said, level = refused.message, messages.ERROR
            self.message_user(request, f"{self.called(row)}: {said}", level)
        return None

    def _ask(
        self, request: HttpRequest, doing: Doing, form: forms.Form, rows: list[Any], *, said: str = "", is_bulk: bool = False
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": doing.label,
            "opts": self.opts,
            "doing": doing,
            "form": form,
            "rows": [(row.pk, self.called(row)) for row in rows],
            "said": said,
            "is_bulk": is_bulk,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist") if is_bulk else self._back(rows[0]),
        }
        status = 400 if form.is_bound and form.errors else 200
        return TemplateResponse(request, "admin/doing.html", context, status=status)


class ReadOnlyAdmin(StaffAdmin):
    """Look, filter, search; nothing is edited."""


def _form(doing: Doing, request: HttpRequest, *, is_sent: bool | None = None) -> forms.Form:
    sent = request.method == "POST" if is_sent is None else is_sent
    return doing.form(request.POST if sent else None)


def _bulk(doing: Doing) -> Callable[..., HttpResponse | None]:
    def act(admin: StaffAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        return admin.do_many(request, doing, rows)

    return act


def of_id(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """The row of that id, none for what is no id of theirs."""
    key: Field[Any, Any] = rows.model._meta.pk
    if isinstance(key, UUIDField):
        return rows.filter(pk=term) if is_uuid(term) else rows.none()
    return rows.filter(pk=int(term)) if term.isascii() and term.isdigit() and len(term) < 19 else rows.none()


def money(name: str, description: str = "") -> Any:
    """A column of minor units, shown with its places; of a row with a `currency`."""

    def column(self: Any, row: Any) -> str:
        return f"{row.currency} {to_text(getattr(row, name), row.currency)}"

    column.short_description = description or name.replace("_", " ")  # type: ignore[attr-defined]
    return column


def by_merchant() -> tuple[str, Any]:
    """The filter that asks for a merchant by name."""
    return ("merchant", AutocompleteSelectFilter)


def by_day(name: str = "created_at") -> tuple[str, Any]:
    """The filter from one day to another."""
    return (name, DayFilter)
