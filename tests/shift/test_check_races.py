"""Two people, or two workers, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from campaigns.campaign_services import appoint
from campaigns.models import Campaign, Check, CheckSchedule, EntryKind
from campaigns.shift.handovers import take_over, write_handover
from campaigns.shift.keeping import keep_checks
from campaigns.shift.services import record_check
from portal.errors import Conflict
from portal.models import Notice, User
from portal.roles import Role
from tests.factories import Jobs, make_campaign, make_service, make_tally, make_workflow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(shifter: User, coordinator: User) -> Campaign:
    """It has a check due all day long."""
    now = timezone.now()
    make_service(read_at=now, round_began_at=now, round_ended_at=now)
    campaign = make_campaign("pdhd-reco-2026b", 402)
    workflow = make_workflow(3221, started_at=now - timedelta(days=9), listed_at=now, read_at=now)
    make_tally(workflow, [Jobs("CERN", "finished", 100)])
    appoint(campaign, shifter, actor=coordinator, from_on=now.date() - timedelta(days=9))
    CheckSchedule.objects.create(campaign=campaign, time_zone="UTC", slots=[["00:00", "00:00"]], n_first_days=0)
    return campaign


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each returned, or the Conflict it raised."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except Conflict as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_many_who_record_at_once_one_does_and_the_others_hear_who(campaign, shifter, coordinator):
    people = [shifter, coordinator] * 3
    results = at_once(
        *(
            lambda user=user: record_check(Campaign.objects.get(), actor=User.objects.get(pk=user.pk), nothing_new=True)
            for user in people
        )
    )
    done = [one for one in results if isinstance(one, Check)]
    assert len(done) == 1
    refused = [one for one in results if isinstance(one, Conflict)]
    assert len(refused) == len(people) - 1
    assert all(one.message.startswith(f"{done[0].by} recorded the ") for one in refused)
    assert Check.objects.count() == campaign.log_entries.filter(kind=EntryKind.CHECK).count() == 1


def test_of_workers_that_settle_at_once_each_missed_check_is_written_and_told_once(campaign, shifter):
    CheckSchedule.objects.update(settled_until=timezone.now() - timedelta(days=3))
    at_once(*[keep_checks] * 4)
    opens = list(Check.objects.values_list("opens_at", flat=True))
    assert len(opens) == len(set(opens)) == 3
    assert Notice.objects.filter(user=shifter, subject__contains="missed").count() == 1


def test_of_two_who_take_over_at_once_one_does(campaign, shifter, make_user, coordinator):
    others = [make_user(f"shifter{n}", Role.SHIFTERS) for n in (2, 3)]
    for other in others:
        appoint(campaign, other, actor=coordinator)
    handover = write_handover(campaign, actor=shifter, text="3221 runs.")
    results = at_once(*(lambda user=user: take_over(type(handover).objects.get(), actor=user) for user in others))
    assert sum(isinstance(one, Conflict) for one in results) == 1
    handover.refresh_from_db()
    assert handover.taken_by in others
