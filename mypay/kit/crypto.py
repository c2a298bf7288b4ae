"""Hashes for what is looked up, AES-256-GCM for what must be shown again, constant-time compare."""

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

from mypay.settings import environment

_NONCE_BYTES = 12


def sha256_hex(text: str) -> str:
    """The look-up form of an API key."""
    return hashlib.sha256(text.encode()).hexdigest()


def hmac_sha256_hex(secret: str, message: bytes) -> str:
    """A signature as most of the dialects write it."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(left.encode(), right.encode())


@cache
def _keys(setting: str) -> dict[str, AESGCM]:
    keys: dict[str, AESGCM] = {}
    for part in setting.split(","):
        version, _, encoded = part.strip().partition(":")
        raw = base64.urlsafe_b64decode(encoded)
        if not version or len(raw) != 32:
            raise ImproperlyConfigured("ENCRYPTION_KEYS must be VERSION:BASE64 of 32 bytes, comma-separated.")
        keys[version] = AESGCM(raw)
    return keys


def encrypt(text: str, *, context: str) -> str:
    """`v<version>:<base64 of nonce and box>`; `context` (table and column) must match to decrypt."""
    keys = _keys(environment.ENCRYPTION_KEYS)
    version, key = next(iter(keys.items()))
    nonce = os.urandom(_NONCE_BYTES)
    box = key.encrypt(nonce, text.encode(), context.encode())
    return f"v{version}:{base64.urlsafe_b64encode(nonce + box).decode()}"


def decrypt(box: str, *, context: str) -> str:
    """The text of an `encrypt` result made with any key still configured."""
    version, _, encoded = box.removeprefix("v").partition(":")
    raw = base64.urlsafe_b64decode(encoded)
    key = _keys(environment.ENCRYPTION_KEYS)[version]
    return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()).decode()
