"""An installation with nothing in it but the seed, made once a run: migrating anew would take each world seconds."""

import fcntl
import pickle
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

SQLITE = "world.sqlite3"
_TABLES = "tables.pickle"


def connected(url: str, database: str = "") -> Any:
    """A connection to the MariaDB server of that URL."""
    import MySQLdb

    parts = urlsplit(url)
    where = {"host": parts.hostname, "port": parts.port or 3306, "user": parts.username or "", "passwd": parts.password or ""}
    return MySQLdb.connect(**where, database=database, charset="utf8mb4")


def blank(tmp_path_factory: pytest.TempPathFactory, worker: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled; the run's first worker has it made, the others wait."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker == "master" else base.parent) / "blank"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".made").exists():
            make(folder)
            (folder / ".made").touch()
    return folder


def keep_tables(url: str, database: str, folder: Path) -> None:
    """Write down the tables of a MariaDB database and the rows they have."""
    connection = connected(url, database)
    cursor = connection.cursor()
    cursor.execute("SHOW TABLES")
    kept = []
    for (table,) in cursor.fetchall():
        cursor.execute(f"SHOW CREATE TABLE `{table}`")
        created = cursor.fetchone()[1]
        cursor.execute(f"SELECT * FROM `{table}`")
        kept.append((table, created, cursor.fetchall()))
    connection.close()
    (folder / _TABLES).write_bytes(pickle.dumps(kept))


def copy(folder: Path, var: Path, url: str, database: str) -> None:
    """The same installation in another folder and, on MariaDB, another database, which is there and empty."""
    shutil.copytree(folder, var, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", f"{SQLITE}*", _TABLES))
    if database:
        _copy_tables(folder, url, database)
    else:
        with sqlite3.connect(folder / SQLITE) as source, sqlite3.connect(var / SQLITE) as target:
            source.backup(target)
        source.close()
        target.close()


def _copy_tables(folder: Path, url: str, database: str) -> None:
    connection = connected(url, database)
    cursor = connection.cursor()
    cursor.execute(f"ALTER DATABASE `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    cursor.execute("SET foreign_key_checks = 0, sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
    for table, created, rows in pickle.loads((folder / _TABLES).read_bytes()):
        cursor.execute(created)
        if rows:
            cursor.executemany(f"INSERT INTO `{table}` VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
    connection.commit()
    connection.close()
