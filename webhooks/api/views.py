"""The webhooks API, thin: read the request, call the service, send the reply."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from mypay.kit.errors import ValidationError
from mypay.kit.filters import span
from mypay.kit.ids import is_uuid
from sandbox.api.simulated import SimulatedView
from webhooks import dialects, selectors
from webhooks.api import schema
from webhooks.catalogue import EventType
from webhooks.debugger import examine
from webhooks.received import case
from webhooks.render import attempt_json, catalogue_json, delivery_json, endpoint_json, event_json, replay_json
from webhooks.services.change_endpoint import change_endpoint
from webhooks.services.create_endpoint import create_endpoint
from webhooks.services.delete_endpoint import delete_endpoint
from webhooks.services.replay import ALL, REPLAYED, replay
from webhooks.services.resend import resend
from webhooks.services.rotate_secret import rotate_secret
from webhooks.services.trigger import trigger
from webhooks.states import DeliveryStatus
from webhooks.validation import MAX_OVERLAP_SECONDS, only, read_endpoint_changes, read_new_endpoint, text, whole

_DAY_SECONDS = 86_400
_MAX_BODY = 262_144
_MAX_HEADERS = 100


class EndpointsView(SimulatedView):
    @extend_schema(**schema.LIST_ENDPOINTS)
    def get(self, request: Request) -> HttpResponse:
        """The merchant's endpoints, the oldest first."""
        return success(200, {"endpoints": [endpoint_json(row) for row in selectors.list_endpoints(self.merchant)]}).response()

    @extend_schema(**schema.CREATE_ENDPOINT)
    def post(self, request: Request) -> HttpResponse:
        """Add an endpoint; its secret is shown this once."""
        endpoint, secret = create_endpoint(merchant=self.merchant, values=read_new_endpoint(self.body))
        return success(201, endpoint_json(endpoint, secret)).response()


class EndpointView(SimulatedView):
    @extend_schema(**schema.GET_ENDPOINT)
    def get(self, request: Request, endpoint_id: str) -> HttpResponse:
        """One endpoint."""
        return success(200, endpoint_json(selectors.get_endpoint(self.merchant, endpoint_id))).response()

    @extend_schema(**schema.CHANGE_ENDPOINT)
    def patch(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Change what the body names; switch it off and on with `enabled`."""
        endpoint = selectors.get_endpoint(self.merchant, endpoint_id)
        return success(200, endpoint_json(change_endpoint(endpoint=endpoint, values=read_endpoint_changes(self.body, endpoint)))).response()

    @extend_schema(**schema.DELETE_ENDPOINT)
    def delete(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Delete an endpoint; its deliveries stay to be read."""
        delete_endpoint(endpoint=selectors.get_endpoint(self.merchant, endpoint_id))
        return success(200, {"deleted": True}).response()


class RotateSecretView(SimulatedView):
    @extend_schema(**schema.ROTATE_SECRET)
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """A new secret, shown this once; the old one signs too for `overlapSeconds`."""
        only(self.body, "overlapSeconds")
        seconds = whole(self.body.get("overlapSeconds", _DAY_SECONDS), "overlapSeconds", 0, MAX_OVERLAP_SECONDS)
        endpoint = selectors.get_endpoint(self.merchant, endpoint_id)
        secret = rotate_secret(endpoint=endpoint, overlap=timedelta(seconds=seconds))
        return success(200, endpoint_json(endpoint, secret)).response()


class ReplaysView(SimulatedView):
    @extend_schema(**schema.REPLAY)
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Send all of an endpoint's failed deliveries again, or those of a time, or others."""
        only(self.body, "from", "to", "status")
        status = self.body.get("status", DeliveryStatus.FAILED.value)
        known = [*(str(status) for status in REPLAYED), ALL]
        if status not in known:
            raise ValidationError(f"status must be one of {', '.join(known)}", field="status")
        start, end = self._moment("from", 0), self._moment("to", 1)
        made = replay(endpoint=selectors.get_endpoint(self.merchant, endpoint_id), status=status, start=start, end=end)
        return success(201, replay_json(made, selectors.progress(made))).response()

    def _moment(self, name: str, end: int) -> datetime | None:
        value = self.body.get(name)
        return None if value is None else span(name, text(value, name, 40))[end]


class ReplayView(SimulatedView):
    @extend_schema(**schema.GET_REPLAY)
    def get(self, request: Request, replay_id: str) -> HttpResponse:
        """How far a replay is."""
        found = selectors.get_replay(self.merchant, replay_id)
        return success(200, replay_json(found, selectors.progress(found))).response()


class EventsView(SimulatedView):
    @extend_schema(**schema.LIST_EVENTS)
    def get(self, request: Request) -> HttpResponse:
        """What has happened, newest first."""
        page = selectors.list_events(self.merchant, request.query_params)
        return success(200, {"events": [event_json(row) for row in page.rows], "pagination": page.pagination}).response()


class EventTypesView(SimulatedView):
    @extend_schema(**schema.EVENT_TYPES)
    def get(self, request: Request) -> HttpResponse:
        """The catalogue: each type with its meaning and an example of the body, and what each dialect calls events."""
        told = [catalogue_json(self.merchant, type) for type in EventType]
        names = {dialect: dialects.catalogue(dialect) for dialect in sorted(dialects.known())}
        return success(200, {"eventTypes": told, "dialects": names}).response()


class DeliveriesView(SimulatedView):
    @extend_schema(**schema.LIST_DELIVERIES)
    def get(self, request: Request) -> HttpResponse:
        """What was, or is to be, sent where, newest first."""
        page = selectors.list_deliveries(self.merchant, request.query_params)
        return success(200, {"deliveries": [delivery_json(row) for row in page.rows], "pagination": page.pagination}).response()


class DeliveryView(SimulatedView):
    @extend_schema(**schema.GET_DELIVERY)
    def get(self, request: Request, delivery_id: str) -> HttpResponse:
        """One delivery with every try: what was sent, what came back, how long it took."""
        found = selectors.get_delivery(self.merchant, delivery_id)
        tried = [attempt_json(row) for row in selectors.attempts(found)]
        return success(200, {**delivery_json(found), "attempts": tried}).response()


class ResendView(SimulatedView):
    @extend_schema(**schema.RESEND)
    def post(self, request: Request, delivery_id: str) -> HttpResponse:
        """Try a delivery again now, whatever became of it."""
        only(self.body)
        return success(200, delivery_json(resend(delivery=selectors.get_delivery(self.merchant, delivery_id)))).response()


class TriggerView(SimulatedView):
    @extend_schema(**schema.TRIGGER)
    def post(self, request: Request) -> HttpResponse:
        """Fire any event of the catalogue, of a made object or of your own (sandbox merchants)."""
        only(self.body, "type", "data", "subjectId")
        type, data = self.body.get("type"), self.body.get("data", {})
        if type not in EventType.values:
            raise ValidationError("type must be one of /webhooks/event-types", field="type")
        if not isinstance(data, dict):
            raise ValidationError("data must be an object", field="data")
        made = trigger(merchant=self.merchant, type=EventType(type), data=data, subject_id=self._subject())
        return success(201, event_json(made)).response()

    def _subject(self) -> UUID | None:
        value = self.body.get("subjectId")
        if value is None:
            return None
        if not isinstance(value, str) or not is_uuid(value):
            raise ValidationError("subjectId must be an object's id", field="subjectId")
        return UUID(value)


class DebugView(SimulatedView):
    @extend_schema(**schema.DEBUG)
    def post(self, request: Request) -> HttpResponse:
        """Why a signature does not match, part by part."""
        only(self.body, "headers", "body", "secret", "endpointId", "now")
        body, now = self.body.get("body"), self.body.get("now")
        if not isinstance(body, str) or len(body) > _MAX_BODY:
            raise ValidationError(f"body must be the received body as text of at most {_MAX_BODY} characters", field="body")
        examined = case(
            self.merchant,
            headers=self._headers(),
            body=body.encode(),
            secret=text(self.body.get("secret"), "secret", 500).strip(),
            endpoint_id=text(self.body.get("endpointId"), "endpointId", 40),
            now=None if now is None else span("now", text(now, "now", 40))[0],
        )
        return success(200, examine(examined).to_json()).response()

    def _headers(self) -> dict[str, str]:
        headers: Any = self.body.get("headers")
        if not isinstance(headers, dict) or len(headers) > _MAX_HEADERS:
            raise ValidationError("headers must be an object of the received headers", field="headers")
        return {name: text(value, f"headers.{name[:50]}", 8000) for name, value in headers.items()}
