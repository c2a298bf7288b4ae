"""An endpoint's secret in clear, for the one page that follows its making."""

from mypay.kit.crypto import decrypt
from webhooks.models import Endpoint
from webhooks.services.attempt import SECRET_CONTEXT


def show_secret(endpoint: Endpoint) -> str:
    """The secret as its owner was promised to see it once; the caller makes sure of the once."""
    return decrypt(endpoint.secret_encrypted, context=SECRET_CONTEXT)
