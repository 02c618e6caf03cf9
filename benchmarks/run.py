"""Benchmarks that print ratios: `make bench`. On a database of their own in a temporary folder; nothing is asserted."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATA_DIR=folder, DJANGO_SETTINGS_MODULE="portal.settings", DEMO="1", LOG_LEVEL="ERROR")
        os.environ.pop("REDIS_URL", None)
        os.environ.pop("DATABASE_URL", None)
        if only := os.environ.get("LOG_BENCH_DATABASE_URL"):
            os.environ["DATABASE_URL"] = only
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from benchmarks import asking, log, pages, reading, steps

        log.measure()
        if only:
            return
        reading.measure()
        asking.measure()
        pages.measure()
        steps.measure()


if __name__ == "__main__":
    main()
