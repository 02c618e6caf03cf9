"""The requester's word on the validation sample: asked for with a due date, given, or gone without for a reason."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from campaigns.campaign_services import change_status_held
from campaigns.models import Campaign, CampaignStatus, StepEvent, StepVerb
from campaigns.steps.loading import Situation, held
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_answer, can_decide, can_work
from campaigns.steps.services import check_open, checked_reason
from campaigns.steps.standing import Act, CriterionStands, StepStands, waiting_since
from campaigns.steps.telling import requesters_of, shifters_of, step_path, tell_people
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

RULE = "requester_feedback"
VERDICTS = {"yes": "yes", "remarks": "yes, with remarks", "no": "no"}
DAYS_TO_ANSWER = 7
LONGEST_DAYS = 90


def ask_feedback(campaign: Campaign, *, actor: User, due_on: date | None = None, note: str = "") -> StepEvent:
    """Ask the requester what they think of the validation sample, within a week unless another day is given.

    The campaign is paused until the answer. Asking again sets another day and begins anew.
    """
    if not can_work(actor, campaign):
        raise NotAllowed(f"Only shifters of {campaign} and coordinators ask the requester.")
    note = checked_reason(note, needed=False, field="note")
    today = timezone.localdate()
    due_on = due_on or today + timedelta(days=DAYS_TO_ANSWER)
    if not today <= due_on <= today + timedelta(days=LONGEST_DAYS):
        raise Invalid(f"Give a day from today to {(today + timedelta(days=LONGEST_DAYS)).isoformat()}.", field="due_on")
    with held(campaign) as situation:
        step, one = feedback_of(situation)
        check_open(situation, step)
        event = record(
            campaign, StepVerb.FEEDBACK_ASKED, actor=actor, step=step.key, criterion=one.key, note=note,
            due_on=due_on.isoformat(),
        )  # fmt: skip
        if campaign.status == CampaignStatus.ACTIVE:
            change_status_held(campaign, CampaignStatus.PAUSED, actor=actor, reason="until the requester has answered")
        refresh(campaign)
        tell_people(
            requesters_of(campaign), actor, f"{campaign}: your word on the validation sample is wanted by {due_on.isoformat()}",
            note, step_path(campaign, step.key, "feedback"), urgent=True,
        )  # fmt: skip
    return event


def give_feedback(campaign: Campaign, *, actor: User, verdict: str, text: str = "") -> StepEvent:
    """Answer for the requester: yes, yes with remarks, or no."""
    if verdict not in VERDICTS:
        raise Invalid(f"Choose one of {', '.join(VERDICTS)}.", field="verdict")
    text = checked_reason(
        text,
        needed=verdict != "yes",
        field="text",
        what="Say what should change." if verdict == "no" else "Say what you remark.",
    )
    with held(campaign) as situation:
        if not can_answer(actor, situation.requests):
            raise NotAllowed("Only whoever asked for what this campaign produces, or requesters of the group, answer.")
        step, one = feedback_of(situation)
        check_open(situation, step)
        _check_waiting(situation)
        event = record(
            campaign, StepVerb.FEEDBACK_GIVEN, actor=actor, step=step.key, criterion=one.key, note=text, verdict=verdict
        )
        refresh(campaign)
        tell_people(
            shifters_of(campaign), actor, f"{campaign}: the requester says {VERDICTS[verdict]}", text,
            step_path(campaign, step.key, "feedback"),
        )  # fmt: skip
    return event


def skip_feedback(campaign: Campaign, *, actor: User, reason: str) -> StepEvent:
    """Go on without the requester's reply, once it is overdue."""
    if not can_decide(actor):
        raise NotAllowed("Going on without a reply needs the role coordinators.")
    reason = checked_reason(reason)
    with held(campaign) as situation:
        step, one = feedback_of(situation)
        check_open(situation, step)
        asked = _check_waiting(situation)
        due_on = date.fromisoformat(asked.data["due_on"])
        if timezone.localdate() <= due_on:
            raise Conflict(f"The requester has until {due_on.isoformat()} to answer.", field="due_on")
        event = record(campaign, StepVerb.FEEDBACK_SKIPPED, actor=actor, step=step.key, criterion=one.key, note=reason)
        refresh(campaign)
        tell_people(
            requesters_of(campaign), actor, f"{campaign} goes on without your reply", reason, step_path(campaign, step.key)
        )
    return event


def feedback_of(situation: Situation) -> tuple[StepStands, CriterionStands]:
    """The criterion that the requester's answer meets, and its step. Raises Conflict where the template has none."""
    for step in situation.standing.steps:
        for one in step.criteria:
            if one.criterion.rule == RULE:
                return step, one
    raise Conflict("The template of this campaign asks for no feedback.", field="step")


def _check_waiting(situation: Situation) -> Act:
    asked = waiting_since(situation.acts)
    if asked is None:
        raise Conflict("The requester was not asked, or has answered already; the shifter asks (again).", field="step")
    return asked
