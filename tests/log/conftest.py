"""A campaign with a shifter of its own, for tests of its log."""

from __future__ import annotations

import pytest

from campaigns.models import Appointment, Campaign
from portal.models import User
from tests.factories import make_campaign


@pytest.fixture
def campaign(db: None, shifter: User) -> Campaign:
    """shifter1 is appointed to it."""
    campaign = make_campaign("pdhd-reco-2026b", 402)
    Appointment.objects.create(campaign=campaign, user=shifter)
    return campaign


@pytest.fixture(autouse=True)
def _uploads_go_elsewhere(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
