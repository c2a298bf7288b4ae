"""Encryption with rotating keys, hashes, comparison."""

import base64

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ImproperlyConfigured

from mypay.kit.crypto import decrypt, encrypt, hmac_sha256_hex, same, sha256_hex
from mypay.settings import environment

KEYS = {version: f"{version}:{base64.urlsafe_b64encode(bytes([version]) * 32).decode()}" for version in (1, 2)}


def _use(monkeypatch: pytest.MonkeyPatch, *versions: int) -> None:
    monkeypatch.setattr(environment, "ENCRYPTION_KEYS", ", ".join(KEYS[version] for version in versions))


@pytest.mark.parametrize("text", ["", "whsec_abc", "é😀", "x" * 10_000])
def test_encrypt_round_trip_and_never_the_same_twice(text: str) -> None:
    one, other = encrypt(text, context="t.c"), encrypt(text, context="t.c")
    assert one != other and (not text or text not in one)
    assert decrypt(one, context="t.c") == decrypt(other, context="t.c") == text


def test_decrypt_after_rotation_reads_old_and_new(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, 1)
    old = encrypt("kept", context="c")
    _use(monkeypatch, 2, 1)
    new = encrypt("kept", context="c")
    assert old.startswith("v1:") and new.startswith("v2:")
    assert decrypt(old, context="c") == decrypt(new, context="c") == "kept"
    _use(monkeypatch, 2)
    assert decrypt(new, context="c") == "kept"
    with pytest.raises(KeyError):
        decrypt(old, context="c")


def test_decrypt_with_wrong_context_key_or_content_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, 1)
    box = encrypt("kept", context="merchant.webhook_secret")
    with pytest.raises(InvalidTag):
        decrypt(box, context="api_key")
    raw = bytearray(base64.urlsafe_b64decode(box.removeprefix("v1:")))
    raw[-1] ^= 1
    with pytest.raises(InvalidTag):
        decrypt(f"v1:{base64.urlsafe_b64encode(raw).decode()}", context="merchant.webhook_secret")
    monkeypatch.setattr(environment, "ENCRYPTION_KEYS", KEYS[2].replace("2:", "1:"))
    with pytest.raises(InvalidTag):
        decrypt(box, context="merchant.webhook_secret")


@pytest.mark.parametrize("keys", ["", "1:", "1:c2hvcnQ=", f":{'A' * 43}=", f"{'A' * 43}="])
def test_encrypt_with_malformed_keys_is_refused(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setattr(environment, "ENCRYPTION_KEYS", keys)
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS"):
        encrypt("x", context="c")


def test_hashes_are_the_published_vectors() -> None:
    assert sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    expected = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    assert hmac_sha256_hex("key", b"The quick brown fox jumps over the lazy dog") == expected


def test_same_compares_any_text() -> None:
    assert same("é", "é") and not same("a", "b") and not same("a", "aa") and not same("", "x")
