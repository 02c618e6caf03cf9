"""Saying which workflows were run for a step, so that its criteria look at them and its guard watches their scope."""

from __future__ import annotations

from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When

from campaigns.models import Campaign, CampaignJustinCampaign, StepVerb, StepWorkflow
from campaigns.steps.loading import Situation, held
from campaigns.steps.process import Guard, Step
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_work
from campaigns.steps.services import check_open, checked_reason, step_of
from campaigns.steps.standing import Standing
from monitoring.justin.client import LARGEST_ID
from monitoring.models import Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

MOST_SUGGESTED = 50
PURPOSES = {
    Guard.USERTESTS: CampaignJustinCampaign.Purpose.TEST,
    Guard.NOT_USERTESTS: CampaignJustinCampaign.Purpose.PRODUCTION,
}


def attach_workflow(
    campaign: Campaign, step_key: str, justin_id: int, *, actor: User, use: str = StepWorkflow.Use.MAIN
) -> StepWorkflow:
    """Say that a workflow of the campaign was run for a step. Saying it again changes nothing; another use replaces the use."""
    _check_may_attach(actor, campaign)
    if use not in StepWorkflow.Use.values:
        raise Invalid(f"Choose one of {', '.join(StepWorkflow.Use.values)}.", field="use")
    with held(campaign) as situation:
        step = step_of(situation, step_key)
        workflow = _workflow(campaign, justin_id)
        found = StepWorkflow.objects.filter(campaign=campaign, workflow=workflow).select_related("added_by").first()
        if found is not None and found.step != step.key:
            raise Conflict(
                f"Workflow {justin_id} is attached to {_named(situation, found.step)} by {found.added_by or 'the portal'}; "
                "detach it there first.",
                field="workflow_id",
            )
        if found is not None and found.use == use:
            return found
        check_open(situation, step)
        old = found.use if found is not None else ""
        if found is None:
            found = StepWorkflow(campaign=campaign, workflow=workflow, step=step.key, added_by=actor)
        found.use = use
        found.save()
        record(campaign, StepVerb.WORKFLOW_ATTACHED, actor=actor, step=step.key, workflow=justin_id, use=str(use), old_use=old)
        refresh(campaign)
    return found


def detach_workflow(campaign: Campaign, justin_id: int, *, actor: User, reason: str = "") -> None:
    """Take a workflow from its step, as it was attached to the wrong one. The history keeps that it was there."""
    _check_may_attach(actor, campaign)
    reason = checked_reason(reason, needed=False)
    with held(campaign) as situation:
        found = StepWorkflow.objects.filter(campaign=campaign, workflow__justin_id=_id(justin_id)).first()
        if found is None:
            raise Invalid(f"Workflow {justin_id} is attached to no step of {campaign}.", field="workflow_id")
        step = situation.standing.step(found.step)
        if step is not None:  # a template that the campaign moved to may no longer have it
            check_open(situation, step)
        found.delete()
        record(
            campaign, StepVerb.WORKFLOW_DETACHED, actor=actor, step=found.step, note=reason, workflow=justin_id,
            use=found.use,
        )  # fmt: skip
        refresh(campaign)


def suggestions(campaign: Campaign, step_key: str, standing: Standing) -> list[Workflow]:
    """Workflows of the campaign that are attached to no step, at most 50, newest first: before all others those of a justIN
    campaign that serves for what this step runs, last those of one that serves for something else. One query.
    """
    step = standing.step(step_key)
    wanted = PURPOSES.get(step.step.guard) if step is not None else None
    links = CampaignJustinCampaign.objects.filter(campaign=campaign, justin_campaign=OuterRef("justin_campaign"))
    found = campaign.workflows().exclude(pk__in=campaign.step_workflows.values("workflow")).with_tally()
    if wanted is not None:
        found = found.annotate(
            fit=Case(
                When(Exists(links.filter(purpose=wanted)), then=Value(0)),
                When(Exists(links.exclude(purpose="")), then=Value(2)),
                default=Value(1),
                output_field=IntegerField(),
            )
        ).order_by("fit", "-justin_id")
    return list(found[:MOST_SUGGESTED])


def _check_may_attach(actor: User, campaign: Campaign) -> None:
    if not can_work(actor, campaign):
        raise NotAllowed(f"Only shifters of {campaign} and coordinators say which workflows belong to a step.")


def _workflow(campaign: Campaign, justin_id: int) -> Workflow:
    found = campaign.workflows().filter(justin_id=_id(justin_id)).first()
    if found is None:
        raise Invalid(
            f"Workflow {justin_id} is none of {campaign}. Watch it or its justIN campaign first.", field="workflow_id"
        )
    return found


def _id(number: int) -> int:
    if not 0 < number <= LARGEST_ID:
        raise Invalid(f"Give the id as justIN shows it: a whole number from 1 to {LARGEST_ID}.", field="workflow_id")
    return number


def _named(situation: Situation, key: str) -> str:
    step: Step | None = situation.process.step(key)
    return str(step) if step is not None else f"the step {key}"
