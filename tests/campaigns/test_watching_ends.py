"""A campaign that is over costs justIN nothing more; what is still to be read of it is read."""

from __future__ import annotations

import pytest

from campaigns.campaign_services import set_status
from campaigns.services import create_campaign, register_workflow, watch_justin_campaign
from monitoring.models import JustinCampaign, Workflow
from monitoring.polling import poll_round
from portal.models import User
from tests.monitoring.conftest import recorded  # noqa: F401
from tests.replay import Replay

pytestmark = pytest.mark.django_db


def test_a_finished_campaign_is_asked_for_no_more_and_again_once_it_is_active(coordinator: User) -> None:
    campaign, other = (create_campaign(name, actor=None) for name in ("a-2026", "b-2026"))
    for one in (campaign, other):
        watch_justin_campaign(one, 402, actor=None)
    register_workflow(campaign, 9001, actor=None)
    set_status(campaign, "finished", actor=coordinator)
    assert JustinCampaign.objects.get().is_watched  # the other one needs it
    assert not Workflow.objects.get().is_watched
    set_status(other, "cancelled", actor=coordinator)
    assert not JustinCampaign.objects.get().is_watched
    set_status(campaign, "paused", actor=coordinator)
    assert JustinCampaign.objects.get().is_watched
    assert Workflow.objects.get().is_watched


def test_finished_workflows_of_a_finished_campaign_get_their_last_reading(
    recorded: Replay,  # noqa: F811
    coordinator: User,
) -> None:
    campaign = create_campaign("a-2026", actor=None)
    watch_justin_campaign(campaign, 318, actor=None)
    poll_round()
    set_status(campaign, "finished", actor=coordinator)
    recorded.asked.clear()
    assert poll_round(by_person=True).n_requests == 0
    Workflow.objects.update(seen_finished_at="2026-11-20T00:00:00Z")
    assert poll_round().n_workflows_read == 1
    assert Workflow.objects.get().final_read_at is not None
    assert not [asked for asked in recorded.asked if "campaign_id" in asked.parameters]
    assert poll_round().n_requests == 0
