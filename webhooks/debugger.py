"""Why a signature does not match: pure, from what somebody received and the secrets it could be signed with.

Every finding is a code that stays and a plain sentence. A part that is wrong in form (hex for base64, a
missing prefix) is read as what it was meant to be, so that what else is wrong is found too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mypay.kit.clock import iso
from webhooks import rewriting, signature_rules
from webhooks.signature_rules import SignatureRules, rules_of
from webhooks.signatures import Found, hmac_of, read_timestamp
from webhooks.states import Dialect

TOLERANCE = timedelta(minutes=5)
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
    found = signature_rules.recognised(headers)
    dialect = found or (case.dialect if rules_of(case.dialect) else Dialect.MYPAY.value)
    rules = rules_of(dialect)
    assert rules is not None  # noqa: S101
    report = _examine(case, headers, dialect, rules)
    if found and case.dialect and case.dialect != found:
        text = f"These are headers of the dialect {found}, but the endpoint speaks {case.dialect}: check the rules of that one."
        wrong = Finding("other_dialect", "headers", text)
        return Report(report.dialect, (wrong, *report.findings), report.base_string, report.expected, report.signed_with)
    return report


def _examine(case: Case, headers: Mapping[str, str], dialect: str, rules: SignatureRules) -> Report:
    findings = [_missing(name) for name in rules.needed if not headers.get(name.lower())]
    texts, swapped = _in_their_places(headers, rules)
    findings += swapped
    read = read_timestamp(texts.get(rules.timestamp.lower(), ""), iso_is_right=rules.has_iso_time)
    findings += [Finding(*problem) for problem in read.problems]
    findings += _age(read.at, case.now)
    signatures, problems = rules.read(texts.get(rules.signature.lower(), ""))
    findings += [Finding(*problem) for problem in problems]
    base = _Base(rules, texts, read.at)
    match = _search(case, signatures, base)
    if signatures and all(texts.get(name) for name in rules.signed):
        findings += _mismatch(case, match)
    secret = _right_secret(case, match)
    text = base.text(case.body)
    expected = rules.write(hmac_of(rules.keys(secret.value)[0][1], text, rules.algorithm)) if secret else ""
    return Report(dialect, tuple(findings), _shown(text), expected, match.secret.name if match else "")


def _in_their_places(headers: Mapping[str, str], rules: SignatureRules) -> tuple[Mapping[str, str], list[Finding]]:
    """The headers as they were meant, and which of them were swapped: an id and a time, or the signature and another."""
    if len(rules.signed) == 2 and _are_swapped(*(headers.get(name, "") for name in rules.signed)):
        first, second = rules.signed
        text = f"{first} holds a time and {second} an id: they are swapped. The signed text is id.timestamp.body, in this order."
        return {**headers, first: headers[second], second: headers[first]}, [Finding("swapped_headers", "headers", text)]
    place = rules.signature.lower()
    if headers.get(place) and not rules.read(headers[place])[0]:
        for name in rules.own:
            if name != place and name not in rules.signed and rules.read(headers.get(name, ""))[0]:
                text = f"{name} holds the signature and {place} something else: they are swapped."
                return {**headers, place: headers[name], name: headers[place]}, [Finding("swapped_headers", "headers", text)]
    return headers, []


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
    """What is signed: the body, and before it what the dialect's rules put there."""

    rules: SignatureRules
    texts: Mapping[str, str]
    at: datetime | None

    def text(self, body: bytes) -> bytes:
        """What is to be signed."""
        return self.rules.base(self.texts, body)

    def slips(self, body: bytes) -> list[tuple[str, bytes]]:
        """What is signed by mistake, each by its name; without one where a header says the time in another form."""
        stamp = self.texts.get(self.rules.timestamp.lower(), "")
        timed = f"{stamp}.".encode() + body
        if len(self.rules.signed) != 2:
            return [("the time and the body", timed)]
        message_id = self.texts.get(self.rules.signed[0], "")
        seconds = [("", f"{message_id}.{int(self.at.timestamp())}.".encode() + body)] if self.at else []
        return [
            *seconds,
            ("the body alone", body),
            ("the time and the body", timed),
            ("the time before the id", f"{stamp}.{message_id}.".encode() + body),
            ("the id and the body", f"{message_id}.".encode() + body),
            ("the three parts without dots", f"{message_id}{stamp}".encode() + body),
        ]


def _search(case: Case, signatures: Sequence[Found], base: _Base) -> _Match | None:
    """The first way to a signature that was given: as it should be, then with one thing wrong, then with two."""
    wanted = {found.digest for found in signatures}
    if not wanted:
        return None
    return next((match for match, key, text in _ways(case, base) if hmac_of(key, text, base.rules.algorithm) in wanted), None)


def _ways(case: Case, base: _Base) -> Iterator[tuple[_Match, bytes, bytes]]:
    known = [body for body in dict.fromkeys(case.bodies) if body != case.body]
    secrets = [(secret, False) for secret in case.secrets] + [(secret, True) for secret in case.others]
    for secret, is_other in secrets:
        for slip, key in base.rules.keys(secret.value):
            yield _Match(secret, is_other, slip), key, base.text(case.body)
            for body in known:
                yield _Match(secret, is_other, slip, body=body), key, base.text(body)
    for secret, is_other in secrets[:_MOST_VARIED_SECRETS]:
        key = base.rules.keys(secret.value)[0][1]
        for name, text in base.slips(case.body):
            yield _Match(secret, is_other, base=name), key, text
        for body in rewriting.variants(case.body):
            yield _Match(secret, is_other, body=body), key, base.text(body)


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
