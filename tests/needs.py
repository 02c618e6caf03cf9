"""What a test needs of the machine. Missing things are skipped with a line that says so, or fail where they are required.

PORTAL_REQUIRE=chromium,postgresql,redis (the CI sets it) makes a missing one a failure.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

BROWSERS = ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"]


def chromium_path() -> str | None:
    """The first Chromium that this machine has."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def need(what: str) -> None:
    """Skip the test, or fail it where PORTAL_REQUIRE names it, unless the machine has `what`."""
    missing = {"chromium": _no_chromium, "postgresql": _no_postgresql, "redis": _no_redis}[what]()
    if not missing:
        return
    required = {name.strip() for name in os.environ.get("PORTAL_REQUIRE", "").split(",")}
    if what in required:
        pytest.fail(f"{missing} (PORTAL_REQUIRE asks for it)", pytrace=False)
    pytest.skip(missing)


def _no_chromium() -> str:
    return "" if chromium_path() else "no chromium here: apt-get install chromium fonts-liberation"


def _no_postgresql() -> str:
    if connection.vendor == "postgresql":
        return ""
    return "these tests run on SQLite: set DATABASE_URL=postgres://… to run them on PostgreSQL"


def _no_redis() -> str:
    return "" if settings.REDIS_URL else "no Redis is used here: set REDIS_URL=redis://… to run this"


AXE = Path(__file__).parent / "vendor" / "axe.min.js"
