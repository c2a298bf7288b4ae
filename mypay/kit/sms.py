"""SMS: to the log, or to a provider's HTTP API."""

import structlog

from mypay.kit import outbound
from mypay.kit.jsonbody import dumps
from mypay.settings import environment

log = structlog.get_logger("mypay.sms")


class SmsRefused(Exception):
    """The provider did not take the message."""


def is_configured() -> bool:
    """Whether SMS leave the house."""
    return bool(environment.SMS_URL)


def send(to: str, text: str) -> None:
    """Hand one SMS over; raises SmsRefused, OutboundRefused or requests.RequestException."""
    if environment.SMS_URL == "console":
        log.info("SMS", to=to, text=text)
        return
    headers = {"Content-Type": "application/json"}
    if environment.SMS_TOKEN:
        headers["Authorization"] = f"Bearer {environment.SMS_TOKEN}"
    # The operator named the provider, who may well be on a private network.
    answer = outbound.call(
        "POST", environment.SMS_URL, body=dumps({"to": to, "text": text}), headers=headers, allowed=("0.0.0.0/0", "::/0")
    )
    if not 200 <= answer.status < 300:
        raise SmsRefused(f"the SMS provider answered {answer.status}")
