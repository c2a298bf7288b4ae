"""Ports for the servers of tests: nobody's but the asker's until its process ends."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

_FOLDER = Path(tempfile.gettempdir()) / f"mypay-test-ports-{os.getuid()}"
_OURS = range(18_000, 31_000)  # below those that outgoing connections take for themselves
_kept: list[IO[str]] = []


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, kept by a lock a port from other workers and runs: each is bound only a while after it is found."""
    found: list[int] = []
    for port in random.sample(_OURS, len(_OURS)):
        if len(found) == count:
            break
        if is_free(port) and _is_kept(port):
            found.append(port)
    return found


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_kept(port: int) -> bool:
    """Whether the port is ours from now on, until this process ends."""
    _FOLDER.mkdir(exist_ok=True)
    lock = (_FOLDER / str(port)).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    _kept.append(lock)
    return True
