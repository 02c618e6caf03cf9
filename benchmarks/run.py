"""Benchmarks that print ratios: `make bench`. On a database of their own in a temporary folder; nothing is asserted."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 9


def best_of(run: Callable[[], object], *, before: Callable[[], object] = lambda: None) -> float:
    """Seconds of the fastest of some runs: the least disturbed by whatever else the machine does."""
    times = []
    for _ in range(REPEATS):
        before()
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def say(what: str, slow: float, fast: float, than: str, note: str = "") -> None:
    print(f"{what:<58} {slow * 1000:8.1f} ms = {slow / fast:5.2f} x {than} ({fast * 1000:.1f} ms){note}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATA_DIR=folder, DJANGO_SETTINGS_MODULE="portal.settings", DEMO="1", LOG_LEVEL="ERROR")
        os.environ.pop("REDIS_URL", None)
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from benchmarks import asking, pages, reading

        reading.measure()
        asking.measure()
        pages.measure()


if __name__ == "__main__":
    main()
