from collections.abc import Callable, Iterator

import pytest

from campaigns.models import Campaign
from campaigns.services import create_campaign, register_workflow, watch_justin_campaign
from monitoring.models import JustinCampaign
from tests.replay import Replay


@pytest.fixture
def recorded(settings) -> Iterator[Replay]:
    """justIN as recorded, and the portal set to ask it. What was not recorded is an empty list."""
    with Replay(missing="empty") as server:
        settings.JUSTIN_URL = server.url
        settings.JUSTIN_INFO_URL = server.info_url
        settings.JUSTIN_PAUSE_SECONDS = 0.0
        settings.JUSTIN_TIMEOUT_SECONDS = 5.0
        settings.JUSTIN_POLL_SECONDS = 300.0
        yield server


@pytest.fixture
def campaign(db) -> Campaign:
    return create_campaign("pdhd-reco-2026b", actor=None)


@pytest.fixture
def watch(campaign: Campaign) -> Callable[[int], JustinCampaign]:
    return lambda number: watch_justin_campaign(campaign, number, actor=None)[0]


@pytest.fixture
def register(campaign: Campaign):
    return lambda number: register_workflow(campaign, number, actor=None)[0]
