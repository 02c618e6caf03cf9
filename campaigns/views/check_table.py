"""The checks of a campaign: by week for the report, and one by one; as page, CSV and JSON."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.models import Check
from campaigns.shift.weeks import Week, weeks_of
from campaigns.views.steps import campaign_of
from monitoring.csv_tables import csv_response
from portal.zones import zone_of

CHECKS_PER_PAGE = 50
COLUMNS = ["week", "due", "done", "in_time", "late", "missed", "share_done", "nothing_new", "by"]


@require_safe
def check_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Weeks first, then every window with what came of it."""
    campaign = campaign_of(request, slug)
    checks = Check.objects.filter(campaign=campaign).select_related("by", "entry", "campaign")
    rows = checks.defer("numbers", "points", "entry__body", "entry__search_text")
    context = {
        "campaign": campaign,
        "current": "campaign-shift",
        "weeks": weeks_of(campaign),
        "page": Paginator(rows, CHECKS_PER_PAGE).get_page(request.GET.get("page", 1)),
        "zone": zone_of(request.user),
    }
    return render(request, "shift/check_list.html", context)


@require_safe
def check_weeks_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """A line a week, the newest first."""
    campaign = campaign_of(request, slug)
    return csv_response(f"{campaign.slug}-checks", COLUMNS, (_line(week) for week in weeks_of(campaign)))


@require_safe
def check_weeks_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The same weeks; `by` as an object of name and number."""
    campaign = campaign_of(request, slug)
    weeks = [dict(zip(COLUMNS, [*_line(week)[:-1], dict(week.people)], strict=True)) for week in weeks_of(campaign)]
    return JsonResponse({"campaign": campaign.name, "weeks": weeks})


def _line(week: Week) -> list[Any]:
    """`share_done` is between 0 and 1."""
    return [
        week.monday, week.n_due, week.n_done, week.n_in_time, week.n_late, week.n_missed, week.share, week.n_nothing_new,
        week.who,
    ]  # fmt: skip
