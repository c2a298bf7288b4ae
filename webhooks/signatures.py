"""Signatures and times as they stand in headers, read with patience: what is wrong in form is named and still read."""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

SHA256, SHA512 = "sha256", "sha512"
_HEX = {SHA256: re.compile(r"[0-9a-fA-F]{64}"), SHA512: re.compile(r"[0-9a-fA-F]{128}")}
_BASE64 = {SHA256: re.compile(r"[A-Za-z0-9+/_-]{43}=?"), SHA512: re.compile(r"[A-Za-z0-9+/_-]{86}={0,2}")}
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)

# A finding's code, the part it is in, and its sentence.
Problem = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A signature's bytes."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class ReadTime:
    """The moment a header says, None if it says none."""

    at: datetime | None
    problems: tuple[Problem, ...] = ()


def hmac_of(key: bytes, text: bytes, algorithm: str = SHA256) -> bytes:
    """HMAC."""
    return hmac.digest(key, text, algorithm)


def read_timestamp(text: str, *, iso_is_right: bool) -> ReadTime:
    """Seconds since 1970, or ISO 8601 where that is right; milliseconds and the other form are named and read."""
    if not text:
        return ReadTime(None)
    if _WHOLE.fullmatch(text):
        in_milliseconds = len(text) >= 13
        problems: list[Problem] = []
        if iso_is_right:
            problems.append(("bad_timestamp", "timestamp", "The time is a number; in this dialect it is like 2026-01-31T12:00:00.000Z."))
        elif in_milliseconds:
            problems.append(("bad_timestamp", "timestamp", "The time is in milliseconds; webhook-timestamp is in seconds."))
        return ReadTime(_from_seconds(int(text) / (1000 if in_milliseconds else 1)), tuple(problems))
    moment = _from_iso(text)
    if moment is not None and iso_is_right:
        return ReadTime(moment)
    wanted = "like 2026-01-31T12:00:00.000Z" if iso_is_right else "a whole number of seconds since 1970"
    return ReadTime(moment, (("bad_timestamp", "timestamp", f"The time cannot be used as it stands; it is {wanted}."),))


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_signatures(header: str) -> tuple[list[Found], list[Problem]]:
    """The signatures of `webhook-signature`, space-separated `v1,<base64>`, and what is wrong with their form."""
    found: list[Found] = []
    problems: dict[str, Problem] = {}
    has_v1 = any(part.startswith("v1,") for part in header.split())
    for part in header.split():
        version, comma, text = part.partition(",")
        if not comma:
            version, _, text = part.partition("=") if re.match(r"(v1|sha256)=.", part) else ("", "", part)
            problem = _without_prefix(version)
            problems[problem[0]] = problem
        elif version != "v1" and has_v1:
            continue
        elif version != "v1":
            told = f"The signature is of the version {version[:20]}; v1 is the one to check, others are to be passed over."
            problems["unknown_version"] = ("unknown_version", "signature", told)
        digest, problem_of_text = _digest(text)
        if problem_of_text:
            problems[problem_of_text[0]] = problem_of_text
        if digest:
            found.append(Found(digest))
    return found, list(problems.values())


def _without_prefix(version: str) -> Problem:
    if version:
        return ("wrong_prefix", "signature", f"The signature begins with {version}=; it begins with v1, (a comma).")
    return ("missing_prefix", "signature", "The signature has no v1, before it.")


def _digest(text: str) -> tuple[bytes | None, Problem | None]:
    if _HEX[SHA256].fullmatch(text):
        return bytes.fromhex(text), ("hex_signature", "signature", "The signature is in hexadecimal; it is to be in base64.")
    digest = _from_base64(text)
    if digest is None:
        told = "The signature is not the base64 of 32 bytes: it is cut short, or changed on the way."
        return None, ("bad_signature", "signature", told)
    if "-" in text or "_" in text:
        return digest, ("urlsafe_signature", "signature", "The signature is in URL-safe base64; it is to be in plain base64 (+ and /).")
    return digest, None


def _from_base64(text: str, algorithm: str = SHA256) -> bytes | None:
    if not _BASE64[algorithm].fullmatch(text):
        return None
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None


def read_hex_signature(header: str, algorithm: str = SHA256) -> tuple[list[Found], list[Problem]]:
    """The signature of `X-MyPay-Signature`, 64 hexadecimal digits or what the algorithm has, and what is wrong with its form."""
    if not header:
        return [], []
    problems: list[Problem] = []
    text = header
    if found := re.match(r"(sha256=|sha512=|v1=|v1,)", header):
        text = header[found.end() :]
        problems.append(("wrong_prefix", "signature", f"The signature begins with {found[1]}; it has nothing before its digits."))
    if _HEX[algorithm].fullmatch(text):
        if text != text.lower():
            problems.append(("upper_case_signature", "signature", "The signature is in capital letters; it is to be in small ones."))
        return [Found(bytes.fromhex(text))], problems
    digest = _from_base64(text, algorithm)
    if digest:
        problems.append(("base64_signature", "signature", "The signature is in base64; it is to be in hexadecimal."))
        return [Found(digest)], problems
    told = f"The signature is not {128 if algorithm == SHA512 else 64} hexadecimal digits: it is cut short, or changed on the way."
    problems.append(("bad_signature", "signature", told))
    return [], problems
