"""Campaigns: a campaign's page, and the forms that make one and say what to watch for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.forms import CampaignForm, WatchForm
from campaigns.models import Campaign, LogEntry
from campaigns.rules import can_create_campaign, can_manage_workflows
from campaigns.services import create_campaign, register_workflow, watch_justin_campaign
from campaigns.shift.mine import recent_checks
from campaigns.summary import Progress, WeeklyTable, campaign_notices, progress, weekly_table
from campaigns.views.campaign_overview import overview_of
from campaigns.views.columns import Column, address, heads
from monitoring.health import justin_service, service_notice
from monitoring.models import MonitoringEvent, Service, Verb, WorkflowState
from portal.errors import NotAllowed, Refused
from portal.models import User

ROWS_PER_PAGE = 100
EVENTS_SHOWN = 8
NOT_SHOWN = ("check_standing__last__numbers", "check_standing__last__points")
LIVE_STATES = (WorkflowState.SUBMITTED, WorkflowState.RUNNING, WorkflowState.FINISHING)

WEEKLY_COLUMNS = [
    Column("workflow", "Workflow"),
    Column("status", "Status", is_number=False, falls_first=False),
    Column("jobs", "Jobs", "ended"),
    Column("exit_zero", "Exit code 0"),
    Column("success", "Success", "%"),
    Column("good", "Good"),
    Column("running", "Running"),
    Column("files", "Files", "done / all"),
    Column("", "Events"),
    Column("comment", "Comment", is_number=False, falls_first=False),
]


@require_safe
def campaign_detail(request: HttpRequest, slug: str) -> HttpResponse:
    entries = LogEntry.objects.filter(campaign=OuterRef("pk")).order_by("-number")
    found = Campaign.objects.visible_to(request.user).select_related("check_standing__last").defer(*NOT_SHOWN)
    campaign = get_object_or_404(found.annotate(n_in_log=Subquery(entries.values("number")[:1])), slug=slug)
    service = justin_service()
    table = asked_table(request, campaign, service)
    far, overview = progress(campaign), overview_of(campaign, request.user)
    of_justin = service_notice(service)
    may_manage = can_manage_workflows(request.user, campaign)
    checks = recent_checks([campaign.pk], timezone.now())[campaign.pk]
    watched = [link.justin_campaign for link in overview.justin]
    notices = campaign_notices(campaign, service, justin_campaigns=watched, checks=checks)
    return render(
        request,
        "campaigns/campaign_detail.html",
        {
            "campaign": campaign,
            "n_in_log": vars(campaign)["n_in_log"] or 0,
            "justin": service,
            "justin_notices": of_justin,
            "table": table,
            "totals": table.totals,
            "page": Paginator(table.rows, ROWS_PER_PAGE).get_page(request.GET.get("page", 1)),
            "heads": heads(request, WEEKLY_COLUMNS, table.sort),
            "chips": _chips(request, table),
            "is_filtered": bool(table.state or table.q or table.commented),
            "states": [state or "unknown" for state in table.states],
            "filters": address(request) if request.GET else "",
            "of_justin": of_justin,
            "notices": [notice for notice in notices if notice not in of_justin],
            "progress": far,
            "progress_label": _progress_label(far),
            "files_label": f"{table.totals.files_processed or 0:,} of {table.totals.files_total or 0:,} files processed",
            "events": _lately(campaign, service),
            "overview": overview,
            "recent_checks": checks,
            "justin_campaigns": overview.justin,
            "may_manage": may_manage,
            "may_comment": may_manage,
            "live": any(state in LIVE_STATES for state in table.totals.by_state),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_create(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if not can_create_campaign(user):
        raise PermissionDenied("Making a campaign needs the role coordinators. Ask a coordinator to make it.")
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            campaign = create_campaign(data["name"], actor=user, purpose=data["purpose"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, f"{campaign} is made. Now say which justIN campaign to watch for it.")
            return redirect("campaigns:campaign-watch", campaign.slug)
    return render(request, "campaigns/campaign_create.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_watch(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a justIN campaign or a workflow. justIN is not asked here: the next poll does, so that the page never waits."""
    user = cast(User, request.user)
    campaign = get_object_or_404(Campaign.objects.visible_to(user), slug=slug)
    if not can_manage_workflows(user, campaign):
        raise PermissionDenied(
            f"Only shifters of {campaign} and coordinators say what is watched for it. Ask a coordinator to appoint you."
        )
    form = WatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = _watch(campaign, form.cleaned_data, user)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            form.add_error("justin_id", refused.message)
        else:
            messages.success(request, said)
            return redirect(campaign)
    return render(
        request,
        "campaigns/campaign_watch.html",
        {
            "campaign": campaign,
            "form": form,
            "justin_campaigns": campaign.justin_campaigns.order_by("justin_id"),
            "registered": campaign.registered_workflows.order_by("justin_id"),
        },
    )


def asked_table(request: HttpRequest, campaign: Campaign, service: Service | None = None) -> WeeklyTable:
    """The weekly table as the address asks for it: sort, state, q, commented."""
    asked = request.GET
    return weekly_table(
        campaign,
        sort=asked.get("sort", "-workflow"),
        state=asked.get("state", "").replace("\0", ""),
        q=asked.get("q", ""),
        commented="commented" in asked,
        service=service,
    )


def _watch(campaign: Campaign, data: dict[str, Any], actor: User) -> str:
    number = data["justin_id"]
    if data["kind"] == WatchForm.CAMPAIGN:
        is_new = watch_justin_campaign(campaign, number, actor=actor)[1]
        what = f"justIN campaign {number}"
    else:
        is_new = register_workflow(campaign, number, actor=actor)[1]
        what = f"Workflow {number}"
    if not is_new:
        return f"{what} was watched for {campaign} already; nothing changed."
    service = justin_service()
    if service.is_failing:
        fails = service.get_error_kind_display()
        return f"{what} is watched now. justIN {fails} at the moment; it is asked as soon as it answers."
    minutes = max(1, round(settings.JUSTIN_POLL_SECONDS / 60))
    return f"{what} is watched now. It is read at the next poll, within {minutes} minute{'s' if minutes > 1 else ''}."


def _chips(request: HttpRequest, table: WeeklyTable) -> list[tuple[str, int, bool, str]]:
    """Label, count, whether it is the one in use, and address of each quick filter."""
    n = table.filters
    return [
        ("All", n.n_all, not table.state and not table.commented, address(request, state=None, commented=None)),
        ("Open", n.n_open, table.state == "open", address(request, state="open", commented=None)),
        ("With comment", n.n_commented, table.commented, address(request, commented="1", state=None)),
    ]


def _progress_label(far: Progress) -> str:
    """The plot in a sentence, for those who cannot see it."""
    if not far.points:
        return "No file was processed yet."
    first, last = far.points[0], far.points[-1]
    of = f" of {far.target:,}" if far.target else ""
    then, now = f"{first.at:%d %b}", f"{last.at:%d %b %H:%M}"
    return f"Files processed rise from {first.n_files:,} on {then} to {last.n_files:,}{of} on {now} UTC."


def _lately(campaign: Campaign, service: Service) -> list[Any]:
    """What the poll noticed and what people did, newest first, together."""
    noticed = MonitoringEvent.objects.filter(workflow__in=campaign.workflows().order_by().values("pk")).order_by("-pk")
    done = campaign.events.select_related("actor")[:EVENTS_SHOWN]
    both = [*noticed.select_related("workflow", "justin_campaign")[:EVENTS_SHOWN], *done]
    return sorted(both, key=lambda event: _on_our_clock(event, service), reverse=True)[:EVENTS_SHOWN]


def _on_our_clock(event: Any, service: Service) -> datetime:
    """The time of an automatic pause is justIN's, whose clock may differ."""
    is_justins = isinstance(event, MonitoringEvent) and event.verb == Verb.AUTO_PAUSED
    return event.at - timedelta(seconds=service.clock_offset_seconds) if is_justins else event.at
