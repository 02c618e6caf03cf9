"""A campaign in which something runs, at a time of day when its morning check is due in Zurich."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.campaign_services import appoint
from campaigns.models import Campaign, CheckSchedule
from portal.models import User
from tests.factories import Jobs, make_campaign, make_service, make_tally, make_workflow

MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)  # Monday, 09:30 in Zurich: its windows are 05–11 and 15–21 UTC


@pytest.fixture
def at(time_machine_at) -> Callable[[datetime], datetime]:
    """`at(MORNING + timedelta(hours=3))`: the clock stands there, and justIN was read a moment ago."""

    def at(moment: datetime) -> datetime:
        time_machine_at(moment)
        make_service(read_at=moment, round_began_at=moment, round_ended_at=moment)
        fresh(moment)
        return moment

    return at


def fresh(moment: datetime) -> None:
    """Everything that goes on was listed and read a moment ago."""
    from monitoring.models import Tally, Workflow

    Workflow.objects.exclude(state="finished").update(listed_at=moment, read_at=moment)
    Tally.objects.update(as_of=moment)


@pytest.fixture
def zurich(shifter: User) -> User:
    """shifter1, who lives by the clock of Zurich."""
    shifter.time_zone = "Europe/Zurich"
    shifter.save()
    return shifter


@pytest.fixture
def campaign(at, zurich: User, coordinator: User) -> Campaign:
    """shifter1 is on shift since a month; workflow 3221 runs with 600 jobs; it is 09:30 in Zurich."""
    at(MORNING)
    campaign = make_campaign("pdhd-reco-2026b", 402, n_jobs_reference=600)
    began = MORNING - timedelta(days=9)
    workflow = make_workflow(3221, started_at=began, state_since=began, first_seen_at=began, listed_at=MORNING, read_at=MORNING)
    make_tally(workflow, [Jobs("CERN", "finished", 173), Jobs("CERN", "running", 600), Jobs("", "queued", 20)])
    appoint(campaign, zurich, actor=coordinator, from_on=MORNING.date() - timedelta(days=30))
    CheckSchedule.objects.create(campaign=campaign, settled_until=MORNING - timedelta(hours=8))
    return campaign
