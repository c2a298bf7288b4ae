"""API keys: the list, one in clear, and those issued, rotated and revoked."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from merchants.addresses import read_addresses
from merchants.key_forms import CORE_SCOPES, KEY_FORMS
from merchants.models import ApiKey, Member
from merchants.selectors import api_keys
from merchants.services.issue_key import issue_key, reveal_key, revoke_key
from merchants.services.rotate_key import rotate_key
from merchants.states import Act, Scope, may
from mypay.kit import clock
from portal import selectors
from portal.access import acting, confirmed, member_page
from portal.developer_forms import KeyForm, OverlapForm, attempt
from portal.forms import ConfirmPasswordForm
from portal.pages.sign_in import waiting
from portal.parts import Detail, details

_FORM = ["GET", "HEAD", "POST"]
_ISSUED = "issued_keys"


@require_safe
@member_page
def keys(request: HttpRequest, member: Member) -> HttpResponse:
    """The merchant's API keys, masked, and how to use them."""
    now = clock.real_now()
    rows = api_keys(member.merchant)
    shown = {
        "keys": [(row, _status(row, now)) for row in rows],
        "base_url": _base_url(request, Scope.PAYOUTS),
        "vendors": [(scope.label, _base_url(request, scope), form.use) for scope, form in KEY_FORMS.items() if scope not in CORE_SCOPES],
        "may_reveal": may(member.role, Act.REVEAL_KEYS),
        "may_manage": may(member.role, Act.MANAGE_KEYS),
    }
    return render(request, "portal/keys.html", {"member": member, **shown})


def _base_url(request: HttpRequest, scope: Scope) -> str:
    """Where the API of that scope is."""
    return f"{request.scheme}://{request.get_host()}{KEY_FORMS[scope].path}"


def _status(row: ApiKey, now: object) -> tuple[str, str]:
    """Its badge's class and words."""
    if row.expires_at is None:
        return "success", "Works"
    return ("failed", "Expired") if row.expires_at <= now else ("retry", "Ends")  # type: ignore[operator]


@sensitive_post_parameters("password")
@require_http_methods(_FORM)
@member_page
def key(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """One key: asks for the user's password, then shows the key in clear on that one answer."""
    row = selectors.api_key(member.merchant, pk)
    if not may(member.role, Act.REVEAL_KEYS):
        raise PermissionDenied
    form = ConfirmPasswordForm(request.POST if request.method == "POST" else None, member=member)
    shown = {"member": member, "key": row, "form": form, "rows": _details(row), "may_manage": may(member.role, Act.MANAGE_KEYS)}
    if request.method != "POST":
        return render(request, "portal/key.html", shown)
    if not form.is_valid():
        return waiting(render(request, "portal/key.html", shown, status=400), form.wait)
    return render(request, "portal/key.html", {**shown, "clear": _clear(request, row)})


def _clear(request: HttpRequest, row: ApiKey) -> dict[str, object]:
    """The key in clear, by its parts, and where to put it; the reveal is audited."""
    revealed = reveal_key(row)
    parts = [("Key id", revealed.key), ("Key secret", revealed.secret)] if revealed.secret else [("Key", revealed.key)]
    if revealed.public_key:
        parts.append(("Public key", revealed.public_key))
    scope = Scope(row.scope)
    return {"key": row, "parts": parts, "use": KEY_FORMS[scope].use, "base_url": _base_url(request, scope)}


def _details(row: ApiKey) -> list[Detail]:
    return details(
        Detail("Key id" if row.secret_encrypted else "Key", row.hint, is_code=True, copies=bool(row.secret_encrypted)),
        Detail("Opens", row.get_scope_display()),
        Detail("Label", row.label),
        Detail("Created", at=row.created_at),
        Detail("Expires", at=row.expires_at) if row.expires_at else Detail("Expires", "Never"),
        Detail("Last used", at=row.last_used_at) if row.last_used_at else Detail("Last used", "Not yet"),
        Detail("Works from", row.allowed_ips.replace(" ", ", ") or "Anywhere"),
    )


@require_http_methods(_FORM)
@acting(Act.MANAGE_KEYS)
@confirmed
def new_key(request: HttpRequest, member: Member) -> HttpResponse:
    """Issue a key of each API chosen; they are shown on the page that follows, once."""
    form = KeyForm(request.POST if request.method == "POST" else None, initial={"scopes": [Scope.PAYOUTS.value]})
    if request.method == "POST" and form.is_valid():
        addresses = attempt(form, lambda: read_addresses(form.cleaned_data["allowed_ips"]))
        if addresses is not None:
            until = clock.real_now() + form.life if form.life else None
            made = [
                issue_key(
                    merchant=member.merchant, scope=Scope(scope), label=form.cleaned_data["label"], expires_at=until, allowed_ips=addresses
                )
                for scope in form.cleaned_data["scopes"]
            ]
            return _show_once(request, [issued.row for issued in made])
    shown = {"member": member, "form": form}
    return render(request, "portal/key_new.html", shown, status=400 if form.errors else 200)


@require_safe
@acting(Act.MANAGE_KEYS)
def issued_keys(request: HttpRequest, member: Member) -> HttpResponse:
    """The keys that this session has just issued, in clear, this once."""
    made = request.session.pop(_ISSUED, [])
    rows = [row for row in api_keys(member.merchant) if row.pk in made]
    return render(request, "portal/keys_issued.html", {"member": member, "keys": [_clear(request, row) for row in rows]})


def _show_once(request: HttpRequest, rows: list[ApiKey]) -> HttpResponse:
    request.session[_ISSUED] = [row.pk for row in rows]
    return redirect("portal:keys-issued")


@require_http_methods(_FORM)
@acting(Act.MANAGE_KEYS)
@confirmed
def rotate(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """A new key for this one, which goes on working for as long as is chosen."""
    row = selectors.api_key(member.merchant, pk)
    form = OverlapForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = rotate_key(row=row, overlap=form.span)
        return _show_once(request, [made.row])
    shown = {"member": member, "key": row, "form": form, "rows": _details(row)}
    return render(request, "portal/key_rotate.html", shown, status=400 if form.errors else 200)


@require_http_methods(_FORM)
@acting(Act.MANAGE_KEYS)
@confirmed
def revoke(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Asks once more, then the key opens nothing."""
    row = selectors.api_key(member.merchant, pk)
    if request.method == "POST":
        revoke_key(row)
        messages.success(request, f"The key {row.hint} is revoked.")
        return redirect("portal:keys")
    return render(request, "portal/key_revoke.html", {"member": member, "key": row, "rows": _details(row)})
