"""Encrypt every encrypted column anew with the first of ENCRYPTION_KEYS.

Rows say the version of their key, so what is done is seen from the rows: stopped at any point, the
next run goes on with what is left. A row that somebody changes meanwhile is left to them: they
write with the first key too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from gateways.models import GatewayAccount
from gateways.selectors import CREDENTIALS_CONTEXT
from gateways.selectors import WEBHOOK_SECRET_CONTEXT as CALLBACK_SECRET_CONTEXT
from merchants.models import ApiKey, Authenticator, Merchant
from merchants.services import issue_key, second_factor
from merchants.services.create_merchant import WEBHOOK_SECRET_CONTEXT
from mypay.kit.crypto import decrypt, encrypt
from mypay.settings import environment
from webhooks.models import Endpoint
from webhooks.services.attempt import SECRET_CONTEXT

Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Column:
    """An encrypted column and the context its boxes are bound to."""

    model: type[Model]
    field: str
    context: str

    @property
    def name(self) -> str:
        return f"{self.model._meta.db_table}.{self.field}"

    def left(self) -> Any:
        """Rows that hold something that another key than the first encrypted."""
        rows = self.model._base_manager.exclude(**{self.field: ""})
        return rows.exclude(**{f"{self.field}__startswith": f"v{first_version()}:"}).order_by("pk")


COLUMNS = (
    Column(Merchant, "webhook_secret_encrypted", WEBHOOK_SECRET_CONTEXT),
    Column(ApiKey, "encrypted", issue_key._CONTEXT),
    Column(ApiKey, "secret_encrypted", issue_key.SECRET_CONTEXT),
    Column(Authenticator, "secret_encrypted", second_factor._CONTEXT),
    Column(Endpoint, "secret_encrypted", SECRET_CONTEXT),
    Column(Endpoint, "old_secret_encrypted", SECRET_CONTEXT),
    Column(GatewayAccount, "credentials_encrypted", CREDENTIALS_CONTEXT),
    Column(GatewayAccount, "webhook_secret_encrypted", CALLBACK_SECRET_CONTEXT),
)


def first_version() -> str:
    """The version of the key that encrypts."""
    return environment.ENCRYPTION_KEYS.partition(",")[0].strip().partition(":")[0]


def rotate(*, batch: int = 500, told: Told = lambda name, number: None) -> tuple[dict[str, int], list[str]]:
    """Rows encrypted anew by column, and what could not be read; `told` hears of each batch."""
    done: dict[str, int] = {}
    failed: list[str] = []
    for column in COLUMNS:
        done[column.name] = 0
        for rows in _batches(column, batch):
            for pk, box in rows:
                try:
                    fresh = encrypt(decrypt(box, context=column.context), context=column.context)
                except Exception as problem:
                    failed.append(f"{column.name} of {pk}: {type(problem).__name__} {problem}".strip())
                    continue
                same = column.model._base_manager.filter(**{"pk": pk, column.field: box})
                done[column.name] += same.update(**{column.field: fresh})
            told(column.name, done[column.name])
    return done, failed


def left() -> dict[str, int]:
    """How many rows each column still has under other keys."""
    return {column.name: column.left().count() for column in COLUMNS}


def _batches(column: Column, size: int) -> Iterator[list[tuple[Any, str]]]:
    after: Any = None
    while True:
        rows = column.left()
        if after is not None:
            rows = rows.filter(pk__gt=after)
        found = list(rows.values_list("pk", column.field)[:size])
        if not found:
            return
        yield found
        after = found[-1][0]
