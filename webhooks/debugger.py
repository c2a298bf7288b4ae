"""Why a signature does not match: pure, from what somebody received and the secrets it could be signed with.

Every finding is a code that stays and a plain sentence. A part that is wrong in form (hex for base64, a
missing prefix) is read as what it was meant to be, so that what else is wrong is found too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mypay.kit.clock import iso
from webhooks import rewriting, standard
from webhooks.signatures import Found, hmac_of, read_hex_signature, read_signatures, read_timestamp
from webhooks.states import Dialect

TOLERANCE = timedelta(minutes=5)
STANDARD_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
LEGACY_SIGNATURE = "x-mypay-signature"
LEGACY_TIMESTAMP = "x-mypay-timestamp"
_SHOWN_BODY = 2000
_MOST_VARIED_SECRETS = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and how it is called to its owner; nobody is shown what one that others share would sign."""

    name: str
    value: str
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What was received and when.

    `secrets` are those it should be signed with, `others` the merchant's further ones; `bodies` what we
    sent under that id, if we know; `dialect` the form that was expected, empty when nobody said.
    """

    headers: Mapping[str, str]
    body: bytes
    secrets: Sequence[Secret]
    others: Sequence[Secret]
    now: datetime
    bodies: Sequence[bytes] = ()
    dialect: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a code that stays, the part it is in, and a sentence."""

    code: str
    part: str
    message: str

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "part": self.part, "message": self.message}


@dataclass(frozen=True, slots=True)
class Report:
    """All that is wrong, what should have been signed, and the signature that would then be right."""

    dialect: str
    findings: tuple[Finding, ...]
    base_string: str
    expected: str
    signed_with: str

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "matches": not self.findings,
            "dialect": self.dialect,
            "findings": [finding.to_json() for finding in self.findings],
            "signedWith": self.signed_with or None,
            "baseString": self.base_string,
            "expectedSignature": self.expected or None,
        }


def examine(case: Case) -> Report:
    """What does not match and why; no findings when all does."""
    headers = {name.strip().lower(): value.strip() for name, value in case.headers.items()}
    has_standard = any(name in headers for name in STANDARD_HEADERS)
    is_legacy = not has_standard and (LEGACY_SIGNATURE in headers or case.dialect == Dialect.LEGACY)
    report = _examine_legacy(case, headers) if is_legacy else _examine_standard(case, headers)
    if case.dialect and case.dialect != report.dialect and (has_standard or LEGACY_SIGNATURE in headers):
        text = f"These are headers of the dialect {report.dialect}, but the endpoint speaks {case.dialect}: check the rules of that one."
        wrong = Finding("other_dialect", "headers", text)
        return Report(report.dialect, (wrong, *report.findings), report.base_string, report.expected, report.signed_with)
    return report


def _examine_standard(case: Case, headers: Mapping[str, str]) -> Report:
    findings = [_missing(name) for name in STANDARD_HEADERS if not headers.get(name)]
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if _are_swapped(message_id, stamp):
        text = "webhook-id holds a time and webhook-timestamp an id: they are swapped. The signed text is id.timestamp.body, in this order."
        findings.append(Finding("swapped_headers", "headers", text))
        message_id, stamp = stamp, message_id
    read = read_timestamp(stamp, iso_is_right=False)
    findings += [Finding(*problem) for problem in read.problems]
    findings += _age(read.at, case.now)
    signatures, problems = read_signatures(headers.get("webhook-signature", ""))
    findings += [Finding(*problem) for problem in problems]
    base = f"{message_id}.{stamp}.".encode()
    match = _search(case, signatures, _Base(message_id, stamp, read.at))
    if signatures and message_id and stamp:
        findings += _mismatch(case, match)
    secret = _right_secret(case, match)
    expected = f"v1,{standard.encoded(hmac_of(standard.key_of(secret.value), base + case.body))}" if secret else ""
    return Report(Dialect.MYPAY.value, tuple(findings), _shown(base + case.body), expected, match.secret.name if match else "")


def _examine_legacy(case: Case, headers: Mapping[str, str]) -> Report:
    findings = [_missing("X-MyPay-Signature")] if not headers.get(LEGACY_SIGNATURE) else []
    if stamp := headers.get(LEGACY_TIMESTAMP, ""):
        read = read_timestamp(stamp, iso_is_right=True)
        findings += [Finding(*problem) for problem in read.problems]
        findings += _age(read.at, case.now)
    signatures, problems = read_hex_signature(headers.get(LEGACY_SIGNATURE, ""))
    findings += [Finding(*problem) for problem in problems]
    match = _search(case, signatures, _Base("", stamp, None, is_legacy=True))
    findings += _mismatch(case, match) if signatures else []
    secret = _right_secret(case, match)
    expected = hmac_of(secret.value.encode(), case.body).hex() if secret else ""
    return Report(Dialect.LEGACY.value, tuple(findings), _shown(case.body), expected, match.secret.name if match else "")


def _right_secret(case: Case, match: "_Match | None") -> Secret | None:
    """The one it should be signed with: of several the one it was signed with, else the first; None if others share it."""
    secret = match.secret if match and not match.is_other else next(iter(case.secrets), None)
    return None if secret is None or secret.is_shared else secret


def _missing(name: str) -> Finding:
    return Finding("missing_header", "headers", f"The header {name} is missing; a proxy or framework may have taken it away.")


def _are_swapped(message_id: str, stamp: str) -> bool:
    return message_id.isascii() and message_id.isdigit() and len(message_id) >= 9 and bool(stamp) and not stamp.isdigit()


def _age(at: datetime | None, now: datetime) -> list[Finding]:
    if at is None or abs(now - at) <= TOLERANCE:
        return []
    span = _span(abs(now - at))
    if at < now:
        text = (
            f"It was signed {span} ago, at {iso(at)}; receivers refuse what is older than five minutes. Is it a replay, or a wrong clock?"
        )
        return [Finding("stale_timestamp", "timestamp", text)]
    text = f"It was signed {span} in the future, at {iso(at)}; receivers refuse more than five minutes. Is the receiver's clock right?"
    return [Finding("future_timestamp", "timestamp", text)]


def _span(span: timedelta) -> str:
    for unit, name in ((timedelta(days=1), "days"), (timedelta(hours=1), "hours")):
        if span >= 2 * unit:
            return f"{span // unit:,} {name}"
    return f"{span // timedelta(minutes=1)} minutes"


@dataclass(frozen=True, slots=True)
class _Match:
    """How the signature came about after all."""

    secret: Secret
    is_other: bool = False
    key: str = ""
    base: str = ""
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Base:
    """What stands before the body where it is signed; nothing in the legacy dialect."""

    message_id: str
    stamp: str
    at: datetime | None
    is_legacy: bool = False

    def text(self, body: bytes) -> bytes:
        """What is to be signed."""
        return body if self.is_legacy else f"{self.message_id}.{self.stamp}.".encode() + body

    def slips(self, body: bytes) -> list[tuple[str, bytes]]:
        """What is signed by mistake, each by its name; without one where a header says the time in another form."""
        timed = f"{self.stamp}.".encode() + body
        if self.is_legacy:
            return [("the time and the body", timed)]
        seconds = [("", f"{self.message_id}.{int(self.at.timestamp())}.".encode() + body)] if self.at else []
        return [
            *seconds,
            ("the body alone", body),
            ("the time and the body", timed),
            ("the time before the id", f"{self.stamp}.{self.message_id}.".encode() + body),
            ("the id and the body", f"{self.message_id}.".encode() + body),
            ("the three parts without dots", f"{self.message_id}{self.stamp}".encode() + body),
        ]


def _search(case: Case, signatures: Sequence[Found], base: _Base) -> _Match | None:
    """The first way to a signature that was given: as it should be, then with one thing wrong, then with two."""
    wanted = {found.digest for found in signatures}
    if not wanted:
        return None
    return next((match for match, key, text in _ways(case, base) if hmac_of(key, text) in wanted), None)


def _ways(case: Case, base: _Base) -> Iterator[tuple[_Match, bytes, bytes]]:
    known = [body for body in dict.fromkeys(case.bodies) if body != case.body]
    secrets = [(secret, False) for secret in case.secrets] + [(secret, True) for secret in case.others]
    for secret, is_other in secrets:
        for slip, key in _keys(secret.value, is_legacy=base.is_legacy):
            yield _Match(secret, is_other, slip), key, base.text(case.body)
            for body in known:
                yield _Match(secret, is_other, slip, body=body), key, base.text(body)
    for secret, is_other in secrets[:_MOST_VARIED_SECRETS]:
        key = _keys(secret.value, is_legacy=base.is_legacy)[0][1]
        for name, text in base.slips(case.body):
            yield _Match(secret, is_other, base=name), key, text
        for body in rewriting.variants(case.body):
            yield _Match(secret, is_other, body=body), key, base.text(body)


def _keys(secret: str, *, is_legacy: bool) -> list[tuple[str, bytes]]:
    """The right key first, then those that a slip makes of the same secret."""
    decoded, whole, bare = standard.key_of(secret), secret.encode(), secret.removeprefix(standard.SECRET_PREFIX).encode()
    if is_legacy:
        return [("", whole), ("secret_decoded", decoded), ("secret_without_prefix", bare)]
    return [("", decoded), ("secret_not_decoded", whole), ("secret_not_decoded", bare)]


_KEY_TEXTS = {
    "secret_not_decoded": "The secret was used as text: cut off whsec_ and decode the rest from base64, the bytes are the key.",
    "secret_decoded": "The secret was decoded from base64: in this dialect its text, whsec_ included, is the key.",
    "secret_without_prefix": "The secret was used without its whsec_: in this dialect its whole text is the key.",
}


def _mismatch(case: Case, match: _Match | None) -> list[Finding]:
    """What kept the signature from matching as it should."""
    if match is None:
        text = (
            "The signature fits none of the secrets, bodies and orders tried. Compare the base string below with what you "
            "sign, byte by byte, and make sure that the secret is this endpoint's."
        )
        return [Finding("no_match", "signature", text)]
    findings = []
    if match.is_other:
        findings.append(Finding("wrong_secret", "secret", f"It is signed with another secret: {match.secret.name}."))
    if match.key:
        findings.append(Finding(match.key, "secret", _KEY_TEXTS[match.key]))
    if match.base:
        text = f"The signature is over {match.base}; it should be over the base string below."
        findings.append(Finding("wrong_base_string", "signature", text))
    if match.body is not None:
        findings.append(Finding(*rewriting.told(match.body, case.body)))
    return findings


def _shown(base: bytes) -> str:
    text = base.decode(errors="replace")
    return text if len(text) <= _SHOWN_BODY else f"{text[:_SHOWN_BODY]}… ({len(base)} bytes)"
