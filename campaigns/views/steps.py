"""Reading a campaign's steps: the page of each, the files that were given as evidence, and the guard rails' alerts."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from campaigns.meetings.reading import meetings_on
from campaigns.models import Alert, Campaign, Evidence, EvidenceKind, StepStanding
from campaigns.step_forms import ReasonForm, StepForm
from campaigns.steps.loading import read_situation
from campaigns.steps.rules import can_decide
from campaigns.views.columns import address
from campaigns.views.step_page import step_page
from monitoring.csv_tables import csv_response
from portal.serving import hand_out

ALERTS_PER_PAGE = 50
MOST_NAMES = 100
OPEN_FIRST = (F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")
ALERT_COLUMNS = [
    "alert",
    "campaign",
    "step",
    "kind",
    "workflow",
    "title",
    "opened_at",
    "closed_at",
    "closed_by",
    "closed_because",
]


@require_safe
def step_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Leads to the step where the work is: the current one, or the last when all are complete."""
    campaign = campaign_of(request, slug)
    rows = list(StepStanding.objects.filter(campaign=campaign))
    keys = [(row.step, row.is_current) for row in rows]
    if not keys:  # not looked at since the portal has steps
        keys = [(step.key, step.is_current) for step in read_situation(campaign).standing.steps]
    key = next((key for key, is_current in keys if is_current), keys[-1][0])
    return redirect("campaigns:step-detail", campaign.slug, key)


@require_safe
def step_detail(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    return show_step(request, campaign_of(request, slug), step)


def show_step(
    request: HttpRequest, campaign: Campaign, step: str, *, sent: StepForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a step; `sent` is a form that could not be taken, shown again with what was typed and what is wrong."""
    page = step_page(campaign, step, request.user, sent)
    if page is None:
        raise Http404(f"There is no step {step} in {campaign}.")
    context = {
        "campaign": campaign,
        "current": "step-list",
        "page": page,
        "step": page.step,
        "standing": page.situation.standing,
        "step_shown": step,
        "meetings": meetings_on(card.meeting_on for card in page.criteria),
    }
    return render(request, "steps/step_detail.html", context, status=status)


def campaign_of(request: HttpRequest, slug: str) -> Campaign:
    """The campaign with its template, for those who may see it."""
    return get_object_or_404(Campaign.objects.visible_to(request.user).select_related("template"), slug=slug)


@require_safe
def evidence_file(request: HttpRequest, pk: int) -> FileResponse:
    """A file given as evidence, always as a download: what people upload is never shown under our address."""
    visible = Campaign.objects.visible_to(request.user)
    evidence = get_object_or_404(Evidence, pk=pk, kind=EvidenceKind.FILE, campaign__in=visible)
    return hand_out(evidence.file, evidence.file_name, evidence.content_type)


@require_safe
def alert_list(request: HttpRequest) -> HttpResponse:
    """What the guard rails found, open alerts first; the address says which campaign and state, `format=csv` the form."""
    return show_alerts(request)


def show_alerts(request: HttpRequest, *, sent: StepForm | None = None, status: int = 200) -> HttpResponse:
    """The list; `sent` is the form of an alert that could not be closed."""
    asked, name = request.GET.get("state", ""), request.GET.get("campaign", "").replace("\0", "")
    every = Alert.objects.filter(campaign__in=Campaign.objects.visible_to(request.user))
    alerts = every.filter(campaign__slug=name) if name else every
    n_open, n_all = alerts.filter(closed_at=None).count(), alerts.count()
    if asked in ("open", "closed"):
        alerts = alerts.filter(closed_at__isnull=asked == "open")
    alerts = alerts.select_related("campaign", "workflow", "closed_by").order_by(*OPEN_FIRST)
    if request.GET.get("format") == "csv":
        return csv_response("alerts", ALERT_COLUMNS, map(_values, alerts.iterator(1000)))
    page = Paginator(alerts, ALERTS_PER_PAGE).get_page(request.GET.get("page", 1))
    leads = can_decide(request.user)
    rows = [(alert, _close_form(alert, sent) if leads and alert.is_open else None) for alert in page]
    chips = [
        ("All", n_all, asked not in ("open", "closed"), address(request, state=None)),
        ("Open", n_open, asked == "open", address(request, state="open")),
        ("Closed", n_all - n_open, asked == "closed", address(request, state="closed")),
    ]
    names = Campaign.objects.visible_to(request.user).filter(alerts__isnull=False).distinct().order_by("name")[:MOST_NAMES]
    context: dict[str, Any] = {
        "page": page,
        "rows": rows,
        "chips": chips,
        "campaigns": list(names.values_list("slug", "name")),
        "campaign_asked": name,
        "state_asked": asked,
        "csv": address(request, format="csv"),
        "n_all": n_all,
    }
    return render(request, "steps/alert_list.html", context, status=status)


def _close_form(alert: Alert, sent: StepForm | None) -> StepForm:
    part = f"alert-{alert.pk}"
    return sent if sent is not None and sent.part == part else ReasonForm(part=part)


def _values(alert: Alert) -> list[object]:
    return [
        alert.pk,
        alert.campaign.name,
        alert.step,
        alert.kind,
        alert.workflow.justin_id if alert.workflow else None,
        alert.title,
        alert.opened_at,
        alert.closed_at,
        alert.closed_by.username if alert.closed_by else None,
        alert.closed_because,
    ]
