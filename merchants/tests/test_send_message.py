"""Mails and SMS: to a gateway where there is one, else to the inbox."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.core import mail

from merchants.models import Merchant, Message
from merchants.services.send_message import send_mail, send_sms
from merchants.states import Environment
from merchants.tests.factories import make_merchant
from mypay.kit import outbound, scheduling
from mypay.settings import environment

TOLD = {"url": "https://shop.example/<hook>&", "why": "gone"}


@pytest.fixture
def merchant(db: None) -> Merchant:
    return make_merchant(rupees=0, email="shop@shop.example")


def write(merchant: Merchant, **more: Any) -> None:
    send_mail(**{"to": merchant.email, "template": "endpoint_disabled", "told": TOLD, "merchant": merchant, **more})


def test_mail_without_a_server_is_in_the_merchants_inbox(merchant: Merchant, mailoutbox: list[Any]) -> None:
    write(merchant)
    row = Message.objects.get()
    assert (row.box, row.to, row.wake_at) == (f"merchant {merchant.pk}", merchant.email, None)
    assert row.subject == "Your webhook endpoint was switched off" and "https://shop.example/<hook>&." in row.body
    assert scheduling.run_due("message") == 0 and mailoutbox == []


def test_mail_with_a_server_is_sent_by_the_worker_and_forgotten(
    merchant: Merchant, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "EMAIL_URL", "smtp://mail.example")
    write(merchant, copy_to="copy@shop.example")
    assert mailoutbox == []
    assert scheduling.run_due("message") == 1
    assert [(sent.to, sent.subject) for sent in mailoutbox] == [([merchant.email], "Your webhook endpoint was switched off")]
    assert not Message.objects.exists()


def test_mail_that_no_server_takes_stays_with_the_reason(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch, pass_lease: Callable[[], None]
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError("no server")

    monkeypatch.setattr(environment, "EMAIL_URL", "smtp://mail.example")
    monkeypatch.setattr(mail, "send_mail", refuse)
    write(merchant)
    for _ in range(5):
        pass_lease()
        scheduling.run_due("message")
    row = Message.objects.get()
    assert (row.wake_at, row.error) == (None, "ConnectionRefusedError: no server")


@pytest.fixture
def pass_lease() -> Callable[[], None]:
    from django.db.models import F

    return lambda: Message.objects.update(wake_at=F("due_at")) and None


def test_mail_subject_is_one_line(merchant: Merchant) -> None:
    told = {"company": "Shop\r\nBcc: everybody@shop.example", "inviter": "I", "role": "Viewer", "url": "https://x.example"}
    send_mail(to="a@b.example", template="invitation", told=told)
    subject = Message.objects.get().subject
    assert "\n" not in subject and "\r" not in subject


def test_sms_stays_or_goes_to_the_provider(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, Any, Any]] = []

    def call(method: str, url: str, *, body: bytes, headers: dict[str, str], allowed: Any) -> outbound.Answer:
        sent.append((url, json.loads(body), headers.get("Authorization")))
        return outbound.Answer(202 if len(sent) > 1 else 500, {}, b"")

    send_sms(to="03001234567", text="Your code is 123456", merchant=merchant)
    assert Message.objects.get().box == f"merchant {merchant.pk}"
    merchant.environment = Environment.LIVE
    monkeypatch.setattr(environment, "SMS_URL", "https://sms.example/send")
    monkeypatch.setattr(environment, "SMS_TOKEN", "token")
    monkeypatch.setattr(outbound, "call", call)
    send_sms(to="03001234567", text="Hello", merchant=merchant)
    scheduling.run_due("message")
    assert Message.objects.count() == 2, "refused by the provider: tried again after the lease"
    Message.objects.exclude(wake_at=None).update(wake_at="2020-01-01T00:00:00Z")
    scheduling.run_due("message")
    assert Message.objects.count() == 1
    assert sent == [("https://sms.example/send", {"to": "03001234567", "text": "Hello"}, "Bearer token")] * 2


def test_sms_to_a_provider_is_a_real_call(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "SMS_URL", "http://127.0.0.1:9/send")
    from mypay.kit import sms

    with pytest.raises(requests.RequestException):
        sms.send("03001234567", "Hello")


def test_sms_of_a_sandbox_merchant_never_leaves(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "SMS_URL", "https://sms.example/send")
    send_sms(to="03001234567", text="Hello", merchant=merchant)
    assert Message.objects.get().wake_at is None


def test_messages_past_keeping_go_when_others_come(merchant: Merchant) -> None:
    write(merchant)
    Message.objects.update(sent_at="2020-01-01T00:00:00Z")
    write(merchant)
    assert Message.objects.get().sent_at.year > 2020
