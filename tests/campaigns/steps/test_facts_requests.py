"""What rules see of the requests served: complete, presented, and what their requester answered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from campaigns.models import ProductionRequest, RequestEvent, RequestVerb, StepVerb
from campaigns.steps.feedback import ask_feedback, give_feedback, skip_feedback
from campaigns.steps.loading import held
from campaigns.steps.recording import record
from campaigns.steps.services import reopen_step
from campaigns.steps.states import CriterionState
from tests.campaigns.serving import accepted
from tests.campaigns.steps.looking import look
from tests.campaigns.steps.walking import Cast, begin, walk_to
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
MET, NOTED, NOT_MET = CriterionState.MET, CriterionState.NOTED, CriterionState.NOT_MET


@pytest.fixture
def cast(shifter, production, data_manager, coordinator):
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast):
    return begin(cast)


def test_a_campaign_without_request_has_nothing_complete_or_presented(campaign):
    for rule in ("request_complete", "request_presented"):
        found = look(campaign, rule)
        assert (found.state, found.saw) == (NOT_MET, "No request is tied to this campaign.")


def test_an_accepted_request_with_eight_items_is_complete(campaign, requester, coordinator):
    request = accepted(requester, coordinator, campaign)
    found = look(campaign, "request_complete")
    assert (found.state, found.saw) == (MET, f"Request {request.pk} is accepted, with all eight items.")


def test_one_incomplete_request_among_two_is_named(campaign, requester, coordinator):
    first = accepted(requester, coordinator, campaign)
    second = accepted(requester, coordinator, campaign)
    assert look(campaign, "request_complete").state is MET
    ProductionRequest.objects.filter(pk=second.pk).update(n_complete=7)
    found = look(campaign, "request_complete")
    assert (found.state, found.saw) == (NOT_MET, f"Not complete: request {second.pk} has 7 of 8 items.")
    ProductionRequest.objects.filter(pk=first.pk).update(state="submitted")
    assert f"request {first.pk} is submitted and" in look(campaign, "request_complete").saw


def test_when_a_request_was_presented_is_told_with_who_recorded_it(campaign, requester, coordinator):
    request = accepted(requester, coordinator, campaign)
    RequestEvent.objects.filter(verb=RequestVerb.PRESENTED).update(data={"meeting_on": "2026-11-19"})
    found = look(campaign, "request_presented")
    assert (found.state, found.saw) == (
        MET, f"Presented: request {request.pk} on 2026-11-19 (recorded by coordinator1).",
    )  # fmt: skip
    assert found.data == {"meeting_on": {str(request.pk): "2026-11-19"}}


@pytest.mark.parametrize("data", [{}, {"meeting_on": None}, {"meeting_on": "soon"}, {"meeting_on": 7}])
def test_an_event_without_a_readable_day_gives_its_own(campaign, requester, coordinator, data):
    accepted(requester, coordinator, campaign)
    RequestEvent.objects.filter(verb=RequestVerb.PRESENTED).update(data=data)
    found = look(campaign, "request_presented")
    assert found.state is MET
    assert "on 2026-11-23 (" in found.saw


def test_every_request_served_must_have_been_presented(campaign, requester, coordinator):
    accepted(requester, coordinator, campaign)
    other = accepted(requester, coordinator, campaign)
    RequestEvent.objects.filter(request=other, verb=RequestVerb.PRESENTED).delete()
    found = look(campaign, "request_presented")
    assert (found.state, found.saw) == (NOT_MET, f"Not recorded as presented: request {other.pk}.")


# --- feedback ---


@pytest.fixture
def validating(campaign, cast, requester):
    """In its validation sample, with a request."""
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "validation", cast)
    return campaign


def feedback(campaign):
    found = look(campaign, "requester_feedback")
    return found.state, found.saw


def test_silence_is_seen_with_the_day_it_is_due_and_since_when_it_is_overdue(validating, cast, time_machine_at):
    assert feedback(validating) == (NOT_MET, "The requester was not asked yet.")
    ask_feedback(validating, actor=cast.shifter, due_on=date(2026, 12, 1))
    asked = "Asked on 2026-11-23 by shifter1"
    assert feedback(validating) == (NOT_MET, f"{asked}, due 2026-12-01; no reply yet.")
    time_machine_at(NOW.replace(month=12, day=1))
    assert feedback(validating) == (NOT_MET, f"{asked}, due 2026-12-01; no reply yet.")
    time_machine_at(NOW.replace(month=12, day=2))
    assert feedback(validating) == (NOT_MET, f"{asked}; no reply yet, overdue since 2026-12-01.")


@pytest.mark.parametrize(
    ("verdict", "text", "state", "saw"),
    [
        ("yes", "", MET, "requester1 said yes on 2026-11-23."),
        ("yes", "Good.", MET, "requester1 said yes on 2026-11-23. Good."),
        ("remarks", "Mind the gain.", NOTED, "requester1 said yes on 2026-11-23, with remarks: Mind the gain."),
        ("no", "Wrong gain.", NOT_MET, "requester1 said no on 2026-11-23: Wrong gain."),
    ],
)
def test_the_answer_is_seen_with_its_words(validating, cast, requester, verdict, text, state, saw):
    ask_feedback(validating, actor=cast.shifter)
    give_feedback(validating, actor=requester, verdict=verdict, text=text)
    assert feedback(validating) == (state, saw)


def test_going_on_without_a_reply_is_noted_with_the_reason(validating, cast, time_machine_at):
    ask_feedback(validating, actor=cast.shifter)
    time_machine_at(NOW + timedelta(days=9))
    skip_feedback(validating, actor=cast.coordinator, reason="Tape is free now.")
    assert feedback(validating) == (NOTED, "coordinator1 went on without a reply on 2026-12-02: Tape is free now.")


def test_a_newer_question_begins_anew(validating, cast, requester):
    ask_feedback(validating, actor=cast.shifter)
    give_feedback(validating, actor=requester, verdict="yes")
    ask_feedback(validating, actor=cast.shifter)
    assert feedback(validating)[0] is NOT_MET
    give_feedback(validating, actor=requester, verdict="remarks", text="Better.")
    assert feedback(validating)[0] is NOTED


@pytest.mark.parametrize("step", ["setup", "test"])
def test_reopening_an_earlier_step_voids_the_answer(validating, cast, requester, step):
    ask_feedback(validating, actor=cast.shifter)
    give_feedback(validating, actor=requester, verdict="yes")
    reopen_step(validating, step, actor=cast.coordinator, reason="Wrong files.")
    assert feedback(validating) == (NOT_MET, "The requester was not asked yet.")


def test_reopening_the_step_itself_voids_the_answer_and_a_later_one_does_not(validating, cast, requester):
    ask_feedback(validating, actor=cast.shifter)
    give_feedback(validating, actor=requester, verdict="yes")
    walk_to(validating, "close-out", cast)
    reopen_step(validating, "production", actor=cast.coordinator, reason="One more slice.")
    assert feedback(validating)[0] is MET
    reopen_step(validating, "validation", actor=cast.coordinator, reason="Wrong gain.")
    assert feedback(validating)[0] is NOT_MET


@pytest.mark.parametrize("data", [{}, {"due_on": None}, {"due_on": "whenever"}])
def test_a_question_without_a_readable_day_is_open_and_never_overdue(validating, data):
    with held(validating):
        record(validating, StepVerb.FEEDBACK_ASKED, actor=None, step="validation", **data)
    assert feedback(validating) == (NOT_MET, "Asked on 2026-11-23 by the portal; no reply yet.")


def test_an_answer_of_unknown_meaning_holds_nothing(validating):
    with held(validating):
        record(validating, StepVerb.FEEDBACK_ASKED, actor=None, step="validation", due_on="2026-12-01")
        record(validating, StepVerb.FEEDBACK_GIVEN, actor=None, step="validation", verdict="perhaps", note="hm")
    assert feedback(validating)[0] is NOT_MET
