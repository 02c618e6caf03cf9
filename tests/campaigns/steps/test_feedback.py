"""The requester's word: asked for with a due date, given by whom it concerns, or gone without."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from campaigns.campaign_services import add_request
from campaigns.models import (
    Campaign,
    CampaignRequest,
    ProductionRequest,
    QueueItem,
    RequestState,
    StepEvent,
    StepVerb,
    WorkingGroup,
)
from campaigns.steps.feedback import ask_feedback, give_feedback, skip_feedback
from campaigns.steps.services import complete_step, move_template, reopen_step
from campaigns.steps.states import CriterionState
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role, set_roles
from tests.campaigns.steps.judging import everything
from tests.campaigns.steps.walking import SMALL, Cast, keep_template, ready, stands

pytestmark = pytest.mark.django_db
QUESTION = '{ key = "answered", text = "They answer", kind = "auto", rule = "requester_feedback", who = "shifters" }'


@pytest.fixture(autouse=True)
def today(time_machine_at) -> None:
    """It is 23 November from before anybody is appointed."""
    time_machine_at(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


@pytest.fixture
def asked_of(small: Campaign, cast: Cast, requester) -> Campaign:
    """A campaign whose first step wants the requester's word."""
    text = SMALL.replace("version = 901", "version = 903").replace("criteria = [", f"criteria = [\n    {QUESTION},", 1)
    move_template(small, keep_template(text).number, actor=cast.coordinator)
    group = WorkingGroup.objects.create(name="Group of requesters")
    request = ProductionRequest.objects.create(requester=requester, state=RequestState.ACCEPTED, working_group=group)
    other = Campaign.objects.create(name="other", slug="other")
    CampaignRequest.objects.create(campaign=other, request=request)
    add_request(small, request, actor=cast.coordinator)
    Notice.objects.all().delete()
    return small


def state(campaign: Campaign) -> CriterionState:
    one = stands(campaign, "first").criterion("answered")
    assert one is not None
    return one.state


def test_asking_pauses_the_campaign_tells_the_requester_and_waits_a_week(asked_of: Campaign, cast: Cast, requester):
    event = ask_feedback(asked_of, actor=cast.shifter, note="plots are on the page")
    assert event.data == {"due_on": "2026-11-30"}
    asked_of.refresh_from_db()
    assert asked_of.status == "paused"
    told = Notice.objects.get(user=requester)
    assert "by 2026-11-30" in told.subject
    assert (told.text, told.is_urgent) == ("plots are on the page", True)
    waits = QueueItem.objects.get(campaign=asked_of, who="requesters")
    assert (waits.criterion, waits.due_on) == ("answered", date(2026, 11, 30))


def test_only_shifters_of_the_campaign_and_coordinators_ask(asked_of: Campaign, cast: Cast, requester, outsider):
    for person in (requester, outsider, cast.production):
        with pytest.raises(NotAllowed):
            ask_feedback(asked_of, actor=person)


@pytest.mark.parametrize("due_on", [date(2026, 11, 22), date(2027, 2, 22), date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_that_is_past_or_far_away_is_refused(asked_of: Campaign, cast: Cast, due_on):
    with pytest.raises(Invalid) as refused:
        ask_feedback(asked_of, actor=cast.shifter, due_on=due_on)
    assert refused.value.field == "due_on"


@pytest.mark.parametrize(
    ("verdict", "text", "stands_at"),
    [
        ("yes", "", CriterionState.MET),
        ("remarks", "a bit noisy", CriterionState.NOTED),
        ("no", "wrong", CriterionState.NOT_MET),
    ],
)
def test_the_answer_is_what_the_criterion_shows(asked_of: Campaign, cast: Cast, requester, verdict, text, stands_at):
    ask_feedback(asked_of, actor=cast.shifter)
    Notice.objects.all().delete()
    give_feedback(asked_of, actor=requester, verdict=verdict, text=text)
    assert state(asked_of) == stands_at
    assert [one.user for one in Notice.objects.all()] == [cast.shifter]
    assert not QueueItem.objects.filter(campaign=asked_of, who="requesters").exists()


def test_no_and_remarks_say_what(asked_of: Campaign, cast: Cast, requester):
    ask_feedback(asked_of, actor=cast.shifter)
    for verdict in ("no", "remarks"):
        with pytest.raises(Invalid) as refused:
            give_feedback(asked_of, actor=requester, verdict=verdict, text=" \0")
        assert refused.value.field == "text"
    with pytest.raises(Invalid):
        give_feedback(asked_of, actor=requester, verdict="maybe")


def test_whoever_asked_for_it_or_a_requester_of_the_group_answers_and_nobody_for_them(
    asked_of: Campaign, cast: Cast, requester, make_user, administrator
):
    ask_feedback(asked_of, actor=cast.shifter)
    stranger = make_user("requester2", Role.REQUESTERS)
    without_role = make_user("outsider2")
    group = WorkingGroup.objects.get(name="Group of requesters")
    group.members.add(without_role)
    for person in (stranger, without_role, cast.shifter, cast.coordinator, cast.production, administrator):
        with pytest.raises(NotAllowed):
            give_feedback(asked_of, actor=person, verdict="yes")
    colleague = make_user("requester3", Role.REQUESTERS)
    group.members.add(colleague)
    give_feedback(asked_of, actor=colleague, verdict="yes")


def test_a_coordinator_who_is_the_requester_answers(asked_of: Campaign, cast: Cast, requester):
    set_roles(requester, [Role.COORDINATORS])
    ask_feedback(asked_of, actor=cast.shifter)
    give_feedback(asked_of, actor=requester, verdict="yes")


def test_nobody_answers_before_being_asked_or_twice(asked_of: Campaign, cast: Cast, requester):
    with pytest.raises(Conflict, match="was not asked"):
        give_feedback(asked_of, actor=requester, verdict="yes")
    ask_feedback(asked_of, actor=cast.shifter)
    give_feedback(asked_of, actor=requester, verdict="no", text="wrong")
    with pytest.raises(Conflict, match="answered already"):
        give_feedback(asked_of, actor=requester, verdict="yes")
    ask_feedback(asked_of, actor=cast.shifter)
    assert state(asked_of) == CriterionState.NOT_MET
    give_feedback(asked_of, actor=requester, verdict="yes")
    assert state(asked_of) == CriterionState.MET


def test_going_on_without_a_reply_is_for_coordinators_with_a_reason_once_it_is_overdue(
    asked_of: Campaign, cast: Cast, time_machine_at
):
    ask_feedback(asked_of, actor=cast.shifter, due_on=date(2026, 11, 25))
    with pytest.raises(Conflict, match="has until 2026-11-25"):
        skip_feedback(asked_of, actor=cast.coordinator, reason="no reply")
    time_machine_at(datetime(2026, 11, 25, 23, 59, tzinfo=UTC))
    with pytest.raises(Conflict, match="has until 2026-11-25"):
        skip_feedback(asked_of, actor=cast.coordinator, reason="no reply")
    time_machine_at(datetime(2026, 11, 26, 0, 1, tzinfo=UTC))
    with pytest.raises(NotAllowed):
        skip_feedback(asked_of, actor=cast.shifter, reason="no reply")
    with pytest.raises(Invalid):
        skip_feedback(asked_of, actor=cast.coordinator, reason=" ")
    skip_feedback(asked_of, actor=cast.coordinator, reason="no reply")
    assert state(asked_of) == CriterionState.NOTED
    with pytest.raises(Conflict):
        skip_feedback(asked_of, actor=cast.coordinator, reason="no reply")


def test_reopening_the_step_asks_anew(asked_of: Campaign, cast: Cast, requester):
    ask_feedback(asked_of, actor=cast.shifter)
    give_feedback(asked_of, actor=requester, verdict="yes")
    ready(asked_of, "first", cast)
    complete_step(asked_of, "first", actor=cast.shifter)
    before = everything()
    with pytest.raises(Conflict, match="was completed"):
        ask_feedback(asked_of, actor=cast.shifter)
    assert everything() == before
    reopen_step(asked_of, "first", actor=cast.coordinator, reason="another sample")
    assert state(asked_of) == CriterionState.NOT_MET
    with pytest.raises(Conflict, match="was not asked"):
        give_feedback(asked_of, actor=requester, verdict="yes")


def test_a_template_without_the_question_asks_nobody(small: Campaign, cast: Cast):
    with pytest.raises(Conflict, match="asks for no feedback"):
        ask_feedback(small, actor=cast.shifter)
    assert not StepEvent.objects.filter(verb=StepVerb.FEEDBACK_ASKED).exists()
