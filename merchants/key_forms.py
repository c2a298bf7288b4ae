"""What a key of each scope looks like: ours is one text, a vendor's may be a pair of a public id and a secret,
or a secret that a public key follows from.

The next vendor is one more entry of the table.
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass

from merchants.states import Environment, Scope
from mypay.kit.crypto import sha256_hex

HEX = "0123456789abcdef"
BASE62 = string.digits + string.ascii_letters


@dataclass(frozen=True)
class KeyForm:
    """How keys of a scope are made and where their holder puts them.

    `prefixes`  what the key, or the pair's public id, begins with, by the merchant's environment
    `secret_length`  characters of the pair's secret; 0: the key is one text and secret itself
    `public_prefixes`  what the key's public one begins with, where there is one: it follows from the key, and opens nothing
    `path`  where the API that it opens lies on our host; `use` says what to do with the key there
    """

    prefixes: Mapping[Environment, str]
    alphabet: str
    length: int
    path: str
    use: str
    secret_prefixes: Mapping[Environment, str] | None = None
    secret_length: int = 0
    public_prefixes: Mapping[Environment, str] | None = None

    @property
    def is_pair(self) -> bool:
        """Whether the key has a public id, which may be shown to anybody, and a secret."""
        return self.secret_length > 0

    def new(self, environment: Environment) -> tuple[str, str]:
        """A random key, or public id, and its secret; the secret is empty where the key is one text."""
        key = self.prefixes[environment] + self._random(self.length)
        prefix = (self.secret_prefixes or {}).get(environment, "")
        return key, prefix + self._random(self.secret_length) if self.is_pair else ""

    def public_key(self, key: str) -> str:
        """What a browser may know in place of that key; empty where there is no such thing."""
        for environment, prefix in (self.public_prefixes or {}).items():
            if key.startswith(self.prefixes[environment]):
                return prefix + sha256_hex(f"public {key}")[: self.length]
        return ""

    def _random(self, length: int) -> str:
        return "".join(secrets.choice(self.alphabet) for _ in range(length))


_OURS = KeyForm(
    prefixes=dict.fromkeys(Environment, "mypay_"),
    alphabet=HEX,
    length=64,
    path="/api/v1",
    use="Send it as X-API-KEY.",
)
KEY_FORMS: dict[Scope, KeyForm] = {
    Scope.PAYOUTS: _OURS,
    Scope.PAYMENTS: _OURS,
    Scope.RAZORPAY: KeyForm(
        prefixes={Environment.SANDBOX: "rzp_test_", Environment.LIVE: "rzp_live_"},
        alphabet=BASE62,
        length=14,
        secret_length=24,
        path="/razorpay",
        use="Give the id as key_id and the secret as key_secret to Razorpay’s SDK, or send both by HTTP Basic.",
    ),
    Scope.PAYSTACK: KeyForm(
        prefixes={Environment.SANDBOX: "sk_test_", Environment.LIVE: "sk_live_"},
        alphabet=HEX,
        length=40,
        public_prefixes={Environment.SANDBOX: "pk_test_", Environment.LIVE: "pk_live_"},
        path="/paystack",
        use="Give the secret key to Paystack’s SDK, or send it as Authorization: Bearer. It signs webhooks, too.",
    ),
}
CORE_SCOPES = tuple(scope for scope, form in KEY_FORMS.items() if form is _OURS)
