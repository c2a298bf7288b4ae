"""The names of settings in the documents that MyPay answers for: what each is called here.

Another name for a setting of ours is understood (`environment` names it beside the setting); what
means something that is set elsewhere is refused at the start, with the place; what has nothing left
to decide is taken and has no effect. A name that nothing here knows is none of ours.
"""

import os
import re
from collections.abc import Iterator

SERVICE_PORTS = {
    "payout-api": ("PAYOUT_API_PORT", 4001),
    "payment-api": ("PAYMENT_API_PORT", 4002),
    "ipn": ("IPN_PORT", 4003),
    "merchant-portal": ("MERCHANT_PORTAL_PORT", 4010),
    "admin-portal": ("ADMIN_PORTAL_PORT", 4011),
    "mock-providers": ("MOCK_PROVIDERS_PORT", 3001),
}
DOMAINS = ("SANDBOX_DOMAIN", "MOCK_DOMAIN", "DEVPORTAL_DOMAIN", "DEVADMIN_DOMAIN", "CHECKOUT_DOMAIN")

_GATEWAY = "keys of gateways are kept encrypted in the database, an account each: set a gateway account up"
_CHAIN = "no chain is served by this version; remove it"
_FILES = "files are kept in MYPAY_VAR: set MYPAY_VAR"
_LIMITS = "nginx counts requests (deploy/nginx), logins are slowed down by themselves; remove it"
REFUSED = {
    "ENCRYPTION_KEY": "use ENCRYPTION_KEYS, VERSION:BASE64 of 32 bytes (python manage.py make_secrets)",
    "SMS_PROVIDER": "use SMS_URL: console, or where an SMS is posted as JSON",
    "PAYSTACK_SECRET_KEY": _GATEWAY,
    "FLUTTERWAVE_SECRET_KEY": _GATEWAY,
    "MOCK_PROVIDERS_URL": "the simulator is built in; run MYPAY_SERVICE=mock-providers for its own port",
    "THROTTLE_TTL": _LIMITS,
    "THROTTLE_LIMIT": _LIMITS,
    "PUBLIC_RATE_LIMIT": _LIMITS,
    "AUTH_RATE_LIMIT": _LIMITS,
    "VERIFY_RATE_LIMIT": _LIMITS,
    "RETRY_DELAY": "use PAYOUT_RETRY_MS for payouts; the retries of webhooks are an endpoint's schedule",
    "MAX_RETRY_ATTEMPTS": "the retries of webhooks are an endpoint's schedule; of the original's, WEBHOOK_RETRY_ATTEMPTS",
    "SOLANA_NETWORK": _CHAIN,
    "SOLANA_RPC_URL": _CHAIN,
    "CHAIN_CONFIRMATIONS": _CHAIN,
    "KES_TO_USD_RATE": _CHAIN,
    "USD_TO_KES_RATE": _CHAIN,
}
# Every name that begins so: the documents give some of them as NAME_*.
REFUSED_FAMILIES = {
    "MINIO_": _FILES,
    "MPESA_": _GATEWAY,
    "SUPABASE_": "use DATABASE_URL",
    "TWILIO_": "use SMS_URL and SMS_TOKEN",
}
WITHOUT_EFFECT = {
    "API_KEY_SECRET": "keys are random and found by their SHA-256: no secret takes part",
    "DB_POOL_MIN": "connections are opened when a thread needs its first, and kept",
    "NEXT_PUBLIC_API_URL": "the pages come from the same process as the API",
    "NEXT_PUBLIC_CHECKOUT_URL": "links to the payment page begin with CHECKOUT_BASE_URL",
    "NEXT_PUBLIC_ENV": "MYPAY_ENV says it",
}


def port_of(service: str) -> int:
    """The port of a service: by its own name (PAYOUT_API_PORT), else the documents' own; 8000 for all in one."""
    name, usual = SERVICE_PORTS.get(service, ("", 8000))
    given = os.environ.get(name, "") if name else ""
    if not given and service not in SERVICE_PORTS:
        return usual
    return int(given) if re.fullmatch(r"[0-9]{1,5}", given, re.ASCII) else usual


def domains() -> list[str]:
    """The host names that the documents' `*_DOMAIN` give."""
    return [host for name in DOMAINS if (host := os.environ.get(name, "").strip())]


def refusals() -> Iterator[str]:
    """A line for each name in the environment that is set elsewhere here."""
    for name, value in sorted(os.environ.items()):
        if value.strip() and (advice := advice_for(name)):
            yield f"{name} is not read here: {advice}."


def advice_for(name: str) -> str:
    """What to use in the place of a refused name; empty for any other."""
    return REFUSED.get(name) or next((advice for start, advice in REFUSED_FAMILIES.items() if name.startswith(start)), "")
