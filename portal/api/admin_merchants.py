"""Merchants, as staff see and change them (contract section 7, merchants)."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from merchants.models import Merchant
from merchants.selectors import get_merchant
from merchants.services.change_email import change_email
from merchants.services.change_merchant import change_merchant
from merchants.services.reset_password import reset_password
from merchants.services.set_status import toggle_status
from merchants.states import MerchantStatus, StaffAct
from merchants.validation import checked_email, checked_text, checked_webhook_url
from mypay.kit.clock import iso
from mypay.kit.errors import ValidationError
from mypay.kit.money import to_text
from payments.models import Checkout
from payouts.models import Payout
from portal.api import admin_schema as schema
from portal.api import admin_selectors as selectors
from portal.api.base import AdminView, ok
from portal.api.render import b
from portal.services.open_merchant import open_merchant


class MerchantsView(AdminView):
    @extend_schema(**schema.MERCHANTS)
    def get(self, request: Request) -> HttpResponse:
        """All merchants with their counts and completed volumes."""
        rows, total = selectors.list_merchants(request.query_params)
        figures = selectors.figures(rows)
        return ok({"merchants": [{**b(row), **_times(row), **figures[row.pk]} for row in rows], "total": total})

    @extend_schema(**schema.ADD_MERCHANT)
    def post(self, request: Request) -> HttpResponse:
        """A new merchant with both keys and a balance; its credentials are shown this once."""
        self.require(StaffAct.MERCHANTS)
        email, name = self.text("email"), self.text("name")
        if not email or not name:
            raise ValidationError("Email and name are required", field="name" if email else "email")
        name = checked_text(name, "name")
        company = self.text("company_name", "companyName")
        opened = open_merchant(
            email=checked_email(email),
            name=name,
            company_name=checked_text(company, "company_name") if company else name,
            webhook_url=checked_webhook_url(self.body.get("webhookUrl", self.body.get("webhook_url"))),
        )
        credentials = {
            "email": opened.login.email,
            "password": opened.login.password,
            "payment_api_key": opened.payment_key,
            "payout_api_key": opened.payout_key,
        }
        made = {**b(opened.merchant), "createdAt": iso(opened.merchant.created_at)}
        return ok({"message": "Merchant created successfully", "merchant": made, "credentials": credentials}, status=201)


class OneMerchantView(AdminView):
    """A route about one merchant."""

    def found(self, merchant_id: str) -> Merchant:
        """Raises ValidationError (400 `Invalid merchant ID`) or NotFound (404 `Merchant not found`)."""
        return get_merchant(selectors.merchant_id(merchant_id))


class MerchantView(OneMerchantView):
    @extend_schema(**schema.MERCHANT)
    def get(self, request: Request, merchant_id: str) -> HttpResponse:
        """One merchant, its newest transactions and payouts, its keys masked."""
        found = self.found(merchant_id)
        more = {
            "recentTransactions": [_recent(row, "created_at") for row in selectors.recent(Checkout, found)],
            "recentPayouts": [_recent(row, "createdAt") for row in selectors.recent(Payout, found)],
            "apiKeys": [
                {"api_key": row.hint, "is_active": row.is_active, "created_at": iso(row.created_at)} for row in selectors.all_keys(found)
            ],
        }
        return ok({"merchant": {**b(found), **_times(found), **more}})

    @extend_schema(**schema.CHANGE_MERCHANT)
    def put(self, request: Request, merchant_id: str) -> HttpResponse:
        """Change a merchant's details or status; what is absent stays."""
        self.require(StaffAct.MERCHANTS)
        merchant = self.found(merchant_id)
        name, company = self.body.get("name"), self.body.get("company_name", self.body.get("companyName"))
        has_url, url = self._webhook_url()
        details = {
            "name": None if name is None else checked_text(name, "name"),
            "company_name": None if company is None else checked_text(company, "company_name"),
            "webhook_url": checked_webhook_url(url) if has_url else None,
        }
        changed = change_merchant(merchant=merchant, status=self._status(merchant), **details)
        told = {**b(changed), "updatedAt": iso(changed.updated_at)}
        return ok({"message": "Merchant updated successfully", "merchant": told})

    def _webhook_url(self) -> tuple[bool, Any]:
        """Whether one is given, and it: null takes the URL away."""
        named = [name for name in ("webhookUrl", "webhook_url") if name in self.body]
        return bool(named), self.body[named[0]] if named else None

    def _status(self, merchant: Merchant) -> MerchantStatus:
        """`status`, else `isActive`, else as it is: one truth (contract section 12, bug 21)."""
        status, active = self.body.get("status"), self.body.get("isActive")
        if status is not None:
            if status not in MerchantStatus.values:
                raise ValidationError(f"status must be one of {', '.join(MerchantStatus.values)}", field="status")
            return MerchantStatus(status)
        if active is not None and not isinstance(active, bool):
            raise ValidationError("isActive must be true or false", field="isActive")
        if active is None or active == merchant.is_active:
            return MerchantStatus(merchant.status)
        return MerchantStatus.ACTIVE if active else MerchantStatus.INACTIVE


class ToggleStatusView(OneMerchantView):
    @extend_schema(**schema.TOGGLE)
    def post(self, request: Request, merchant_id: str) -> HttpResponse:
        """Active becomes inactive, anything else active; keys and logins follow at once."""
        self.require(StaffAct.MERCHANTS)
        merchant = toggle_status(merchant=self.found(merchant_id))
        message = f"Merchant {'activated' if merchant.is_active else 'deactivated'} successfully"
        told = {"id": merchant.pk, "isActive": merchant.is_active, "status": str(merchant.status)}
        return ok({"message": message, "merchant": told})


class ResetPasswordView(OneMerchantView):
    @extend_schema(**schema.RESET_PASSWORD)
    def post(self, request: Request, merchant_id: str) -> HttpResponse:
        """A new password for the owner, shown this once; the old one and its tokens end at once."""
        self.require(StaffAct.MERCHANTS)
        login = reset_password(merchant=self.found(merchant_id))
        return ok({"message": "Password reset successfully", "credentials": {"email": login.email, "password": login.password}})


class EmailView(OneMerchantView):
    @extend_schema(**schema.CHANGE_EMAIL)
    def put(self, request: Request, merchant_id: str) -> HttpResponse:
        """A new e-mail address for the merchant and its owner's login, at once."""
        self.require(StaffAct.MERCHANTS)
        found = self.found(merchant_id)
        taken = "Email is already in use by another merchant"
        merchant = change_email(merchant=found, email=checked_email(self.body.get("email")), taken=taken, end_sessions=True)
        return ok({"message": "Email updated successfully", "merchant": {"id": merchant.pk, "email": merchant.email}})


def _times(merchant: Merchant) -> dict[str, str]:
    return {"createdAt": iso(merchant.created_at), "updatedAt": iso(merchant.updated_at)}


def _recent(row: Checkout | Payout, made: str) -> dict[str, Any]:
    """Amounts are text here, as the original's are."""
    return {"id": str(row.pk), "amount": to_text(row.amount, row.currency), "status": str(row.status), made: iso(row.created_at)}
