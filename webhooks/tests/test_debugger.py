"""The signature debugger: each way to get it wrong has its code and a plain sentence."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Api
from merchants.models import Merchant
from mypay.kit.crypto import hmac_sha256_hex
from mypay.settings import environment
from tests.patience import seconds
from webhooks.debugger import Case, Report, Secret, examine
from webhooks.signatures import hmac_of
from webhooks.standard import headers, key_of
from webhooks.tests.conftest import Hooks, set_url
from webhooks.tests.receiver import Receiver

SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2Vjb25kIHNlY3JldCBvZiBteXNob3A="
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
MESSAGE_ID = "01936b2e-7f00-7000-8000-000000000001"
BODY = '{"id":"01936b2e","type":"payout.created","data":{"title":"Ayesha Khän / Co","amount":"1000.00","rate":1.50,"tags":[1,2],"a":null}}'


@dataclass(frozen=True)
class Received:
    """A webhook of ours, to be spoiled."""

    headers: dict[str, str]
    body: bytes

    @classmethod
    def standard(cls, body: str = BODY, secret: str = SECRET, at: int = AT) -> "Received":
        return cls(headers(MESSAGE_ID, at, body.encode(), [secret]), body.encode())

    @classmethod
    def legacy(cls, body: str = BODY, secret: str = SECRET) -> "Received":
        signed = {"X-MyPay-Signature": hmac_sha256_hex(secret, body.encode()), "X-MyPay-Timestamp": "2026-01-31T12:00:00.000Z"}
        return cls(signed, body.encode())

    def but(self, **changed: str | None) -> "Received":
        """With other headers: `webhook_id` for `webhook-id`; None takes one away."""
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in named}
        return replace(self, headers={**kept, **{name: value for name, value in named.items() if value is not None}})


def _examine(received: Received, secret: str = SECRET, **more: Any) -> Report:
    more = {"others": [Secret("that of the other endpoint", OTHER)], "now": NOW, **more}
    return examine(Case(headers=received.headers, body=received.body, secrets=[Secret("the one you gave", secret)], **more))


def _codes(report: Report) -> list[str]:
    for finding in report.findings:
        assert finding.message.endswith((".", "?")) and 20 < len(finding.message) < 300
    return [finding.code for finding in report.findings]


def _signature(text: str, key: bytes | None = None) -> str:
    return "v1," + base64.b64encode(hmac_of(key_of(SECRET) if key is None else key, text.encode())).decode()


RIGHT = Received.standard()
DIGEST = base64.b64decode(RIGHT.headers["webhook-signature"][3:])
OTHERS_SIGNATURE = Received.standard(secret=OTHER).headers["webhook-signature"]


def test_right_signature_has_no_findings_and_shows_what_is_signed() -> None:
    report = _examine(RIGHT)
    assert _codes(report) == [] and report.signed_with == "the one you gave"
    assert report.base_string == f"{MESSAGE_ID}.{AT}.{BODY}"
    assert report.expected == RIGHT.headers["webhook-signature"]


def test_header_names_may_be_of_any_case_and_one_right_signature_is_enough() -> None:
    shouted = Received({name.upper(): f" {value} " for name, value in RIGHT.headers.items()}, RIGHT.body)
    assert _codes(_examine(shouted)) == []
    rotated = RIGHT.but(webhook_signature=f"{OTHERS_SIGNATURE} {RIGHT.headers['webhook-signature']} v1a,{'x' * 86}")
    assert _codes(_examine(rotated)) == []


_FORMS: list[tuple[Received, list[str]]] = [
    (RIGHT.but(webhook_id=None), ["missing_header"]),
    (RIGHT.but(webhook_timestamp=None), ["missing_header"]),
    (RIGHT.but(webhook_signature=None), ["missing_header"]),
    (RIGHT.but(webhook_signature=""), ["missing_header"]),
    (Received({}, BODY.encode()), ["missing_header"] * 3),
    (RIGHT.but(webhook_id=str(AT), webhook_timestamp=MESSAGE_ID), ["swapped_headers"]),
    (RIGHT.but(webhook_timestamp=f"{AT}000"), ["bad_timestamp"]),
    (RIGHT.but(webhook_timestamp="2026-01-31T12:00:00Z"), ["bad_timestamp"]),
    (RIGHT.but(webhook_timestamp="yesterday"), ["bad_timestamp", "no_match"]),
    (RIGHT.but(webhook_signature=f"v1,{DIGEST.hex()}"), ["hex_signature"]),
    (RIGHT.but(webhook_signature=DIGEST.hex()), ["missing_prefix", "hex_signature"]),
    (RIGHT.but(webhook_signature=base64.b64encode(DIGEST).decode()), ["missing_prefix"]),
    (RIGHT.but(webhook_signature=f"v1={base64.b64encode(DIGEST).decode()}"), ["wrong_prefix"]),
    (RIGHT.but(webhook_signature=f"sha256={DIGEST.hex()}"), ["wrong_prefix", "hex_signature"]),
    (RIGHT.but(webhook_signature=f"v2,{base64.b64encode(DIGEST).decode()}"), ["unknown_version"]),
    (RIGHT.but(webhook_signature=RIGHT.headers["webhook-signature"][:-9]), ["bad_signature"]),
    (RIGHT.but(webhook_signature="v1,"), ["bad_signature"]),
    (RIGHT.but(webhook_signature="v1," + base64.urlsafe_b64encode(b"\xff" * 32).decode()), ["urlsafe_signature", "no_match"]),
    (RIGHT.but(webhook_signature=OTHERS_SIGNATURE), ["wrong_secret"]),
    (RIGHT.but(webhook_signature=_signature(f"{MESSAGE_ID}.{AT}.{BODY}", b"unknown")), ["no_match"]),
    (RIGHT.but(webhook_signature=_signature(f"{MESSAGE_ID}.{AT}.{BODY}", SECRET.encode())), ["secret_not_decoded"]),
    (RIGHT.but(webhook_signature=_signature(f"{MESSAGE_ID}.{AT}.{BODY}", SECRET[6:].encode())), ["secret_not_decoded"]),
    (RIGHT.but(webhook_signature=_signature(BODY)), ["wrong_base_string"]),
    (RIGHT.but(webhook_signature=_signature(f"{AT}.{BODY}")), ["wrong_base_string"]),
    (RIGHT.but(webhook_signature=_signature(f"{AT}.{MESSAGE_ID}.{BODY}")), ["wrong_base_string"]),
    (RIGHT.but(webhook_signature=_signature(f"{MESSAGE_ID}.{BODY}")), ["wrong_base_string"]),
    (RIGHT.but(webhook_signature=_signature(f"{MESSAGE_ID}{AT}{BODY}")), ["wrong_base_string"]),
    (Received.standard(at=AT - 600), ["stale_timestamp"]),
    (Received.standard(at=AT + 600), ["future_timestamp"]),
    (Received.standard(at=AT - 299), []),
    (Received.standard(at=AT - 86_400 * 3, secret=OTHER), ["stale_timestamp", "wrong_secret"]),
]


@pytest.mark.parametrize(("received", "codes"), _FORMS)
def test_what_is_wrong_in_the_standard_is_found(received: Received, codes: list[str]) -> None:
    report = _examine(received)
    assert (_codes(report), report.dialect) == (codes, "mypay")


def test_wrong_secret_says_which_is_the_right_one() -> None:
    finding = _examine(RIGHT.but(webhook_signature=OTHERS_SIGNATURE)).findings[0]
    assert finding.part == "secret" and "that of the other endpoint" in finding.message


def test_stale_timestamp_says_how_old() -> None:
    assert "3 days ago" in _examine(Received.standard(at=AT - 86_400 * 3)).findings[0].message
    assert "10 minutes ago" in _examine(Received.standard(at=AT - 600)).findings[0].message


_PARSED = json.loads(BODY)
_REWRITTEN: list[tuple[str, str, str]] = [
    (json.dumps(_PARSED, ensure_ascii=False).replace("1.5", "1.50"), "body_reserialized", "white space"),
    (json.dumps(_PARSED, ensure_ascii=False, indent=2).replace("1.5", "1.50"), "body_reserialized", "white space"),
    (json.dumps(_PARSED, separators=(",", ":")).replace("1.5", "1.50"), "body_reserialized", "unicode escapes"),
    (BODY.replace("/", "\\/"), "body_reserialized", "escaped slashes"),
    (BODY + "\n", "body_padded", ""),
    (BODY + "\r\n", "body_padded", ""),
    ("\ufeff" + BODY, "body_padded", ""),
]


@pytest.mark.parametrize(("body", "code", "how"), _REWRITTEN)
def test_rewritten_body_is_found_without_knowing_what_was_sent(body: str, code: str, how: str) -> None:
    report = _examine(Received(RIGHT.headers, body.encode()))
    assert _codes(report) == [code] and how in report.findings[0].message


@pytest.mark.parametrize(("body", "code", "how"), _REWRITTEN)
def test_body_is_rewritten_the_other_way_round_too(body: str, code: str, how: str) -> None:
    """Somebody signs a body of theirs and sends ours."""
    received = Received(Received.standard(body).headers, BODY.encode())
    if not body.startswith("\ufeff"):
        assert _codes(_examine(received)) == [code]


_KNOWN: list[tuple[str, str, str]] = [
    (json.dumps(_PARSED, ensure_ascii=False, separators=(",", ":"), sort_keys=True), "body_reserialized", "order of its members"),
    (json.dumps(_PARSED, sort_keys=True), "body_reserialized", "order of its members, white space, unicode escapes"),
    (BODY.replace("1000.00", "9000.00"), "body_changed", ""),
    ("", "body_changed", ""),
    ("{not json", "body_changed", ""),
]


@pytest.mark.parametrize(("body", "code", "how"), _KNOWN)
def test_changed_body_is_found_by_what_we_sent(body: str, code: str, how: str) -> None:
    report = _examine(Received(RIGHT.headers, body.encode()), bodies=[BODY.encode()])
    assert _codes(report) == [code] and how in report.findings[0].message
    assert report.base_string == f"{MESSAGE_ID}.{AT}.{body}"


def test_two_things_wrong_are_both_found() -> None:
    received = Received(Received.standard(secret=OTHER).headers, BODY.encode() + b"\n")
    assert _codes(_examine(received)) == ["wrong_secret", "body_padded"]


LEGACY = Received.legacy()
LEGACY_DIGEST = bytes.fromhex(LEGACY.headers["X-MyPay-Signature"])
_LEGACY: list[tuple[Received, list[str]]] = [
    (LEGACY, []),
    (LEGACY.but(x_mypay_timestamp=None), []),
    (LEGACY.but(x_mypay_signature=LEGACY_DIGEST.hex().upper()), ["upper_case_signature"]),
    (LEGACY.but(x_mypay_signature=base64.b64encode(LEGACY_DIGEST).decode()), ["base64_signature"]),
    (LEGACY.but(x_mypay_signature=f"sha256={LEGACY_DIGEST.hex()}"), ["wrong_prefix"]),
    (LEGACY.but(x_mypay_signature=LEGACY_DIGEST.hex()[:-2]), ["bad_signature"]),
    (LEGACY.but(x_mypay_timestamp="2026-01-31T11:00:00.000Z"), ["stale_timestamp"]),
    (LEGACY.but(x_mypay_timestamp=str(AT)), ["bad_timestamp"]),
    (LEGACY.but(x_mypay_signature=hmac_sha256_hex(OTHER, BODY.encode())), ["wrong_secret"]),
    (LEGACY.but(x_mypay_signature=hmac_of(key_of(SECRET), BODY.encode()).hex()), ["secret_decoded"]),
    (LEGACY.but(x_mypay_signature=hmac_sha256_hex(SECRET[6:], BODY.encode())), ["secret_without_prefix"]),
    (LEGACY.but(x_mypay_signature=hmac_sha256_hex(SECRET, f"2026-01-31T12:00:00.000Z.{BODY}".encode())), ["wrong_base_string"]),
    (LEGACY.but(x_mypay_signature="0" * 64), ["no_match"]),
    (Received(LEGACY.headers, BODY.encode() + b"\n"), ["body_padded"]),
    (Received(LEGACY.headers, json.dumps(_PARSED).replace("1.5", "1.50").encode()), ["body_reserialized"]),
]


@pytest.mark.parametrize(("received", "codes"), _LEGACY)
def test_what_is_wrong_in_the_legacy_dialect_is_found(received: Received, codes: list[str]) -> None:
    report = _examine(received)
    assert (_codes(report), report.dialect, report.base_string) == (codes, "mypay-legacy", received.body.decode())


def test_headers_of_the_other_dialect_are_named() -> None:
    assert _codes(_examine(LEGACY, dialect="mypay")) == ["other_dialect"]
    assert _codes(_examine(RIGHT, dialect="mypay-legacy")) == ["other_dialect"]
    assert _codes(_examine(Received({}, b"{}"), dialect="mypay-legacy")) == ["missing_header"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", b"[" * 200_000, b"x" * 262_144, b'"\\ud800"'])
def test_odd_bodies_are_examined_soon(body: bytes) -> None:
    others = [Secret(str(n), f"whsec_{n:032}") for n in range(100)]
    codes: list[str] = []
    assert seconds(lambda: codes.extend(_codes(_examine(Received(RIGHT.headers, body), others=others)))) < 5
    assert "no_match" in codes


# By the API


def _debug(api: Api, call: Any, **members: Any) -> dict[str, Any]:
    response = api.post("/webhooks/debug", {"headers": call.headers, "body": call.body.decode(), **members})
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()["data"]
    return told


def _told(told: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in told["findings"]]


def test_debug_of_what_was_received_matches_by_secret_by_endpoint_and_by_none(
    hooks: Hooks, api: Api, receiver: Receiver, settle: Callable[[], None]
) -> None:
    made, other = hooks.create(receiver.url), hooks.create("https://shop.example/other")
    hooks.trigger()
    settle()
    call = receiver.received[0]
    for members in ({"secret": made["secret"]}, {"endpointId": made["id"]}, {}):
        told = _debug(api, call, **members)
        assert (told["matches"], told["findings"], told["dialect"]) == (True, [], "mypay")
        assert told["expectedSignature"] == call.headers["webhook-signature"]
        assert told["baseString"] == f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.{call.body.decode()}"
    wrong = _debug(api, call, endpointId=other["id"])
    assert _told(wrong) == ["wrong_secret"] and made["id"] in wrong["findings"][0]["message"]
    assert _told(_debug(api, call, secret="whsec_AAAA")) == ["wrong_secret"]
    assert _told(_debug(api, call, now="2026-01-01T00:00:00Z"))[0] in ("stale_timestamp", "future_timestamp")


def test_debug_knows_the_body_that_was_sent(hooks: Hooks, api: Api, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    hooks.trigger()
    settle()
    call = receiver.received[0]
    sorted_body = replace(call, body=json.dumps(call.json, sort_keys=True).encode())
    assert _told(_debug(api, sorted_body, endpointId=made["id"])) == ["body_reserialized"]
    changed = replace(call, body=call.body.replace(b"1000.00", b"9000.00"))
    assert _told(_debug(api, changed, endpointId=made["id"])) == ["body_changed"]


def test_debug_after_a_rotation_names_the_old_secret(
    hooks: Hooks, api: Api, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    made = hooks.create(receiver.url)
    hooks.trigger()
    settle()
    api.post(f"/webhooks/endpoints/{made['id']}/rotate-secret", {"overlapSeconds": 60})
    told = _debug(api, receiver.received[0], endpointId=made["id"])
    assert told["matches"] and "the old one, valid until" in told["signedWith"]
    pass_time(minutes=2)
    told = _debug(api, receiver.received[0], endpointId=made["id"])
    assert _told(told) == ["wrong_secret"] and "the old one, ended" in told["findings"][0]["message"]


@pytest.mark.parametrize(("trick", "code"), [("wrong_signature", "wrong_secret"), ("stale_timestamp", "stale_timestamp")])
def test_debug_sees_through_the_tricks(
    hooks: Hooks, api: Api, receiver: Receiver, settle: Callable[[], None], trick: str, code: str
) -> None:
    made = hooks.create(receiver.url)
    hooks.trick(trick)
    hooks.trigger()
    settle()
    told = _debug(api, receiver.received[0], endpointId=made["id"])
    assert _told(told) == [code]


def test_debug_of_the_originals_webhook_knows_the_merchants_secret(
    hooks: Hooks, api: Api, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]
) -> None:
    set_url(merchant, receiver.url)
    api.payout("12345670004")
    settle()
    call = receiver.received[0]
    told = _debug(api, call)
    assert (told["matches"], told["dialect"], told["expectedSignature"]) == (True, "mypay-legacy", call.headers["x-mypay-signature"])
    sorted_body = replace(call, body=json.dumps(call.json, sort_keys=True).encode())
    assert _told(_debug(api, sorted_body)) == ["body_reserialized"]


def test_debug_never_signs_with_the_secret_that_all_share(api: Api, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(webhook_secret_encrypted="")
    body = "forged"
    right = hmac_sha256_hex(environment.WEBHOOK_SECRET, body.encode())
    for signature in (right, "0" * 64):
        response = api.post("/webhooks/debug", {"headers": {"X-MyPay-Signature": signature}, "body": body})
        assert response.json()["data"]["expectedSignature"] is None
        assert signature == right or right not in response.content.decode()


def test_debug_of_anothers_endpoint_is_refused_and_their_secrets_are_not_tried(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], stranger: Merchant, api_of: Callable[[Merchant], Api]
) -> None:
    made, other = hooks.create(receiver.url), api_of(stranger)
    hooks.trigger()
    settle()
    assert _told(_debug(other, receiver.received[0])) == ["no_match"]
    refused = other.post("/webhooks/debug", {"headers": {}, "body": "", "endpointId": made["id"]})
    assert (refused.status_code, refused.json()["error"]["message"]) == (404, "Endpoint not found")


_BAD: list[tuple[str, Any, str]] = [
    ("headers", [], "headers"), ("headers", None, "headers"), ("headers", {"a": 5}, "headers.a"), ("body", None, "body"),
    ("body", {}, "body"),
    ("body", "x" * 262_145, "body"), ("secret", 5, "secret"), ("now", "x", "now"), ("now", 5, "now"), ("endpointId", 5, "endpointId"),
    ("key", "", "key"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "field"), _BAD)
def test_debug_with_a_bad_member_is_refused_by_name(api: Api, name: str, value: Any, field: str) -> None:
    response = api.post("/webhooks/debug", {"headers": {}, "body": "", name: value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, field)
