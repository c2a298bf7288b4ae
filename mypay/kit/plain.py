"""Reads of plain rows for the paths where a model's queryset costs more than the database does.

The text of a read is made once a model and its columns; values come back as the fields give them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import models

from mypay.kit import sql

M = TypeVar("M", bound=models.Model)
Row = tuple[Any, ...]
Choice = Callable[[Sequence[Row]], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class _Reader:
    """`SELECT columns FROM table`, and what makes a column's value of the database's, by place."""

    text: str
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


@cache
def _reader(model: type[models.Model], names: tuple[str, ...], vendor: str) -> _Reader:
    connection = sql.database()
    quote = connection.ops.quote_name
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = ", ".join(quote(str(fields[name].column)) for name in names)
    converters = tuple((place, made) for place, name in enumerate(names) if (made := _converter(fields[name])))
    return _Reader(f"SELECT {columns} FROM {quote(model._meta.db_table)}", converters)


def _converter(field: Any) -> Callable[[Any], Any] | None:
    connection = sql.database()
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    column = target.get_col(target.model._meta.db_table)
    chain = [*connection.ops.get_db_converters(column), *target.get_db_converters(connection)]
    if isinstance(target, models.UUIDField):
        return lambda value: UUID(value) if isinstance(value, str) else value
    if not chain:
        return None

    def convert(value: Any) -> Any:
        for step in chain:
            value = step(value, column, connection)
        return value

    return convert


def everything(rows: Sequence[Row]) -> Sequence[Row]:
    """All of them."""
    return rows


def rows(model: type[models.Model], names: tuple[str, ...], rest: str, params: Sequence[Any], *, choose: Choice = everything) -> list[Row]:
    """These columns of the rows that `rest` picks: all of a SELECT after its table, with its parameters as the database takes them.

    `choose` gives back those that are wanted of the rows as the database gave them; text and numbers are what they will be.
    """
    connection = sql.database()
    reader = _reader(model, names, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(f"{reader.text} {rest}", params)
        found = cursor.fetchall()
    return [_converted(row, reader.converters) for row in choose(found)]


@dataclass(frozen=True, slots=True)
class Read:
    """As the arguments of `rows`; all columns unless some are named."""

    model: type[models.Model]
    rest: str
    params: Sequence[Any]
    names: tuple[str, ...] = ()


def together(*reads: Read) -> list[list[Row]]:
    """The rows of each read, in one round trip where the database takes several statements at once."""
    connection = sql.database()
    if connection.vendor != "mysql":
        return [rows(read.model, read.names or _names(read.model), read.rest, read.params) for read in reads]
    readers = [_reader(read.model, read.names or _names(read.model), connection.vendor) for read in reads]
    found = []
    with connection.cursor() as cursor:
        texts = [f"{reader.text} {read.rest}" for reader, read in zip(readers, reads, strict=True)]
        cursor.execute("; ".join(texts), [param for read in reads for param in read.params])
        for reader in readers:
            found.append([_converted(row, reader.converters) for row in cursor.fetchall()])
            cursor.nextset()
    return found


def _converted(row: Row, converters: tuple[tuple[int, Callable[[Any], Any]], ...]) -> Row:
    values = list(row)
    for place, convert in converters:
        if values[place] is not None:
            values[place] = convert(values[place])
    return tuple(values)


def instances(model: type[M], rest: str, params: Sequence[Any]) -> list[M]:
    """The rows that `rest` picks as instances, without their relations."""
    return made(model, rows(model, _names(model), rest, params))


def made(model: type[M], found: Sequence[Row]) -> list[M]:
    """Instances of rows with all columns."""
    return [model.from_db("default", _names(model), row) for row in found]


@cache
def _names(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


def among(column: str, keys: Sequence[Any]) -> str:
    """`column IN (…)` for so many parameters; nothing for none."""
    return f"{column} IN ({', '.join(['%s'] * len(keys))})" if keys else "1 = 0"


def key(model: type[models.Model], name: str, value: Any) -> Any:
    """A parameter as the database takes a value of that column."""
    return _field(model, name).get_db_prep_value(value, sql.database())


@cache
def _field(model: type[models.Model], name: str) -> Any:
    return next(field for field in model._meta.concrete_fields if field.attname == name)
