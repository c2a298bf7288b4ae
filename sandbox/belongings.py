"""What belongs to a merchant, found in Django's registry: every model with a foreign key path to it.

Reset, snapshot and the end of a child sandbox walk this list, so a new app takes part without a
line here and the sandbox imports nothing above itself. Two kinds of rows are no part of a
merchant's state and stay: those of the room `merchants` (who it is: members, keys), and models
that say `kept_on_reset = True`. Audit entries have no foreign key, on purpose, and are not found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, QuerySet

from merchants.models import Merchant

_WHO_IT_IS = "merchants"
_BATCH = 500
# Models of the kit know no merchant; this column of theirs holds its id.
_BY_COLUMN = {"kit.idempotencyrecord": "owner_id"}


@dataclass(frozen=True, slots=True)
class Owned:
    """A model whose rows belong to merchants; `path` is the look-up that leads to theirs."""

    model: type[Model]
    path: str
    is_state: bool

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    def rows(self, merchant_id: int) -> QuerySet[Any]:
        """The merchant's rows, in the order of their keys."""
        return self.model._base_manager.filter(**{self.path: merchant_id}).order_by("pk")


@cache
def owned() -> tuple[Owned, ...]:
    """All models with rows of merchants, each after those it points to."""
    every = [model for model in apps.get_models(include_auto_created=True) if model is not Merchant and model._meta.managed]
    paths = _paths(every)
    return tuple(Owned(model, paths[model], _is_state(model)) for model in _parents_first(list(paths)))


def state() -> tuple[Owned, ...]:
    """The models that are a merchant's state: what it did, not who it is."""
    return tuple(known for known in owned() if known.is_state)


def erase(models: tuple[Owned, ...], merchant_id: int) -> int:
    """Delete the merchant's rows of these models, those that point to others first; returns how many.

    By key: a DELETE by owner would wait for rows that others are just inserting, who in turn wait
    for the merchant's row that our caller holds.
    """
    return sum(_erase(known, merchant_id) for known in reversed(models))


def _erase(known: Owned, merchant_id: int) -> int:
    keys = list(known.rows(merchant_id).values_list("pk", flat=True))
    return sum(known.model._base_manager.filter(pk__in=batch).delete()[0] for batch in _batches(keys))


def _batches(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]


def _is_state(model: type[Model]) -> bool:
    return model._meta.app_label != _WHO_IT_IS and not getattr(model, "kept_on_reset", False)


def _paths(every: list[type[Model]]) -> dict[type[Model], str]:
    """The shortest path of each model to the merchant."""
    paths = {model: _BY_COLUMN[model._meta.label_lower] for model in every if model._meta.label_lower in _BY_COLUMN}
    reached: dict[type[Model], str] = {Merchant: ""}
    while reached:
        step: dict[type[Model], str] = {}
        for model in every:
            if model in paths:
                continue
            for field in _keys(model):
                if field.related_model in reached:
                    onwards = reached[field.related_model]
                    step.setdefault(model, f"{field.name}__{onwards}" if onwards else field.name)
        paths |= step
        reached = step
    return paths


def _keys(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]


def _parents_first(models: list[type[Model]]) -> list[type[Model]]:
    order: list[type[Model]] = []
    seen: set[type[Model]] = set()

    def visit(model: type[Model]) -> None:
        if model in seen:
            return
        seen.add(model)
        for field in _keys(model):
            if field.related_model in models:
                visit(field.related_model)
        order.append(model)

    for model in models:
        visit(model)
    return order
