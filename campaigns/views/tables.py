"""The weekly table for other programs: CSV and JSON, with the filters of the page's address and without its paging."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from campaigns.summary import WeeklyRow
from campaigns.views.campaigns import asked_table
from monitoring.csv_tables import csv_response

COLUMNS = [
    "workflow_id",
    "status",
    "jobs",
    "jobs_exit_zero",
    "success_rate",
    "jobs_good",
    "running",
    "files_processed",
    "files_total",
    "events",
    "comments",
    "complete",
    "as_of",
]


@require_safe
def campaign_workflows_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """One line a workflow. `success_rate` is a ratio; an empty cell is unknown."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), slug=slug)
    return csv_response(f"{campaign.slug}-workflows", COLUMNS, map(_values, asked_table(request, campaign).rows))


@require_safe
def campaign_workflows_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The same rows, and totals over all workflows of the campaign whatever the filter. null is unknown."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), slug=slug)
    table = asked_table(request, campaign)
    totals = table.totals
    return JsonResponse(
        {
            "campaign": campaign.name,
            "rows": [dict(zip(COLUMNS, _values(row), strict=True)) for row in table.rows],
            "totals": {
                "workflows": totals.n_workflows,
                "jobs": totals.jobs,
                "jobs_exit_zero": totals.exit_zero,
                "success_rate": totals.success_rate,
                "jobs_good": totals.good,
                "running": totals.running,
                "files_processed": totals.files_processed,
                "files_total": totals.files_total,
                "events": totals.events,
                "complete": totals.complete,
                "as_of": totals.as_of,
            },
        }
    )


def _values(row: WeeklyRow) -> list[object]:
    rate = row.success_rate
    return [
        row.workflow.justin_id,
        row.status or None,
        row.jobs,
        row.exit_zero,
        round(rate, 6) if rate is not None else None,
        row.good,
        row.running,
        row.files_processed,
        row.files_total,
        row.events,
        row.comment_text,
        row.complete,
        row.as_of,
    ]
