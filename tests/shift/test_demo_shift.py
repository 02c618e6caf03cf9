"""The shift of the demonstration: a check that is due now, one that was missed yesterday, and a handover that waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.campaign_services import appoint
from campaigns.demo.shift import load_shift
from campaigns.demo.steps import People
from campaigns.models import Check, Handover
from campaigns.shift.mine import my_checks
from monitoring.models import Workflow
from portal.roles import Role
from tests.factories import Jobs, make_campaign, make_tally, make_workflow

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hour", [1, 9, 13, 23])
def test_a_check_is_due_and_one_was_missed_whenever_somebody_looks(
    hour, at, shifter, requester, production, data_manager, coordinator, make_user
):
    now = at(datetime(2026, 11, 25, hour, 30, tzinfo=UTC))
    make_user("shifter2", Role.SHIFTERS)
    people = People(shifter, requester, production, data_manager, coordinator)
    for number, name in ((402, "lbl2-reco-2026"), (403, "pdhd-reco-2026b")):
        campaign = make_campaign(name, number)
        appoint(campaign, shifter, actor=coordinator)
        began = now - timedelta(days=20)
        workflow = make_workflow(
            3000 + number, campaign=number, started_at=began, state_since=began, listed_at=now, read_at=now
        )
        make_tally(workflow, [Jobs("CERN", "running", 300)])
    Workflow.objects.filter(justin_id=3403).update(state="paused")
    assert load_shift(lambda name: people) == []
    assert [(due.campaign.name, due.is_missed, due.is_quick) for due in my_checks(shifter)] == [
        ("lbl2-reco-2026", False, True), ("pdhd-reco-2026b", False, False),
    ]  # fmt: skip
    [missed] = Check.objects.filter(state="missed")
    assert missed.opens_on == timezone.localdate() - timedelta(days=1)
    handover = Handover.objects.get()
    assert (handover.by.username, handover.taken_at) == ("shifter2", None)
    n = Check.objects.count()
    assert load_shift(lambda name: people) == []
    assert Check.objects.count() == n


def test_what_was_not_read_yet_is_told_at_the_next_loading(shifter, requester, production, data_manager, coordinator):
    people = People(shifter, requester, production, data_manager, coordinator)
    for name in ("lbl2-reco-2026", "pdhd-reco-2026b"):
        make_campaign(name)
    assert len(load_shift(lambda name: people)) == 2
    assert not Check.objects.exists()
