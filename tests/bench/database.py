"""The scratch database: made for one run, dropped after it, never the one that DATABASE_URL names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

DEFAULT_URL = "mysql://root@127.0.0.1:3306/mypay_bench"
SUFFIX = "_bench"


@dataclass(frozen=True)
class Scratch:
    """Where the scratch database is."""

    host: str
    port: int
    user: str
    password: str
    name: str
    url: str

    def server(self) -> dict[str, Any]:
        """Arguments of `MySQLdb.connect`, without a database."""
        return {"host": self.host, "port": self.port, "user": self.user, "password": self.password}

    def arguments(self) -> dict[str, Any]:
        """Arguments of `MySQLdb.connect` to the scratch database."""
        return {**self.server(), "database": self.name}


def from_url(url: str) -> Scratch:
    """The scratch database on the server of `url`; its name always ends in `_bench`, as it is dropped."""
    parts = urlsplit(url)
    if parts.scheme != "mysql":
        raise SystemExit(f"The bench needs MariaDB: DATABASE_URL=mysql://…, not {parts.scheme}://…")
    name = parts.path.lstrip("/") or "mypay"
    name = name if name.endswith(SUFFIX) else name + SUFFIX
    if not name.replace("_", "").isalnum():
        raise SystemExit(f"The bench cannot use {name!r}: letters, digits and _ only.")
    user, password = unquote(parts.username or "root"), unquote(parts.password or "")
    return Scratch(parts.hostname or "127.0.0.1", parts.port or 3306, user, password, name, parts._replace(path=f"/{name}").geturl())


@contextmanager
def created(scratch: Scratch) -> Iterator[None]:
    """The database, empty; dropped at the end. A second bench on the same server and name is refused."""
    import MySQLdb

    connection = MySQLdb.connect(**scratch.server())
    cursor = connection.cursor()
    cursor.execute("SET SESSION wait_timeout = 28800")
    cursor.execute("SELECT GET_LOCK(%s, 0)", [scratch.name])
    if cursor.fetchone() != (1,):
        raise SystemExit(f"Another bench is using {scratch.name}.")
    cursor.execute(f"DROP DATABASE IF EXISTS `{scratch.name}`")
    cursor.execute(f"CREATE DATABASE `{scratch.name}` CHARACTER SET utf8mb4")
    try:
        yield
    finally:
        cursor.execute(f"DROP DATABASE `{scratch.name}`")
        connection.close()


def variables() -> dict[str, str]:
    """What of the server decides the figures."""
    from django.db import connection

    names = ("version", "innodb_flush_log_at_trx_commit", "innodb_buffer_pool_size", "log_bin", "sync_binlog")
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"@@{name}" for name in names))
        return dict(zip(names, (str(value) for value in cursor.fetchone()), strict=True))
