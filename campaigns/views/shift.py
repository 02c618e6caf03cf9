"""The shift of a campaign: who is on it, what waits, what the last shifter left, and handing over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.log.drafts import draft_of, files_ready
from campaigns.log.rendering import Renderer
from campaigns.models import Campaign, Check, Handover, LogEntry
from campaigns.shift.handovers import newest_handover, take_over, why_not_take_over, write_handover
from campaigns.shift.weeks import last_days
from campaigns.shift.wording import handover_draft
from campaigns.steps.rules import can_work
from campaigns.views.log_form import HandoverForm, handover_form
from campaigns.views.log_posting import clash_pieces, once, posted
from campaigns.views.shift_facts import shift_facts
from campaigns.views.steps import campaign_of
from monitoring.health import justin_service, service_notice
from monitoring.models import WorkflowQuerySet, WorkflowState
from portal.errors import NotAllowed, Refused
from portal.models import User

ENTRIES_SHOWN = 10
WORKFLOWS_SHOWN = 12
CHECKS_SHOWN = 8
UNREAD_FOR = timedelta(days=7)  # for who did nothing here yet


@require_safe
def campaign_shift(request: HttpRequest, slug: str) -> HttpResponse:
    return show_shift(request, campaign_of(request, slug))


def show_shift(
    request: HttpRequest, campaign: Campaign, *, sent: HandoverForm | None = None, status: int = 200
) -> HttpResponse:
    """The page; `sent` is a handover that could not be taken, with what was typed."""
    now, service = timezone.now(), justin_service()
    facts = shift_facts(campaign, request.user, now)
    checks, alerts = facts.checks, facts.alerts
    may_work = can_work(request.user, campaign)
    handover = newest_handover(campaign)
    running = list(_running(campaign)[: WORKFLOWS_SHOWN + 1])
    wrote_at, unread = _unread(campaign, request.user, now)
    context: dict[str, Any] = {
        "campaign": campaign,
        "current": "campaign-shift",
        "justin": service,
        "justin_notices": service_notice(service),
        "zone": facts.zone,
        "may_work": may_work,
        "shifts": facts.shifts,
        "checks": checks,
        "recent": checks.recent[:CHECKS_SHOWN],
        "week": last_days(recent_week(campaign, now), timezone.localdate()),
        "handover": handover,
        "handover_body": Renderer([handover.entry]).body(handover.entry) if handover else "",
        "may_take_over": handover is not None and handover.taken_at is None and not why_not_take_over(request.user, handover),
        "running": running[:WORKFLOWS_SHOWN],
        "n_more_running": len(running) > WORKFLOWS_SHOWN,
        "alerts": alerts,
        "unread": unread[:ENTRIES_SHOWN],
        "has_more_unread": len(unread) > ENTRIES_SHOWN,
        "wrote_before": wrote_at is not None,
        "unread_since": wrote_at,
        "form": sent,
        "clash_pieces": clash_pieces(sent) if sent else None,
    }
    if may_work and sent is None:
        user, begun = (
            cast(User, request.user),
            handover_draft(running, alerts, checks.standing.last if checks.standing else None),
        )
        context["form"] = handover_form(campaign, user, draft_of(campaign, user, "handover"), begun=begun)
    return render(request, "shift/campaign_shift.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def handover_write(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave word for the next shifter."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_work(user, campaign):
        raise PermissionDenied(f"Handovers of {campaign} are written by its shifters and coordinators.")
    if request.method != "POST":
        return redirect(f"{_path(campaign)}#write")
    form = handover_form(campaign, user, draft_of(campaign, user, "handover"), request.POST)

    def write() -> str:
        text, files = form.cleaned_data["body"], files_ready(form.draft)
        entry = once(form, lambda named: write_handover(campaign, actor=user, text=text, files=files, data=named).entry)
        messages.success(request, f"Your handover is entry {entry.number} of the log; the next shifter is told.")
        return f"{_path(campaign)}#handover"

    def show(*, status: int = 200, **_pieces: object) -> HttpResponse:
        return show_shift(request, campaign, sent=form, status=status)

    return posted(request, form, write=write, show=show, back=f"{_path(campaign)}#write")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def handover_take(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Say that it was read and taken over."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    handover = get_object_or_404(Handover.objects.select_related("campaign", "entry", "by"), campaign=campaign, pk=pk)
    if why_not := why_not_take_over(user, handover):
        raise PermissionDenied(why_not)
    if request.method == "POST":
        try:
            take_over(handover, actor=user)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, f"You have taken over from {handover.by}, who is told.")
    return redirect(f"{_path(campaign)}#handover")


def _path(campaign: Campaign) -> str:
    return reverse("campaigns:campaign-shift", args=[campaign.slug])


def recent_week(campaign: Campaign, now: datetime) -> list[Check]:
    """The checks of the last eight days, without what was seen. One query."""
    found = Check.objects.filter(campaign=campaign, closes_at__gt=now - timedelta(days=8))
    return list(found.only("opens_on", "state", "campaign"))


def _running(campaign: Campaign) -> WorkflowQuerySet:
    """Those that go on, the newest first."""
    over = [WorkflowState.FINISHED, WorkflowState.DRAFT]
    return campaign.workflows().with_tally().exclude(state__in=over).filter(unlisted_since=None).order_by("-justin_id")


def _unread(campaign: Campaign, user: Any, now: datetime) -> tuple[datetime | None, list[LogEntry]]:
    """When the reader wrote here last, and what was written since; without that of the last week. Two queries."""
    wrote_at: datetime | None = None
    if user.is_authenticated:
        wrote_at = LogEntry.objects.filter(campaign=campaign, author=user).aggregate(last=Max("written_at"))["last"]
    found = LogEntry.objects.filter(campaign=campaign, written_at__gt=wrote_at or now - UNREAD_FOR).select_related("author")
    found = found.defer("search_text").order_by("-written_at", "-pk")
    return wrote_at, list(found[: ENTRIES_SHOWN + 1])
