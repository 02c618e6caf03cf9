"""A justIN campaign's listing, put into the rows of its workflows."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from monitoring.announcing import announce
from monitoring.justin.client import Answered
from monitoring.justin.rows import WorkflowRow
from monitoring.models import JustinCampaign, Verb, Workflow, WorkflowState
from monitoring.storing import clear_failure


def apply_listing(campaign: JustinCampaign, answer: Answered[WorkflowRow]) -> None:
    """Store a good listing in one transaction. Workflows that it no longer names (archived) keep all they had.

    File counts never go down: a listing that says less than an earlier one leaves the earlier counts.
    """
    with transaction.atomic():
        campaign = JustinCampaign.objects.select_for_update().get(pk=campaign.pk)
        known = Workflow.objects.in_bulk([row.workflow_id for row in answer.rows], field_name="justin_id")
        for row in answer.rows:
            _apply_row(campaign, row, known.get(row.workflow_id), answer)
        listed = Workflow.objects.filter(justin_id__in=[row.workflow_id for row in answer.rows])
        listed.update(listed_at=answer.as_of, unlisted_since=None)
        gone = campaign.workflows.filter(unlisted_since=None)
        if not answer.is_cut:
            gone = gone.exclude(justin_id__in=[row.workflow_id for row in answer.rows])
            for workflow in gone:
                announce(Verb.UNLISTED, workflow=workflow)
            gone.update(unlisted_since=answer.as_of)
        if campaign.is_failing:
            announce(Verb.READING_RECOVERED, justin_campaign=campaign, note=campaign.error_text)
        clear_failure(campaign)
        campaign.read_at = answer.as_of
        campaign.n_listed = len(answer.rows)
        campaign.save()


def _apply_row(campaign: JustinCampaign, row: WorkflowRow, workflow: Workflow | None, answer: Answered[WorkflowRow]) -> None:
    is_new = workflow is None
    workflow = workflow or Workflow(justin_id=row.workflow_id)
    before = dict(vars(workflow))
    if workflow.state != row.state:
        old = workflow.state
        workflow.state = row.state
        workflow.state_since = _state_since(row) or answer.as_of
        if row.state == WorkflowState.FINISHED:
            workflow.seen_finished_at = answer.as_of
        elif old == WorkflowState.FINISHED:
            workflow.seen_finished_at = workflow.final_read_at = None
    else:
        old = row.state
    workflow.justin_campaign = campaign
    workflow.description = row.description or ""
    workflow.user_name = row.user_name or ""
    workflow.mql = row.mql or ""
    workflow.scope_name = row.scope_name or ""
    workflow.started_at = row.started_at
    workflow.finished_at = row.finished_at
    workflow.files_processed = max(row.files_processed, workflow.files_processed or 0)
    workflow.files_total = max(row.files_total, workflow.files_total or 0)
    if is_new or vars(workflow) != before:
        workflow.save()
    if is_new:
        announce(Verb.WORKFLOW_FOUND, workflow=workflow, state=row.state)
    elif old != row.state:
        announce(Verb.STATE_CHANGED, workflow=workflow, old=old, new=row.state)


def _state_since(row: WorkflowRow) -> datetime | None:
    """justIN tells when a workflow finished or started running, and of no other state since when it holds."""
    return row.finished_at if row.state == WorkflowState.FINISHED else None
