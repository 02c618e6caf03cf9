"""A client of a MetaCat that answers as recorded."""

import pytest

from monitoring.metacat.client import MetacatClient, MetacatSettings
from tests.metacat import Metacat


@pytest.fixture
def client(metacat: Metacat) -> MetacatClient:
    return MetacatClient(MetacatSettings(metacat.url, pause_seconds=0, timeout_seconds=5, contact="production@example.org"))
