"""A campaign with a shifter of its own, for tests of its log."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from campaigns.models import Appointment, Campaign
from campaigns.services import watch_justin_campaign
from monitoring.models import JustinCampaign
from portal.models import User
from tests.factories import make_campaign
from tests.monitoring.conftest import recorded

__all__ = ["recorded"]


@pytest.fixture
def campaign(db: None, shifter: User) -> Campaign:
    """shifter1 is appointed to it."""
    campaign = make_campaign("pdhd-reco-2026b", 402)
    Appointment.objects.create(campaign=campaign, user=shifter)
    return campaign


@pytest.fixture
def watch(campaign: Campaign) -> Callable[[int], JustinCampaign]:
    return lambda number: watch_justin_campaign(campaign, number, actor=None)[0]


@pytest.fixture(autouse=True)
def _uploads_go_elsewhere(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
