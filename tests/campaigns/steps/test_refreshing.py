"""What follows from each change: kept facts, rows for lists and queues; at a price that does not grow, and one by one."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns.campaign_services import change_settings
from campaigns.models import Campaign, CriterionFact, Evidence, EvidenceKind, StepEvent, StepStanding, StepVerb
from campaigns.steps.evidence import add_evidence
from campaigns.steps.facts import RULES, Material
from campaigns.steps.loading import held, read_situation
from campaigns.steps.recording import record
from campaigns.steps.refreshing import look_again, refresh
from campaigns.steps.services import complete_step, move_template, reopen_step
from campaigns.steps.standing import Finding
from campaigns.steps.states import CriterionState
from portal.errors import Conflict
from portal.models import Notice
from tests.campaigns.steps.judging import everything
from tests.campaigns.steps.walking import SMALL, Cast, begin_small, keep_template, ready, sign_both, stands, walk_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(time_machine_at) -> None:
    """It is 23 November from before anybody is appointed."""
    time_machine_at(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


def test_looking_again_where_nothing_changed_writes_nothing(small: Campaign, cast: Cast):
    walk_to(small, "second", cast)
    sign_both(small, "second", cast)
    before = everything()
    for _time in range(2):
        assert look_again(Campaign.objects.all()) == 1
    assert everything() == before


def test_a_rule_that_says_the_same_in_tuples_writes_nothing(small: Campaign, cast: Cast, monkeypatch):
    def same(_material: Material) -> Finding:
        return Finding(CriterionState.MET, "seen", {"sites": ("CERN", "FNAL"), 1: 2})

    monkeypatch.setitem(RULES, "nobody_knows", same)
    look_again([small])
    before = everything()
    look_again([small])
    assert everything() == before


def test_a_fact_keeps_since_when_and_its_changes_are_told_with_old_and_new(small: Campaign, cast: Cast, time_machine_at):
    walk_to(small, "second", cast)
    moments = [datetime(2026, 12, day, 12, 0, tzinfo=UTC) for day in (1, 2, 3)]
    for moment, n in zip(moments, (20, 30, 5), strict=True):
        time_machine_at(moment)
        change_settings(small, {"n_jobs_reference": n}, actor=cast.coordinator)
        kept = CriterionFact.objects.get(campaign=small, criterion="jobs")
        assert kept.checked_at == moment
        assert kept.since == (moments[2] if n == 5 else moments[0])
    changes = StepEvent.objects.filter(campaign=small, criterion="jobs", verb=StepVerb.FACT_CHANGED).order_by("number")
    assert [(one.data["old"], one.data["new"], one.note) for one in changes] == [
        ("", "not-met", "0 jobs are set"),
        ("not-met", "met", "20 jobs are set"),
        ("met", "not-met", "5 jobs are set"),
    ]


def test_a_campaign_whose_rule_breaks_is_logged_and_does_not_stop_the_others(cast: Cast, monkeypatch, caplog):
    def breaks_for_one(material: Material) -> Finding:
        if material.campaign.slug == "broken":
            raise ZeroDivisionError("a rule with a mistake")
        return Finding(CriterionState.MET, "seen")

    campaigns = [begin_small(cast, name) for name in ("before", "broken", "after")]
    monkeypatch.setitem(RULES, "nobody_knows", breaks_for_one)
    before = StepEvent.objects.filter(campaign=campaigns[1]).count()
    with caplog.at_level(logging.ERROR):
        assert look_again(campaigns) == 2
    [line] = caplog.records
    assert f"campaign {campaigns[1].pk}" in line.getMessage()
    assert line.exc_info is not None
    facts = CriterionFact.objects.filter(criterion="known").values_list("campaign__slug", "state")
    assert set(facts) == {("before", "met"), ("broken", "not-available"), ("after", "met")}
    assert StepEvent.objects.filter(campaign=campaigns[1]).count() == before


def test_a_campaign_that_is_gone_does_not_stop_the_others(small: Campaign, cast: Cast, caplog):
    gone = Campaign(pk=10**6, name="gone", slug="gone")
    assert look_again([gone, small]) == 1


def test_acts_are_numbered_without_a_gap_and_two_never_share_one(small: Campaign, cast: Cast):
    add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    numbers = list(StepEvent.objects.filter(campaign=small).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_act_that_finds_its_number_taken_is_a_conflict(small: Campaign, cast: Cast, monkeypatch):
    """Somebody who does not hold the campaign's row wrote in between."""
    nothing = StepEvent.objects.none()
    monkeypatch.setattr(StepEvent.objects, "filter", lambda **_how: nothing)
    with pytest.raises(Conflict, match="look again"), transaction.atomic():
        record(small, StepVerb.TOLD, actor=None)


def test_the_production_team_is_told_once_each_time_the_step_opens_whatever_clocks_say(small, cast, time_machine_at):
    text = SMALL.replace("version = 901", "version = 904").replace("jobs_are_set", "production_informed")
    move_template(small, keep_template(text).number, actor=cast.coordinator)
    start = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    time_machine_at(start)
    ready(small, "first", cast)
    complete_step(small, "first", actor=cast.shifter)
    time_machine_at(start - timedelta(hours=1))  # a clock that was set back
    told = Notice.objects.filter(user=cast.production, subject__contains="begins")
    assert told.count() == 1
    for _time in range(3):
        look_again([small])
    assert told.count() == 1
    reopen_step(small, "first", actor=cast.coordinator, reason="another plan")
    ready(small, "first", cast)
    complete_step(small, "first", actor=cast.shifter)
    look_again([small])
    assert told.count() == 2
    assert StepEvent.objects.filter(campaign=small, verb=StepVerb.TOLD).count() == 2


def test_a_step_that_a_template_takes_away_goes_from_lists(small: Campaign, cast: Cast):
    two = SMALL.replace("version = 901", "version = 905").partition('[[steps]]\nkey = "third"')[0]
    move_template(small, keep_template(two).number, actor=cast.coordinator)
    assert list(StepStanding.objects.filter(campaign=small).values_list("step", "position")) == [("first", 1), ("second", 2)]


def test_while_a_complete_step_waits_for_signatures_the_open_one_goes_on_in_queues(small: Campaign, cast: Cast):
    walk_to(small, "third", cast)
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.py:v2"}, actor=cast.shifter)
    waits = set(small.queue_items.values_list("step", "criterion", "who"))  # type: ignore[attr-defined]
    assert waits == {
        ("second", "second-production", "production"),
        ("second", "second-data-management", "data-management"),
        ("third", "over", "coordinators"),
    }


# --- the price ---


def _many(campaign: Campaign, cast: Cast, n: int) -> None:
    """So many acts with evidence, as they would have been written one by one."""
    first = StepEvent.objects.filter(campaign=campaign).count() + 1
    evidence = Evidence.objects.bulk_create(
        Evidence(
            campaign=campaign, step="first", criterion="shown", kind=EvidenceKind.TEXT, text=f"run {index}",
            sha256=f"{index:064}", author=cast.shifter,
        )
        for index in range(n)
    )  # fmt: skip
    StepEvent.objects.bulk_create(
        StepEvent(
            campaign=campaign, number=first + index, verb=StepVerb.EVIDENCE_ADDED, actor=cast.shifter, step="first",
            criterion="shown", data={"evidence": one.pk, "sha256": one.sha256, "stays_open": False},
        )
        for index, one in enumerate(evidence)
    )  # fmt: skip


def _queries(campaign: Campaign) -> tuple[int, int]:
    """Of reading a campaign anew, and of refreshing it where nothing changed."""
    fresh = Campaign.objects.get(pk=campaign.pk)
    with CaptureQueriesContext(connection) as reading:
        read_situation(fresh)
    with held(fresh):
        refresh(fresh)
        with CaptureQueriesContext(connection) as refreshing:
            refresh(fresh)
    return len(reading), len(refreshing)


def test_reading_and_refreshing_cost_the_same_with_five_hundred_acts_as_with_few(small: Campaign, cast: Cast):
    before = _queries(small)
    _many(small, cast, 500)
    assert _queries(small) == before
    assert before[0] <= 7
    assert before[1] <= 25
    one = stands(small, "first").criterion("shown")
    assert one is not None
    assert len(one.evidence) == 500


def test_an_act_costs_the_same_with_five_hundred_acts_as_with_few(small: Campaign, cast: Cast):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            add_evidence(Campaign.objects.get(pk=small.pk), "shown", actor=cast.shifter, text="one more")
        return len(found)

    add_evidence(small, "shown", actor=cast.shifter, text="the first")
    before = cost()
    _many(small, cast, 500)
    assert cost() == before
