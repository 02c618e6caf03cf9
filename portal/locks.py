"""One holder at a time, across processes; let go by itself when the holder dies.

With PostgreSQL an advisory lock of the session, so that workers on several machines see it; with SQLite, which lives on
one machine anyway, a lock on a file in DATA_DIR.
"""

from __future__ import annotations

import fcntl
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import DatabaseError, connection


@contextmanager
def exclusive(name: str, *, wait_seconds: float = 0) -> Iterator[bool]:
    """Hold the lock `name` for the block. Yields whether it was had; tries for up to `wait_seconds`."""
    hold = _advisory if connection.vendor == "postgresql" else _file
    with hold(name, time.monotonic() + wait_seconds) as held:
        yield held


@contextmanager
def in_turn(name: str) -> Iterator[None]:
    """Begin a writing transaction in turn: `with in_turn("log"), transaction.atomic():`. For what many do at once.

    Who waits for SQLite tries again now and then, and may be overtaken until the time is up; a lock on a file wakes whoever
    waits. PostgreSQL queues for rows by itself. Within a transaction nothing is waited for: it may be the one waited for.
    """
    if connection.vendor == "postgresql" or connection.in_atomic_block:
        yield
        return
    folder = settings.DATA_DIR / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield


@contextmanager
def _advisory(name: str, deadline: float) -> Iterator[bool]:
    key = zlib.crc32(name.encode())

    def call(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", [0x504F52, key - 2**31])
            return bool(cursor.fetchone()[0])

    while not (held := call("pg_try_advisory_lock")) and time.monotonic() < deadline:
        time.sleep(0.2)
    try:
        yield held
    finally:
        if held:
            with suppress(DatabaseError):  # a lost connection has let go already
                call("pg_advisory_unlock")


@contextmanager
def _file(name: str, deadline: float) -> Iterator[bool]:
    folder = settings.DATA_DIR / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        held = _try_flock(file.fileno())
        while not held and time.monotonic() < deadline:
            time.sleep(0.2)
            held = _try_flock(file.fileno())
        yield held


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
