"""What the rule sees of the checks of full-scale production."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Check, LogEntry
from campaigns.steps.facts import read_material, see
from campaigns.steps.loading import read_situation
from campaigns.steps.states import CriterionState
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, begin, walk_to
from tests.factories import NOW, Jobs, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
MET, NOTED, NOT_MET = CriterionState.MET, CriterionState.NOTED, CriterionState.NOT_MET


@pytest.fixture
def cast(shifter, production, data_manager, coordinator):
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast, requester):
    """In full-scale production since this moment."""
    campaign = begin(cast)
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "production", cast)
    return campaign


def checks(campaign, shifter, n_done, n_missed=0, n_late=0, *, since=NOW):
    """One every twelve hours, those that were missed last."""
    for n in range(n_done + n_late + n_missed):
        opens_at = since + timedelta(hours=12 * n)
        closes_at = opens_at + timedelta(hours=6)
        window = {"name": "morning", "opens_at": opens_at, "closes_at": closes_at, "opens_on": opens_at.date()}
        done = {}
        if n < n_done + n_late:
            last = LogEntry.objects.filter(campaign=campaign).order_by("-number").first()
            entry = LogEntry.objects.create(
                campaign=campaign, number=last.number + 1 if last else 1, kind="check", author=shifter,
                happened_at=opens_at, body="Nothing new.",
            )  # fmt: skip
            at = closes_at + timedelta(hours=1) if n < n_late else opens_at
            done = {"by": shifter, "at": at, "entry": entry}
        Check.objects.create(
            campaign=campaign, time_zone="UTC", state="done" if done else "missed", **window, **done
        )  # fmt: skip


def seen(campaign):
    situation = read_situation(campaign)
    material = read_material(situation, NOW)
    [one] = [one for step in situation.process.steps for one in step.criteria if one.rule == "checks_done"]
    return see([one], material)[one.key]


def test_where_every_check_was_done_it_is_met_and_counts_them(campaign, cast):
    checks(campaign, cast.shifter, 14)
    found = seen(campaign)
    assert (found.state, found.saw) == (MET, "14 of 14 checks done since full-scale production began.")
    assert found.data == {"n_due": 14, "n_done": 14, "n_late": 0, "n_missed": 0}


def test_a_few_that_were_missed_or_late_are_noted_with_the_last_of_them(campaign, cast):
    checks(campaign, cast.shifter, 25, n_missed=2, n_late=1)
    found = seen(campaign)
    day = (NOW + timedelta(hours=12 * 27)).date()
    assert found.state is NOTED
    assert found.saw == (
        f"26 of 28 checks done since full-scale production began, 1 of them late; 2 missed, the last on {day} (morning)."
    )


def test_too_many_missed_do_not_meet_it(campaign, cast):
    checks(campaign, cast.shifter, 8, n_missed=1)
    assert seen(campaign).state is NOT_MET


def test_checks_of_earlier_steps_do_not_count(campaign, cast):
    checks(campaign, cast.shifter, 0, n_missed=3, since=NOW - timedelta(days=4))
    assert seen(campaign).saw == "No check was due since full-scale production began."
    checks(campaign, cast.shifter, 2, since=NOW + timedelta(hours=1))
    assert seen(campaign).saw == "2 of 2 checks done since full-scale production began."


def test_without_a_window_in_which_something_ran_it_is_noted_once_all_is_finished(campaign):
    assert seen(campaign).state is NOT_MET
    workflow = make_workflow(3303, state="finished", scope_name="hd-protodune")
    make_tally(workflow, [Jobs("CERN", "finished", 10)])
    campaign.step_workflows.create(workflow=workflow, step="production")
    found = seen(campaign)
    assert (found.state, found.data) == (NOTED, {"n_due": 0})
