"""OpenAPI descriptions of the webhook routes."""

from typing import Any

from rest_framework import serializers

from mypay.kit.documented import PAGES, errors, example, header, ok, query
from sandbox.tricks import HEADER
from webhooks.api import serializers as s

_TAGS = {"tags": ["webhooks"]}
_SANDBOX = {"tags": ["sandbox"]}
_DATES = [query("startDate", "A date, its whole day counts, or a time"), query("endDate", "A date, its whole day counts, or a time")]
_TYPE = query("type", "A type of the catalogue, or a family as payout.*")
_BODY = (400, 413, 415)

LIST_ENDPOINTS: dict[str, Any] = {**_TAGS, "operation_id": "list_endpoints", "responses": ok("Endpoints", s.EndpointsSerializer())}
CREATE_ENDPOINT: dict[str, Any] = {
    **_TAGS,
    "operation_id": "create_endpoint",
    "request": s.EndpointCreateSerializer,
    "responses": {**ok("EndpointCreated", s.NewEndpointSerializer(), status=201), **errors(*_BODY, 409)},
    "examples": [
        example("All events of payouts, and completed payments", url="https://example.com/hooks", events=["payout.*", "payment.completed"]),
        example(
            "Two tries, one after the other", url="http://127.0.0.1:9000/hooks", schedule=[0, 60], ordered=True, headers={"X-Shop": "7"}
        ),
    ],
}
GET_ENDPOINT: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_endpoint",
    "responses": {**ok("Endpoint", s.EndpointSerializer()), **errors(404)},
}
CHANGE_ENDPOINT: dict[str, Any] = {
    **_TAGS,
    "operation_id": "change_endpoint",
    "request": s.EndpointChangeSerializer,
    "responses": {**ok("EndpointChanged", s.EndpointSerializer()), **errors(*_BODY, 404)},
    "examples": [example("Switch it on again", enabled=True)],
}
DELETE_ENDPOINT: dict[str, Any] = {
    **_TAGS,
    "operation_id": "delete_endpoint",
    "responses": {**ok("EndpointDeleted", s.DeletedSerializer()), **errors(404)},
}
ROTATE_SECRET: dict[str, Any] = {
    **_TAGS,
    "operation_id": "rotate_endpoint_secret",
    "request": s.RotateSecretSerializer,
    "responses": {**ok("SecretRotated", s.NewEndpointSerializer()), **errors(*_BODY, 404)},
    "examples": [example("The old one signs for an hour more", overlapSeconds=3600)],
}
REPLAY: dict[str, Any] = {
    **_TAGS,
    "operation_id": "replay_deliveries",
    "request": s.ReplayCreateSerializer,
    "responses": {**ok("ReplayStarted", s.ReplaySerializer(), status=201), **errors(*_BODY, 404, 409)},
    "examples": [example("What failed on one day", **{"from": "2026-01-31", "to": "2026-01-31"})],
}
GET_REPLAY: dict[str, Any] = {**_TAGS, "operation_id": "get_replay", "responses": {**ok("Replay", s.ReplaySerializer()), **errors(404)}}
LIST_EVENTS: dict[str, Any] = {
    **_TAGS,
    "operation_id": "list_events",
    "parameters": [
        *PAGES,
        query("after", "Instead of page: an event's id; what came after it, oldest first"),
        _TYPE,
        query("subjectId", "Of one payout, checkout, refund, dispute or settlement"),
        *_DATES,
    ],
    "responses": {**ok("Events", s.EventPageSerializer()), **errors(400)},
}
EVENT_TYPES: dict[str, Any] = {**_TAGS, "operation_id": "list_event_types", "responses": ok("EventTypes", s.CatalogueSerializer())}
LIST_DELIVERIES: dict[str, Any] = {
    **_TAGS,
    "operation_id": "list_deliveries",
    "parameters": [
        *PAGES,
        query("endpointId", "An endpoint's id; merchant or checkout for webhookUrl and successUrl"),
        query("status", "pending, delivered, failed or skipped"),
        _TYPE,
        query("eventId", "Of one event"),
        query("subjectId", "About one object"),
        query("replayId", "Of one replay"),
        *_DATES,
    ],
    "responses": {**ok("Deliveries", s.DeliveryPageSerializer()), **errors(400)},
}
GET_DELIVERY: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_delivery",
    "responses": {**ok("Delivery", s.DeliveryDetailSerializer()), **errors(404)},
}
RESEND: dict[str, Any] = {
    **_TAGS,
    "operation_id": "resend_delivery",
    "request": None,
    "responses": {**ok("Resent", s.DeliverySerializer()), **errors(*_BODY, 404, 409)},
}
TRIGGER: dict[str, Any] = {
    **_TAGS,
    "operation_id": "trigger_event",
    "parameters": [
        header(HEADER, "Sandbox: what its deliveries do wrong: duplicate, reorder, delay, drop, wrong_signature, stale_timestamp")
    ],
    "request": s.TriggerSerializer,
    "responses": {**ok("Triggered", s.EventWithDataSerializer(), status=201), **errors(*_BODY, 403)},
    "examples": [example("A payment, completed", type="payment.completed", data={"reference": "ORDER-7"})],
}
DEBUG: dict[str, Any] = {
    **_TAGS,
    "operation_id": "debug_signature",
    "request": s.DebugSerializer,
    "responses": {**ok("DebugReport", s.DebugReportSerializer()), **errors(*_BODY, 404)},
    "examples": [
        example(
            "A body written anew before it was verified",
            headers={
                "webhook-id": "01936b2e-7f00-7000-8000-000000000001",
                "webhook-timestamp": "1769860800",
                "webhook-signature": "v1,yfmTL7t8/WazlDDh8b4KQn3Ap6W46qeFtwwyjFAGoGw=",
            },
            body='{"type": "payout.updated"}',
            secret="whsec_dGhlIGtleSBvZiBhbiBleGFtcGxlLCAzMiBieXRlcyE=",
            now="2026-01-31T12:00:00Z",
        )
    ],
}


class _RemovedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    removed = serializers.IntegerField()


LIST_TRICKS: dict[str, Any] = {
    **_SANDBOX,
    "operation_id": "list_tricks",
    "responses": {**ok("Tricks", s.TricksSerializer()), **errors(403)},
}
ADD_TRICK: dict[str, Any] = {
    **_SANDBOX,
    "operation_id": "add_trick",
    "request": s.TrickCreateSerializer,
    "responses": {**ok("Trick", s.TrickSerializer(), status=201), **errors(*_BODY, 403)},
    "examples": [example("The next payment.completed arrives twice", trick="duplicate", match={"type": "payment.completed"}, uses=1)],
}
CLEAR_TRICKS: dict[str, Any] = {
    **_SANDBOX,
    "operation_id": "clear_tricks",
    "responses": {**ok("TricksCleared", _RemovedSerializer()), **errors(403)},
}
REMOVE_TRICK: dict[str, Any] = {
    **_SANDBOX,
    "operation_id": "remove_trick",
    "responses": {**ok("TrickRemoved", _RemovedSerializer()), **errors(403, 404)},
}
