"""Forward a merchant's events to a receiver that is being developed."""

import json
import signal
import time
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.models import Merchant
from mypay.kit.clock import iso
from mypay.kit.errors import ValidationError
from mypay.kit.filters import span
from mypay.settings import environment
from webhooks.catalogue import is_pattern
from webhooks.listening import ApiSource, Forwarded, Listener, LocalSource, Source, SourceFailed, forward, wanted
from webhooks.standard import new_secret

_LONGEST_PAUSE_SECONDS = 30


class Command(BaseCommand):
    help = "Forward a merchant's events to a URL on this machine as they happen, signed; ends with Ctrl-C."
    stopping = False

    def add_arguments(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--merchant", metavar="EMAIL", help="where the database is at hand")
        whose.add_argument("--key", metavar="KEY", help="an API key: works from any machine, with --base-url")
        here = f"http://127.0.0.1:{environment.PORT}"
        parser.add_argument("--base-url", default=here, metavar="URL", help=f"where MyPay answers, for --key; default {here}")
        parser.add_argument("--forward-to", required=True, metavar="URL", help="the receiver, such as http://127.0.0.1:3000/hooks")
        parser.add_argument("--events", default="", metavar="TYPES", help="only these, comma-separated: payout.*, payment.completed")
        parser.add_argument(
            "--replay-since", default="", metavar="TIME", help="first what happened since, as 2026-01-31 or 2026-01-31T12:00:00Z"
        )
        parser.add_argument("--secret", default="", metavar="WHSEC", help="sign with this secret instead of a new one")
        parser.add_argument("--interval", type=float, default=0.5, metavar="SECONDS", help="between two looks, default 0.5")
        parser.add_argument("--print-json", "--json", action="store_true", dest="json", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        patterns = [pattern.strip() for pattern in options["events"].split(",") if pattern.strip()]
        for pattern in patterns:
            if not is_pattern(pattern):
                raise CommandError(f"--events: {pattern} is no type of the catalogue, nor a family as payout.*")
        secret = options["secret"] or new_secret()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        source, since = _source(options), _since(options["replay_since"])
        try:
            listener = Listener(source, since=since)
            self._tell_start(options, secret)
            self._listen(listener, patterns, options, secret)
        except SourceFailed as problem:
            raise CommandError(str(problem)) from None
        if not options["json"]:
            self.stdout.write("Stopped.")

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _listen(self, listener: Listener, patterns: list[str], options: dict[str, Any], secret: str) -> None:
        is_wanted, pause = wanted(patterns), options["interval"]
        while not self.stopping:
            try:
                for event in listener.look():
                    if is_wanted(event):
                        self._tell(forward(event, url=options["forward_to"], secret=secret), options["json"])
                    if self.stopping:
                        return
                pause = options["interval"]
            except SourceFailed as problem:
                pause = min(max(pause, 0.5) * 2, _LONGEST_PAUSE_SECONDS)
                self.stderr.write(f"{problem}; trying again in {pause:g} seconds")
            self._sleep(pause)

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < end:
            time.sleep(min(0.1, max(0.0, end - time.monotonic())))

    def _tell_start(self, options: dict[str, Any], secret: str) -> None:
        if options["json"]:
            self._line(json.dumps({"ready": True, "secret": secret, "forwardTo": options["forward_to"]}))
        else:
            self._line(f"Forwarding to {options['forward_to']}, signed with {secret}. Ctrl-C ends it.")

    def _tell(self, done: Forwarded, as_json: bool) -> None:
        if as_json:
            self._line(json.dumps(done.to_json()))
            return
        said = done.status if done.status is not None else done.error
        at = iso(datetime.now(UTC))[11:19]
        self._line(f"{at}  {done.event['type']:<22} {done.event['id']}  {said}  {done.duration_ms} ms")

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _source(options: dict[str, Any]) -> Source:
    if options["key"]:
        return ApiSource(options["base_url"], options["key"])
    merchant = Merchant.objects.filter(email=options["merchant"].strip().lower()).first()
    if merchant is None:
        raise CommandError(f"no merchant has the e-mail address {options['merchant']}")
    return LocalSource(merchant)


def _since(text: str) -> str:
    try:
        return iso(span("--replay-since", text)[0]) if text else ""
    except ValidationError as refused:
        raise CommandError(refused.message) from None
