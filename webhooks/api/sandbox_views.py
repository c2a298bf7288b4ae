"""Tricks of a merchant's deliveries, `/api/v1/sandbox/webhook-tricks`."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from mypay.kit.errors import NotFound
from sandbox.api.base import SandboxView
from webhooks import selectors
from webhooks.api import schema
from webhooks.render import trick_json
from webhooks.services.tricks import add_trick, remove_tricks
from webhooks.states import Trick
from webhooks.tricks import DELAY_SECONDS, checked_match

_MAX_DELAY_SECONDS = 7 * 86_400


class TricksView(SandboxView):
    @extend_schema(**schema.LIST_TRICKS)
    def get(self, request: Request) -> HttpResponse:
        """The merchant's tricks; one whose uses are spent is no longer there."""
        return success(200, {"tricks": [trick_json(rule) for rule in selectors.list_tricks(self.merchant)]}).response()

    @extend_schema(**schema.ADD_TRICK)
    def post(self, request: Request) -> HttpResponse:
        """Add a trick; `uses: 1` plays it on the next delivery that matches."""
        self.only("trick", "match", "uses", "delaySeconds")
        rule = add_trick(
            merchant=self.merchant,
            trick=Trick(self.choice("trick", Trick.values)),
            match=checked_match(self.body.get("match", {})),
            delay_seconds=self.whole("delaySeconds", DELAY_SECONDS, minimum=1, maximum=_MAX_DELAY_SECONDS) or DELAY_SECONDS,
            uses=self.whole("uses", None, minimum=1),
        )
        return success(201, trick_json(rule)).response()

    @extend_schema(**schema.CLEAR_TRICKS)
    def delete(self, request: Request) -> HttpResponse:
        """Remove all tricks."""
        return success(200, {"removed": remove_tricks(merchant=self.merchant)}).response()


class TrickView(SandboxView):
    @extend_schema(**schema.REMOVE_TRICK)
    def delete(self, request: Request, trick_id: str) -> HttpResponse:
        """Remove one trick."""
        if not (trick_id.isascii() and trick_id.isdigit() and len(trick_id) < 18):
            raise NotFound("Trick not found")
        return success(200, {"removed": remove_tricks(merchant=self.merchant, rule_id=int(trick_id))}).response()
