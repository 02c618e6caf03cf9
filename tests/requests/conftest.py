"""What tests of requests share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _passwords_are_hashed_fast(settings: Any) -> None:
    """Most tests make people and log none of them in by password; the real hash would cost more than the tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
