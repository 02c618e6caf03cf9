"""Pages of what machines say: a workflow, and how asking goes."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from monitoring.csv_tables import csv_response
from monitoring.datasets import list_service
from monitoring.health import health_of, is_stale, justin_service, service_notice
from monitoring.justin.links import list_events
from monitoring.matrix import matrix_of
from monitoring.models import Dataset, JustinCampaign, MonitoringEvent, QueryCount, RseTally, Service, Workflow, WorkflowState
from monitoring.numbers import WorkflowNumbers, failed_jobs, workflow_numbers
from monitoring.numbers.jobs import OUTCOME_OF_KEY
from monitoring.outcomes import Outcome
from portal.templatetags.portal_format import duration

LIVE_STATES = (WorkflowState.SUBMITTED, WorkflowState.RUNNING, WorkflowState.FINISHING)
EVENTS_SHOWN = 8
NEWEST_EVENTS = 30
FAILED_PER_PAGE = 15
FAILING_PER_PAGE = 50


@require_safe
def workflow_detail(request: HttpRequest, justin_id: int) -> HttpResponse:
    workflow = get_object_or_404(Workflow.objects.with_tally(), justin_id=justin_id)
    service = justin_service()
    numbers = workflow_numbers(workflow)
    code, site = _asked(request, "code") or "", _asked(request, "site")
    return render(
        request,
        "monitoring/workflow_detail.html",
        {
            "workflow": workflow,
            "justin": service,
            "numbers": numbers,
            "jobs": numbers.jobs,
            "n_codes": sum(1 for end in numbers.ends if end.outcome is Outcome.SCRIPT_ERROR),
            "run_seconds": _run_seconds(workflow),
            "is_stale": is_stale(workflow, service),
            "notices": health_of(workflow, service),
            "hours_label": _hours_label(numbers),
            "files_label": f"{workflow.files_processed or 0:,} of {workflow.files_total or 0:,} files processed",
            "matrix": matrix_of(numbers, all_sites=request.GET.get("sites") == "all"),
            "all_sites": request.GET.get("sites") == "all",
            "read_rses": [row for row in numbers.rses if row.use == RseTally.Use.READ],
            "written_rses": [row for row in numbers.rses if row.use == RseTally.Use.WRITTEN],
            "failed": failed_jobs(workflow, code=code, site=site, page=request.GET.get("page", 1), per_page=FAILED_PER_PAGE),
            "code": code,
            "code_label": _end_in_words(code),
            "site": site,
            "events_link": _events_link(workflow, code, site),
            "live": workflow.state in LIVE_STATES,
            "events": workflow.events.select_related("workflow", "justin_campaign").order_by("-pk")[:EVENTS_SHOWN],
        },
    )


@require_safe
def workflow_matrix_csv(request: HttpRequest, justin_id: int) -> HttpResponse:
    """Every site of the workflow with its jobs by way of ending."""
    workflow = get_object_or_404(Workflow.objects.with_tally(), justin_id=justin_id)
    matrix = matrix_of(workflow_numbers(workflow), all_sites=True)
    columns = ["good" if key == "0" else f"exit_{key}" if _is_code(key) else key for key in matrix.keys]
    rows = ([row.site, row.running, row.ended, row.exit_zero, *(cell.n_jobs for cell in row.cells)] for row in matrix.rows)
    return csv_response(f"workflow-{justin_id}-sites", ["site", "running", "ended", "exit_zero", *columns], rows)


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """What justIN and MetaCat said: how asking goes, every reading that fails, and what the poll noticed last."""
    service = justin_service()
    uncounted = QueryCount.objects.exclude(failing_since=None).order_by("failing_since", "pk")
    failing = Workflow.objects.watched().exclude(failing_since=None).order_by("failing_since", "justin_id")
    return render(
        request,
        "monitoring/sources.html",
        {
            "justin": service,
            "notices": service_notice(service),
            "others": Service.objects.filter(name=Service.JUSTIN_INFO),
            "datasets_list": list_service(),
            "n_datasets": Dataset.objects.listed().count(),
            "datasets_seconds": settings.METACAT_DATASETS_SECONDS,
            "metacat_url": settings.METACAT_URL,
            "n_counts": QueryCount.objects.exclude(n_files=None).count(),
            "uncounted": Paginator(uncounted, FAILING_PER_PAGE).get_page(1),
            "justin_campaigns": JustinCampaign.objects.filter(is_watched=True),
            "failing": Paginator(failing, FAILING_PER_PAGE).get_page(request.GET.get("page", 1)),
            "events": MonitoringEvent.objects.select_related("workflow", "justin_campaign").order_by("-pk")[:NEWEST_EVENTS],
            "poll_seconds": settings.JUSTIN_POLL_SECONDS,
            "justin_url": settings.JUSTIN_URL,
            "clock": _clock_in_words(service.clock_offset_seconds),
        },
    )


def _asked(request: HttpRequest, name: str) -> str | None:
    """A filter from the address, without the NUL that PostgreSQL would choke on; None when it is not there."""
    value = request.GET.get(name)
    return None if value is None else value.replace("\0", "")


def _clock_in_words(offset_seconds: float) -> str:
    if abs(offset_seconds) < 2:
        return "the same as the portal's, to 2 s"
    return f"{duration(abs(offset_seconds))} {'ahead of' if offset_seconds > 0 else 'behind'} the portal's"


def _run_seconds(workflow: Workflow) -> float | None:
    if workflow.started_at and workflow.finished_at:
        return (workflow.finished_at - workflow.started_at).total_seconds()
    return None


def _hours_label(numbers: WorkflowNumbers) -> str:
    """The plot in a sentence, for those who cannot see it."""
    if not numbers.hours:
        return "No job has started yet."
    most = max(numbers.hours, key=lambda row: row.running)
    zero, other = (sum(getattr(row, name) for row in numbers.hours) for name in ("ended_zero", "ended_other"))
    return (
        f"Up to {most.running:,} jobs ran at once, in the {numbers.hours_step_words} from {most.hour:%d %b %H:%M} UTC. "
        f"{zero:,} jobs ended with exit code 0, {other:,} otherwise."
    )


def _is_code(key: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,3}", key) is not None


def _end_in_words(key: str) -> str:
    """A way to end as a filter says it, e.g. 'exit 65'."""
    if key in OUTCOME_OF_KEY:
        return OUTCOME_OF_KEY[key].value.replace("-", " ")
    return f"exit {key}" if key else ""


def _events_link(workflow: Workflow, code: str, site: str | None) -> str:
    """justIN's own list of the same jobscript errors; '' for other ends, which are several event types there."""
    if code and not _is_code(code):
        return ""
    return list_events(
        workflow.justin_id,
        event_type_name="JOB_SCRIPT_ERROR",
        code=int(code) if code else None,
        site_name=site or "",
    )
