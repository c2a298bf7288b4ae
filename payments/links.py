"""Where the payment page is, and where the browser goes after it (contract sections 4 and 5)."""

from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from mypay.settings import environment
from payments.models import Checkout


def page_url(checkout: Checkout) -> str:
    """The hosted page."""
    return f"{environment.CHECKOUT_BASE_URL}/{checkout.pk}"


def waiting_url(checkout: Checkout) -> str:
    """Where a payer goes who is asked for more, or whose rail takes its time."""
    return f"{page_url(checkout)}/confirm"


def gateway_return_url(checkout: Checkout, order_id: UUID) -> str:
    """Where the payer's browser comes back to from a gateway's page."""
    return f"{page_url(checkout)}/return/{order_id}"


def bare_return_url(checkout: Checkout) -> str:
    """The merchant's return URL as it gave it, else our own result page."""
    return checkout.return_url or f"{page_url(checkout)}/result"


def return_url(checkout: Checkout) -> str:
    """The return URL told of the status; with `&` if it has a query already, before any fragment."""
    parts = urlsplit(bare_return_url(checkout))
    told = urlencode({"status": str(checkout.status), "checkoutId": str(checkout.pk)})
    return urlunsplit(parts._replace(query=f"{parts.query}&{told}" if parts.query else told))
