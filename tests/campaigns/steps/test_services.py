"""Deciding, waiving, completing and reopening: who, when, what follows, and that a refusal or a failure leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from campaigns.campaign_services import appoint, change_settings, set_status
from campaigns.models import Campaign, CampaignEvent, CriterionFact, StepEvent, StepVerb
from campaigns.steps.evidence import add_evidence
from campaigns.steps.facts import RULES
from campaigns.steps.services import (
    complete_step,
    decide,
    end_waiver,
    reopen_step,
    take_back,
    waive,
    waive_unavailable,
)
from campaigns.steps.states import CriterionState, StepState
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role
from tests.campaigns.steps.judging import everything
from tests.campaigns.steps.walking import Cast, fill, ready, sign_both, stands, walk_to

pytestmark = pytest.mark.django_db


def state(campaign: Campaign, criterion: str, step: str = "first") -> CriterionState:
    one = stands(campaign, step).criterion(criterion)
    assert one is not None
    return one.state


# --- decisions ---


def test_a_coordinator_records_a_decision_with_the_day_of_its_meeting(small: Campaign, cast: Cast):
    event = decide(small, "agreed", actor=cast.coordinator, is_agreed=True, meeting_on=date(2026, 11, 2), note="all agree")
    assert event.data == {"is_agreed": True, "meeting_on": "2026-11-02"}
    assert state(small, "agreed") == CriterionState.MET
    decide(small, "agreed", actor=cast.coordinator, is_agreed=False, note="think again of tape")
    assert state(small, "agreed") == CriterionState.NOT_MET


def test_nobody_else_decides(small: Campaign, cast: Cast, requester, outsider):
    for person in (cast.shifter, cast.production, cast.data_manager, requester, outsider):
        with pytest.raises(NotAllowed):
            decide(small, "agreed", actor=person, is_agreed=True)


def test_a_decision_against_says_what_is_to_be_done(small: Campaign, cast: Cast):
    with pytest.raises(Invalid, match="what is to be done") as refused:
        decide(small, "agreed", actor=cast.coordinator, is_agreed=False, note=" \0 ")
    assert refused.value.field == "note"


def test_a_meeting_still_to_come_has_decided_nothing(small: Campaign, cast: Cast):
    with pytest.raises(Invalid) as refused:
        decide(
            small, "agreed", actor=cast.coordinator, is_agreed=True, meeting_on=timezone.localdate() + timedelta(days=2)
        )  # fmt: skip
    assert refused.value.field == "meeting_on"


@pytest.mark.parametrize("key", ["shown", "known", "first-production", "nonsense", "", "agreed\0", "a" * 10**6])
def test_what_is_no_decision_is_not_decided(small: Campaign, cast: Cast, key):
    with pytest.raises(Invalid) as refused:
        decide(small, key, actor=cast.coordinator, is_agreed=True)
    assert len(refused.value.message) < 300


# --- waivers ---


def test_a_waiver_needs_a_coordinator_and_a_reason(small: Campaign, cast: Cast):
    with pytest.raises(NotAllowed):
        waive(small, "known", actor=cast.shifter, reason="nobody knows")
    for reason in ("", "  ", "\0"):
        with pytest.raises(Invalid):
            waive(small, "known", actor=cast.coordinator, reason=reason)
    event = waive(small, "known", actor=cast.coordinator, reason="nobody knows")
    assert (event.note, event.data["old"]) == ("nobody knows", "not-available")
    assert state(small, "known") == CriterionState.WAIVED


def test_a_sign_off_cannot_be_waived(small: Campaign, cast: Cast):
    with pytest.raises(Conflict, match="another member of the team"):
        waive(small, "first-production", actor=cast.coordinator, reason="they are away")


def test_what_is_waived_is_not_waived_again_and_a_waiver_ends_once(small: Campaign, cast: Cast):
    waive(small, "known", actor=cast.coordinator, reason="nobody knows")
    with pytest.raises(Conflict, match="coordinator1 waived it"):
        waive(small, "known", actor=cast.coordinator, reason="nobody knows")
    end_waiver(small, "known", actor=cast.coordinator, reason="somebody does")
    with pytest.raises(Conflict, match="is not waived"):
        end_waiver(small, "known", actor=cast.coordinator)
    assert state(small, "known") == CriterionState.NOT_AVAILABLE


def test_all_that_is_not_available_is_waived_for_one_reason(campaign: Campaign, cast: Cast):
    walk_to(campaign, "test", cast)
    unknown = [one.key for one in stands(campaign, "test").missing if one.state == CriterionState.NOT_AVAILABLE]
    assert unknown
    events = waive_unavailable(campaign, "test", actor=cast.coordinator, reason="not yet known here")
    assert [one.criterion for one in events] == unknown
    with pytest.raises(Conflict, match="is not available"):
        waive_unavailable(campaign, "test", actor=cast.coordinator, reason="not yet known here")


# --- completing ---


def test_a_step_with_something_missing_is_not_completed_and_says_what(small: Campaign, cast: Cast):
    with pytest.raises(Conflict) as refused:
        complete_step(small, "first", actor=cast.shifter)
    assert "Something is shown (not met)" in refused.value.message
    assert "and 3 more" in refused.value.message


@pytest.mark.parametrize("key", ["shown", "agreed", "known", "jobscript"])
def test_a_single_missing_criterion_is_enough_to_refuse(small: Campaign, cast: Cast, key):
    for one in stands(small, "first").criteria:
        if one.key == key or one.sign is not None:
            continue
        waive(small, one.key, actor=cast.coordinator, reason="not needed")
    sign_both(small, "first", cast)
    with pytest.raises(Conflict, match="is not ready"):
        complete_step(small, "first", actor=cast.shifter)


def test_a_later_step_is_not_completed_before_the_ones_in_front_of_it(small: Campaign, cast: Cast):
    for step in ("second", "third"):
        with pytest.raises(Conflict, match="is not open yet"):
            complete_step(small, step, actor=cast.coordinator)


def test_only_shifters_of_the_campaign_and_coordinators_complete(small: Campaign, cast: Cast, make_user, requester):
    ready(small, "first", cast)
    for person in (cast.production, cast.data_manager, requester, make_user("shifter2", Role.SHIFTERS)):
        with pytest.raises(NotAllowed):
            complete_step(small, "first", actor=person)
    complete_step(small, "first", actor=cast.coordinator)


def test_a_completed_step_keeps_what_it_was_completed_with_and_the_next_one_opens(small: Campaign, cast: Cast):
    ready(small, "first", cast)
    Notice.objects.all().delete()
    event = complete_step(small, "first", actor=cast.shifter)
    assert event.data["criteria"] == {
        "shown": "met", "agreed": "met", "known": "waived", "jobscript": "met",
        "first-production": "met", "first-data-management": "met",
    }  # fmt: skip
    assert event.data["template"] == 901
    assert stands(small, "second").state == StepState.OPEN
    with pytest.raises(Conflict, match="was completed by shifter1 on"):
        complete_step(small, "first", actor=cast.coordinator)


def test_with_the_last_step_the_campaign_is_finished_and_reopening_makes_it_active_again(small: Campaign, cast: Cast):
    walk_to(small, "third", cast)
    assert small.status == "active"
    ready(small, "third", cast)
    complete_step(small, "third", actor=cast.shifter)
    small.refresh_from_db()
    assert small.status == "finished"
    with pytest.raises(Conflict, match="is finished"):
        decide(small, "over", actor=cast.coordinator, is_agreed=True)
    reopen_step(small, "third", actor=cast.coordinator, reason="one dataset is missing")
    small.refresh_from_db()
    assert small.status == "active"
    assert stands(small, "third").state == StepState.OPEN


def test_facts_of_a_complete_step_stay_as_they_were(small: Campaign, cast: Cast):
    walk_to(small, "second", cast)
    change_settings(small, {"n_jobs_reference": 20}, actor=cast.shifter)
    walk_to(small, "third", cast)
    kept = CriterionFact.objects.get(campaign=small, criterion="jobs")
    assert kept.saw == "20 jobs are set"
    change_settings(small, {"n_jobs_reference": 5}, actor=cast.shifter)
    assert state(small, "jobs", "second") == CriterionState.MET
    assert CriterionFact.objects.get(campaign=small, criterion="jobs").saw == "20 jobs are set"
    reopen_step(small, "second", actor=cast.coordinator, reason="look again")
    assert state(small, "jobs", "second") == CriterionState.NOT_MET


def test_facts_of_the_moment_decide_whether_a_step_is_complete(small: Campaign, cast: Cast):
    """They changed since anybody looked."""
    walk_to(small, "second", cast)
    change_settings(small, {"n_jobs_reference": 20}, actor=cast.shifter)
    fill(small, "second", cast)
    sign_both(small, "second", cast)
    Campaign.objects.filter(pk=small.pk).update(n_jobs_reference=5)
    with pytest.raises(Conflict, match=r"Jobs are set \(not met\)"):
        complete_step(small, "second", actor=cast.shifter)
    assert CriterionFact.objects.get(campaign=small, criterion="jobs").state == "met"


# --- what a complete step does not lose ---


def test_what_stays_open_takes_more_evidence_but_none_is_taken_back(small: Campaign, cast: Cast):
    walk_to(small, "second", cast)
    add_evidence(small, "jobscript", actor=cast.shifter, text="v2")
    with pytest.raises(Conflict, match="was completed"):
        take_back(small, "jobscript", actor=cast.shifter)
    assert not stands(small, "first").missing


def test_the_rest_of_a_complete_step_is_closed(small: Campaign, cast: Cast):
    walk_to(small, "second", cast)
    acts = [
        lambda: add_evidence(small, "shown", actor=cast.shifter, text="more"),
        lambda: take_back(small, "shown", actor=cast.shifter),
        lambda: decide(small, "agreed", actor=cast.coordinator, is_agreed=False, note="no"),
        lambda: waive(small, "shown", actor=cast.coordinator, reason="so"),
        lambda: end_waiver(small, "known", actor=cast.coordinator),
    ]
    before = everything()
    for act in acts:
        with pytest.raises(Conflict, match="was completed by shifter1"):
            act()
    assert everything() == before


# --- reopening ---


def test_reopening_needs_a_coordinator_a_reason_and_a_complete_step(small: Campaign, cast: Cast):
    with pytest.raises(Conflict, match="only a complete step"):
        reopen_step(small, "first", actor=cast.coordinator, reason="so")
    walk_to(small, "second", cast)
    with pytest.raises(NotAllowed):
        reopen_step(small, "first", actor=cast.shifter, reason="so")
    with pytest.raises(Invalid):
        reopen_step(small, "first", actor=cast.coordinator, reason=" ")
    with pytest.raises(Invalid, match="There is no step"):
        reopen_step(small, "first\0", actor=cast.coordinator, reason="so")


def test_a_cancelled_campaign_is_not_reopened_by_its_steps(small: Campaign, cast: Cast):
    walk_to(small, "second", cast)
    set_status(small, "cancelled", actor=cast.coordinator, reason="no tape")
    before = everything()
    with pytest.raises(Conflict, match="is cancelled"):
        reopen_step(small, "first", actor=cast.coordinator, reason="so")
    assert everything() == before


def test_reopening_the_first_step_takes_the_campaign_back_through_all(small: Campaign, cast: Cast):
    walk_to(small, "", cast)
    reopen_step(small, "first", actor=cast.coordinator, reason="another plan")
    walk_to(small, "", cast)
    small.refresh_from_db()
    assert small.status == "finished"
    assert StepEvent.objects.filter(campaign=small, verb=StepVerb.COMPLETED).count() == 6
    assert StepEvent.objects.filter(campaign=small, verb=StepVerb.SIGNED).count() == 12


# --- one transaction each ---


def _acts(small: Campaign, cast: Cast) -> dict[str, Callable[[], object]]:
    long_ago = {"from_on": date(2020, 1, 1), "until_on": date(2020, 1, 2)}
    return {
        "evidence": lambda: add_evidence(small, "tried", actor=cast.shifter, text="ran"),
        "waiver": lambda: waive(small, "tried", actor=cast.coordinator, reason="so"),
        "reopening": lambda: reopen_step(small, "first", actor=cast.coordinator, reason="so"),
        "jobscript": lambda: change_settings(small, {"jobscript_reference": "a/b:c"}, actor=cast.shifter),
        "appointment": lambda: appoint(small, cast.shifter, actor=cast.coordinator, **long_ago),
        "completing": lambda: complete_step(small, "second", actor=cast.shifter),
    }


@pytest.mark.parametrize("name", ["evidence", "waiver", "reopening", "jobscript", "appointment", "completing"])
def test_a_rule_that_breaks_in_the_middle_of_an_act_leaves_nothing_of_it(small: Campaign, cast: Cast, monkeypatch, name):
    walk_to(small, "second", cast)
    ready(small, "second", cast)

    def breaks(_material: object) -> None:
        raise ZeroDivisionError("a rule with a mistake")

    monkeypatch.setitem(RULES, "jobs_are_set", breaks)
    before = everything()
    if name == "reopening":
        monkeypatch.setitem(RULES, "nobody_knows", breaks)
    with pytest.raises(ZeroDivisionError):
        _acts(small, cast)[name]()
    assert everything() == before


@pytest.mark.parametrize("name", ["evidence", "waiver", "completing", "reopening"])
def test_a_database_that_refuses_the_last_write_of_an_act_leaves_nothing_of_it(small: Campaign, cast: Cast, name):
    """The rows for lists are written last; here the database refuses every one of them."""
    walk_to(small, "second", cast)
    if name == "completing":
        fill(small, "second", cast)
        sign_both(small, "second", cast)
    _refuse_standings()
    before = everything()
    with pytest.raises(IntegrityError):
        _acts(small, cast)[name]()
    assert everything() == before
    assert not CampaignEvent.objects.filter(verb="status-changed").exists()


def _refuse_standings() -> None:
    """A trigger of the test's own; it goes with the test's transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END $$"
            )
            for table in ("campaigns_stepstanding", "campaigns_queueitem"):
                cursor.execute(
                    f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"
                )
            return
        for table in ("campaigns_stepstanding", "campaigns_queueitem"):
            for event in ("INSERT", "UPDATE", "DELETE"):
                cursor.execute(
                    f"CREATE TRIGGER full_{table}_{event} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
