"""The permanent address of an entry of the log: what it says, its thread, what stood around it, and every version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.log.difference import Piece, difference
from campaigns.log.reading import entry_of
from campaigns.log.rules import can_amend, can_edit, can_reply, can_strike, edited_until
from campaigns.models import LogEntry, VersionKind
from campaigns.views.log_shown import shown
from campaigns.views.steps import campaign_of
from portal.models import User

AROUND = 3  # entries before and after, in the order of what happened
WORDS = {VersionKind.WRITTEN: "written", VersionKind.EDITED: "edited", VersionKind.AMENDED: "added"}


@dataclass(frozen=True)
class VersionRow:
    """A version as the page tells it: what changed against the one before, of an addition the addition."""

    number: int
    word: str
    author: User | None
    at: datetime
    body: str
    pieces: list[Piece]


@require_safe
def log_entry(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One entry with its replies. The address of a reply shows its thread."""
    campaign = campaign_of(request, slug)
    entry = entry_of(campaign, number) if number < 2**31 else None
    if entry is None:
        raise Http404(f"The log of {campaign} has no entry {number}.")
    entry.campaign = campaign
    [row] = shown([entry], reader_pk=request.user.pk)
    user, around = request.user, _around(entry)
    places = [one.number for one in around]
    place = places.index(entry.number) if entry.number in places else -1
    context = {
        "campaign": campaign,
        "current": "campaign-log",
        "row": row,
        "link": f"{settings.SITE_URL.rstrip('/')}{entry.get_absolute_url()}",
        "versions": versions_of(entry),
        "context_rows": around if len(around) > 1 else [],
        "older": places[place + 1] if 0 <= place < len(places) - 1 else None,
        "newer": places[place - 1] if place > 0 else None,
        "may_write": can_reply(user) and not entry.parent_id,
        "may_edit": can_edit(user, entry),
        "may_amend": can_amend(user, entry),
        "may_strike": can_strike(user) and not entry.is_struck,
        "edited_until": edited_until(entry),
    }
    return render(request, "log/entry_detail.html", context)


def versions_of(entry: LogEntry) -> list[VersionRow]:
    """Every version, the newest first; edits as a difference to the text before."""
    rows, before = [], ""
    for version in entry.versions.all():
        pieces = difference(before, version.body) if version.kind == VersionKind.EDITED else []
        if version.kind != VersionKind.AMENDED:
            before = version.body
        word = WORDS[VersionKind(version.kind)]
        rows.append(VersionRow(version.number, word, version.author, version.at, version.body, pieces))
    return rows[::-1]


def _around(entry: LogEntry) -> list[LogEntry]:
    """The entries next to it, newest first."""
    if entry.parent_id:
        return []
    near = (
        LogEntry.objects.filter(campaign=entry.campaign, parent=None).select_related("author", "campaign").defer("search_text")
    )
    at = entry.happened_at
    newer = [*near.filter(happened_at=at, number__gt=entry.number).order_by("number")[:AROUND]]
    newer += near.filter(happened_at__gt=at).order_by("happened_at", "number")[: AROUND - len(newer)]
    older = [*near.filter(happened_at=at, number__lt=entry.number).order_by("-number")[:AROUND]]
    older += near.filter(happened_at__lt=at).order_by("-happened_at", "-number")[: AROUND - len(older)]
    return [*newer[::-1], entry, *older]
