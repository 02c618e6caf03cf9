"""A campaign's history: what was done to it, its steps and its requests, with old and new values; as page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from campaigns.history import KINDS, Change, Entry, Timeline
from campaigns.meetings.reading import meetings_on
from campaigns.models import Campaign
from campaigns.views.columns import address
from monitoring.csv_tables import csv_response

ENTRIES_PER_PAGE = 50
READ_AT_ONCE = 500
TABLE = ["at", "who", "about", "kind", "what", "field", "old", "new", "note", "weight"]


@require_safe
def campaign_history(request: HttpRequest, slug: str) -> HttpResponse:
    """A page of the timeline; the address says which kind and which page."""
    timeline = _timeline(request, slug)
    counts = timeline.counts()
    pages: Paginator[Entry] = Paginator(timeline, ENTRIES_PER_PAGE)  # type: ignore[arg-type]
    pages.count = counts[timeline.kind] if timeline.kind else sum(counts.values())
    chips = [("All", sum(counts.values()), not timeline.kind, address(request, kind=None))]
    chips += [
        (kind.label, counts[key], timeline.kind == key, address(request, kind=key))
        for key, kind in KINDS.items()
        if counts[key] or timeline.kind == key
    ]
    page = pages.get_page(request.GET.get("page", 1))
    return render(
        request,
        "campaigns/campaign_history.html",
        {
            "campaign": timeline.campaign,
            "current": "campaign-history",
            "page": page,
            "meetings": meetings_on(entry.meeting_on for entry in page),
            "chips": chips,
            "query": f"?kind={timeline.kind}" if timeline.kind else "",
        },
    )


@require_safe
def campaign_history_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """One line a changed value (or an entry that changed none), oldest pages last, with the filter of the address."""
    timeline = _timeline(request, slug)
    return csv_response(f"{timeline.campaign.slug}-history", TABLE, _lines(timeline))


@require_safe
def campaign_history_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The same entries, the changes of each inside it."""
    timeline = _timeline(request, slug)
    entries = [
        {
            "at": entry.at,
            "who": entry.who,
            "about": entry.about,
            "kind": entry.kind,
            "verb": entry.verb,
            "what": entry.what,
            "changes": [{"field": one.label, "old": one.old, "new": one.new} for one in entry.changes],
            "note": entry.note,
            "weight": entry.weight,
            "path": entry.path,
        }
        for entry in _all(timeline)
    ]
    return JsonResponse({"campaign": timeline.campaign.name, "entries": entries})


def _timeline(request: HttpRequest, slug: str) -> Timeline:
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), slug=slug)
    return Timeline(campaign, request.user, request.GET.get("kind", ""))


def _all(timeline: Timeline) -> Iterator[Entry]:
    start = 0
    while part := timeline[start : start + READ_AT_ONCE]:
        yield from part
        start += READ_AT_ONCE


def _lines(timeline: Timeline) -> Iterator[list[Any]]:
    for entry in _all(timeline):
        for one in entry.changes or [Change("", "", "")]:
            yield [
                entry.at, entry.who, entry.about, entry.kind, entry.what, one.label, one.old, one.new, entry.note, entry.weight,
            ]  # fmt: skip
