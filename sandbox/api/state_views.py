"""A merchant's world as a whole: reset, snapshots, child sandboxes (`/api/v1/sandbox/*`)."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from mypay.kit.clock import iso
from sandbox.api import state_schema as schema
from sandbox.api.base import SandboxView, as_uuid
from sandbox.models import Child, Snapshot
from sandbox.services import children, clock
from sandbox.services.reset_state import reset_state
from sandbox.services.restore_snapshot import restore_snapshot
from sandbox.services.take_snapshot import delete_snapshot, get_snapshot, take_snapshot

_MAX_NAME = 100
_CHILD_RUPEES = 1_000_000


class ResetView(SandboxView):
    @extend_schema(**schema.RESET)
    def post(self, request: Request) -> HttpResponse:
        """Remove all activity; members, keys, snapshots and child sandboxes stay."""
        self.only()
        return success(200, {"removed": reset_state(merchant=self.merchant)}).response()


class SnapshotsView(SandboxView):
    @extend_schema(**schema.LIST_SNAPSHOTS)
    def get(self, request: Request) -> HttpResponse:
        """The merchant's snapshots, newest first."""
        found = Snapshot.objects.filter(merchant=self.merchant).defer("content")
        return success(200, {"snapshots": [_snapshot_json(row) for row in found]}).response()

    @extend_schema(**schema.TAKE_SNAPSHOT)
    def post(self, request: Request) -> HttpResponse:
        """Keep the present state."""
        self.only("name")
        taken = take_snapshot(merchant=self.merchant, name=self.text("name", _MAX_NAME))
        return success(201, _snapshot_json(taken)).response()


class SnapshotView(SandboxView):
    @extend_schema(**schema.DELETE_SNAPSHOT)
    def delete(self, request: Request, snapshot_id: str) -> HttpResponse:
        """Forget a snapshot."""
        delete_snapshot(merchant=self.merchant, snapshot_id=as_uuid(snapshot_id, "Snapshot"))
        return success(200, {"removed": 1}).response()


class RestoreView(SandboxView):
    @extend_schema(**schema.RESTORE_SNAPSHOT)
    def post(self, request: Request, snapshot_id: str) -> HttpResponse:
        """Bring everything back to the snapshot; time goes on from there."""
        self.only()
        kept = get_snapshot(self.merchant, as_uuid(snapshot_id, "Snapshot"))
        restored = restore_snapshot(merchant=self.merchant, snapshot=kept)
        reached = clock.state(self.merchant)
        return success(200, {"restored": restored, "now": iso(reached.now), "frozen": reached.frozen}).response()


class ChildrenView(SandboxView):
    @extend_schema(**schema.LIST_CHILDREN)
    def get(self, request: Request) -> HttpResponse:
        """The merchant's child sandboxes, newest first; keys are shown only when made."""
        found = children.list_children(self.merchant)
        return success(200, {"children": [_child_json(child) for child in found]}).response()

    @extend_schema(**schema.CREATE_CHILD)
    def post(self, request: Request) -> HttpResponse:
        """A merchant of its own, with money and keys."""
        self.only("name", "balance", "ttlSeconds")
        seconds = self.whole("ttlSeconds", None, minimum=1, maximum=children.MAX_TTL_SECONDS)
        made = children.create_child(
            parent=self.merchant,
            name=self.text("name", _MAX_NAME) or "Child sandbox",
            amounts={children.CURRENCY: children.opening_amount(self.body.get("balance", _CHILD_RUPEES))},
            ttl=None if seconds is None else timedelta(seconds=seconds),
        )
        keys = {"payoutKey": made.payout_key, "paymentKey": made.payment_key}
        return success(201, {**_child_json(made.child), **keys}).response()


class ChildView(SandboxView):
    @extend_schema(**schema.DELETE_CHILD)
    def delete(self, request: Request, child_id: str) -> HttpResponse:
        """Remove a child sandbox with all it has."""
        children.delete_child(parent=self.merchant, child_id=as_uuid(child_id, "Child sandbox"))
        return success(200, {"removed": 1}).response()


def _snapshot_json(row: Snapshot) -> dict[str, Any]:
    return {"id": str(row.pk), "name": row.name, "clock": iso(row.clock), "rows": row.row_count, "createdAt": iso(row.created_at)}


def _child_json(child: Child) -> dict[str, Any]:
    return {
        "id": str(child.merchant.uuid),
        "merchantId": child.merchant_id,
        "name": child.merchant.name,
        "createdAt": iso(child.created_at),
        "expiresAt": iso(child.due_at) if child.due_at else None,
    }
