"""Register as a merchant (contract section 6, POST auth/register)."""

import re
from typing import Any

from merchants.selectors import require_feature
from merchants.states import FlagKey
from merchants.validation import checked_text
from mypay.kit.errors import ValidationError
from portal.services.open_merchant import Opened, open_merchant

DOMAIN = "mycodigital.io"
_USERNAME = re.compile(r"[A-Za-z]+", re.ASCII)
_MAX_USERNAME = 64  # the part of an address before the @


def register(*, company_name: Any, username: Any) -> Opened:
    """A merchant named by its username at the house's domain; raises ValidationError with the contract's messages.

    Raises Forbidden (403, FEATURE_OFF) while staff have switched self-registration off.
    """
    require_feature(FlagKey.SELF_REGISTRATION)
    if not company_name or not username:
        missing = "username" if company_name else "companyName"
        raise ValidationError("Company name and username are required", field=missing)
    company = checked_text(company_name, "companyName")
    if not isinstance(username, str) or not _USERNAME.fullmatch(username):
        raise ValidationError("Username must contain only alphabets (a-z, A-Z) with no spaces", field="username")
    if len(username) > _MAX_USERNAME:
        raise ValidationError(f"Username must be at most {_MAX_USERNAME} letters", field="username")
    try:
        return open_merchant(email=address(username), name=username, company_name=company)
    except ValidationError as refused:
        if refused.field != "email":
            raise
        raise ValidationError("Username already taken. Please choose a different username.", field="username") from None


def address(username: str) -> str:
    """The e-mail address that goes with a username; an address stays as it is (section 10: sign in by either)."""
    return username if "@" in username else f"{username.strip().lower()}@{DOMAIN}"
