"""Starting the portal's own processes in tests: the same code, the same database, a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def test_database_url() -> str:
    """The database of the running test, for another process."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    host = of["HOST"] or "127.0.0.1"
    secret = f":{of['PASSWORD']}" if of["PASSWORD"] else ""
    return f"postgres://{of['USER'] or 'postgres'}{secret}@{host}:{of['PORT'] or 5432}/{of['NAME']}"


test_database_url.__test__ = False  # type: ignore[attr-defined]


def portal_env(**more: str) -> dict[str, str]:
    """The environment of a portal process that shares the test's database and settings."""
    return {
        **{key: value for key, value in os.environ.items() if key not in ("REDIS_URL",)},
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": test_database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "JUSTIN_URL": settings.JUSTIN_URL,
        "JUSTIN_INFO_URL": settings.JUSTIN_INFO_URL,
        "JUSTIN_PAUSE_SECONDS": "0",
        "JUSTIN_TIMEOUT_SECONDS": "5",
        "PYTHONPATH": str(ROOT),
        **more,
    }


def run_python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, with Django set up."""
    setup = "import django; django.setup()\n"
    return subprocess.run(
        [sys.executable, "-c", setup + code], env=portal_env(**env), cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def manage(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """manage.py in a process of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *words], env=portal_env(**env), cwd=ROOT, capture_output=True, text=True, timeout=120
    )


@contextmanager
def running(*command: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs for the block; it and its children are ended, by their group."""
    process = subprocess.Popen(
        command, env=dict(env), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    os.set_blocking(process.stdout.fileno(), False)  # type: ignore[union-attr]
    try:
        yield process
    finally:
        for kill in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, kill)
            except ProcessLookupError:
                break
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
        process.wait(10)


def wait_until(true: Callable[[], object], *, seconds: float = 30, what: str = "") -> None:
    """Ask until it holds; fails with `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what or true}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
