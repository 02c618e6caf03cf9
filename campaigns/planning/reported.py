"""Which workflow was reported for which row: by a script, or by a person."""

from __future__ import annotations

from campaigns.models import Campaign, PlannedWorkflow


def reported(campaign: Campaign) -> dict[int, str]:
    """Keys of rows by the ids of workflows, as `actual.against` takes them. One query."""
    rows = PlannedWorkflow.objects.filter(campaign=campaign).order_by()
    return dict(rows.values_list("workflow__justin_id", "row_key"))


def reports_of(campaign: Campaign) -> dict[int, PlannedWorkflow]:
    """The same with who said it and when, by the ids of workflows. One query."""
    rows = PlannedWorkflow.objects.filter(campaign=campaign).select_related("workflow", "reported_by", "token")
    return {one.workflow.justin_id: one for one in rows}
