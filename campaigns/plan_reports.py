"""Say which workflow serves a row of the plan, and take it back. What is said is watched and attached to its step at once, so
that criteria and guards see it. Each action checks role and input, writes in one transaction, or raises portal.errors.Refused.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from campaigns.jobscripts import current_hash
from campaigns.models import (
    Campaign,
    CampaignToken,
    PlannedWorkflow,
    RegisteredWorkflow,
    StepVerb,
    StepWorkflow,
)
from campaigns.plan_services import draft_of, newest_revision
from campaigns.planning.content import PlannedRow, read_content
from campaigns.services import register_workflow
from campaigns.steps.attaching import attach_workflow, detach_workflow
from campaigns.steps.loading import Situation, held
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_work
from campaigns.steps.services import OVER, checked_reason
from monitoring.justin.client import LARGEST_ID
from monitoring.models import Workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User
from portal.wording import listed

log = logging.getLogger(__name__)
FINGERPRINT = re.compile(r"(?:[0-9a-f]{12,64})?")
WHO = "Only shifters of {campaign} and coordinators say which workflow is which row of its plan."


@dataclass(frozen=True)
class Reported:
    """What became of a report. `note`: why it is not attached to its step yet, '' where it is."""

    planned: PlannedWorkflow
    is_new: bool
    note: str = ""


def report_workflow(
    campaign: Campaign,
    row_key: str,
    justin_id: int,
    *,
    actor: User,
    how: str = PlannedWorkflow.How.PERSON,
    token: CampaignToken | None = None,
    command_sha: str = "",
) -> Reported:
    """Say that a workflow serves a row of the plan. Saying it again changes nothing.

    Watched and attached with it, where its step is open; else it is attached once the step opens (`attach_waiting`).
    """
    _check_may(actor, campaign)
    _check_id(justin_id)
    if not FINGERPRINT.fullmatch(command_sha):
        raise Invalid("It is no fingerprint of a command: 12 to 64 of 0–9 and a–f.", field="command_sha")
    with held(campaign) as situation:
        row = _row(campaign, row_key)
        found = PlannedWorkflow.objects.filter(workflow__justin_id=justin_id).select_related("campaign", "reported_by").first()
        if found is not None:
            if (found.campaign_id, found.row_key) == (campaign.pk, row.key):
                return Reported(found, False, _why_not_attached(situation, found, row))
            raise Conflict(_already(found, campaign), field="workflow_id")
        if campaign.status in OVER:
            raise Conflict(f"{campaign} is {campaign.get_status_display()}; reopen it first.", field="campaign")
        workflow, made_watch = _watched(campaign, justin_id, actor)
        _check_step(campaign, situation, workflow, row)
        revision = newest_revision(campaign)
        try:
            with transaction.atomic():
                made = PlannedWorkflow.objects.create(
                    campaign=campaign, row_key=row.key, workflow=workflow, how=how, reported_by=actor, token=token,
                    revision=revision.number if revision else None, command_sha=command_sha,
                    jobscript_sha256=current_hash(campaign), made_watch=made_watch,
                )  # fmt: skip
        except IntegrityError as error:  # another campaign was first
            raise Conflict(f"Somebody recorded workflow {justin_id} a moment ago; look again.", field="workflow_id") from error
        record(
            campaign, StepVerb.WORKFLOW_REPORTED, actor=actor, step=row.step, workflow=justin_id, row=row.key, how=str(how),
            token=token.start if token else "", command_sha=command_sha, revision=made.revision,
        )  # fmt: skip
        note = _attach(situation, made, row)
        refresh(campaign)
    return Reported(made, True, note)


def take_back_report(campaign: Campaign, justin_id: int, *, actor: User, reason: str) -> None:
    """Say that it was wrong. The history keeps report and reason; what was watched and attached because of it no longer is."""
    _check_may(actor, campaign)
    reason = checked_reason(reason)
    _check_id(justin_id)
    with held(campaign) as situation:
        found = PlannedWorkflow.objects.filter(campaign=campaign, workflow__justin_id=justin_id).first()
        if found is None:
            raise Invalid(f"Workflow {justin_id} is recorded for no row of {campaign}.", field="workflow_id")
        attached = StepWorkflow.objects.filter(campaign=campaign, workflow=found.workflow).first()
        step = situation.standing.step(attached.step) if attached else None
        is_over = attached is not None and step is not None and not step.is_open  # what a complete step saw stays
        if attached is not None and found.made_attachment and not is_over:
            detach_workflow(campaign, justin_id, actor=actor, reason=reason)
            attached = None
        unwatched = found.made_watch and attached is None
        if unwatched:
            RegisteredWorkflow.objects.filter(campaign=campaign, workflow=found.workflow).delete()
            if not RegisteredWorkflow.objects.filter(workflow=found.workflow).exists():
                Workflow.objects.filter(pk=found.workflow_id).update(is_watched=False)
        found.delete()
        record(
            campaign, StepVerb.REPORT_TAKEN_BACK, actor=actor, step=attached.step if attached else "", note=reason,
            workflow=justin_id, row=found.row_key, how=found.how, reported_by=found.reported_by_id, unwatched=unwatched,
        )  # fmt: skip
        refresh(campaign)


def attach_waiting(campaigns: Iterable[Campaign]) -> int:
    """Attach reported workflows whose step has opened since. Returns how many; called after each poll. One query if none."""
    in_question = {campaign.pk: campaign for campaign in campaigns}
    waiting = PlannedWorkflow.objects.filter(campaign__in=in_question, is_waiting=True)
    n_attached = 0
    for one in waiting.select_related("workflow", "reported_by"):
        campaign = in_question[one.campaign_id]
        try:
            with held(campaign) as situation:
                n_attached += not _attach(situation, one, _row(campaign, one.row_key))
        except Refused as refused:
            log.info("%s of %s stays unattached: %s", one, campaign, refused.message)
    return n_attached


def _attach(situation: Situation, planned: PlannedWorkflow, row: PlannedRow) -> str:
    """Attach it to its row's step, or let it wait for that. Returns why it waits, '' where it is attached."""
    why = _why_not_attached(situation, planned, row)
    campaign = situation.campaign
    is_there = StepWorkflow.objects.filter(campaign=campaign, workflow=planned.workflow).exists()
    if not why and not is_there:
        attach_workflow(campaign, row.step, planned.workflow.justin_id, actor=planned.reported_by, use=row.use)
    planned.is_waiting, planned.made_attachment = bool(why), planned.made_attachment or not (why or is_there)
    planned.save(update_fields=["is_waiting", "made_attachment"])
    return why


def _why_not_attached(situation: Situation, planned: PlannedWorkflow, row: PlannedRow) -> str:
    if StepWorkflow.objects.filter(campaign=situation.campaign, workflow=planned.workflow).exists():
        return ""
    step = situation.standing.step(row.step)
    if step is None:
        return f"The campaign has no step {row.step}, so it is attached to none."
    if step.is_open:
        return ""
    is_over = step.completed is not None
    return (
        f"Step {step.step.position}, {step.step.title}, is {'complete' if is_over else 'not open yet'}: the workflow is "
        f"recorded and watched, and attached to the step once it is {'reopened' if is_over else 'open'}."
    )


def _check_step(campaign: Campaign, situation: Situation, workflow: Workflow, row: PlannedRow) -> None:
    """A workflow that a person attached to another step is not moved unseen."""
    attached = StepWorkflow.objects.filter(campaign=campaign, workflow=workflow).exclude(step=row.step).first()
    if attached is None:
        return
    found = situation.standing.step(attached.step)
    name = f"step {found.step.position}, {found.step.title}" if found else f"the step {attached.step}"
    raise Conflict(
        f"Workflow {workflow.justin_id} is attached to {name}, and row {row.key} is of another step; detach it there first.",
        field="workflow_id",
    )


def _watched(campaign: Campaign, justin_id: int, actor: User) -> tuple[Workflow, bool]:
    """The workflow, watched for the campaign, and whether that is new."""
    found = campaign.workflows().filter(justin_id=justin_id).first()
    return (found, False) if found is not None else register_workflow(campaign, justin_id, actor=actor)


def _row(campaign: Campaign, key: str) -> PlannedRow:
    """The row of the plan: of the draft, or of the newest revision where the draft dropped it."""
    contents = [draft_of(campaign)[0]]
    revision = newest_revision(campaign)
    if revision is not None:
        contents.append(read_content(revision.content))
    for content in contents:
        for row in content.rows:
            if row.key == key:
                return row
    keys = [row.key for row in contents[0].rows]
    there = f"It has {listed(keys)}." if keys else "Nothing is planned yet."
    raise Invalid(f"The plan of {campaign} has no row {key[:40]}. {there}", field="row")


def _already(found: PlannedWorkflow, campaign: Campaign) -> str:
    where = f"row {found.row_key}" if found.campaign_id == campaign.pk else f"row {found.row_key} of {found.campaign}"
    return (
        f"Workflow {found.workflow.justin_id} is {where}: {found.reported_by} recorded it on {found.at:%Y-%m-%d at %H:%M} UTC. "
        "One workflow serves one row; take that back first."
    )


def _check_may(actor: User, campaign: Campaign) -> None:
    if not can_work(actor, campaign):
        raise NotAllowed(WHO.format(campaign=campaign))


def _check_id(number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= LARGEST_ID:
        raise Invalid(f"Give the id as justIN shows it: a whole number from 1 to {LARGEST_ID}.", field="workflow_id")
