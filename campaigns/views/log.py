"""The page of a campaign's log, what is new while it is open, and how far one has read."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.log.content import words_of
from campaigns.log.incidents import open_incidents
from campaigns.log.reading import IN_ORDER, MACHINES, NEWEST_FIRST, PEOPLE, Entries, entries_of, read_all
from campaigns.log.rules import kinds_for
from campaigns.log.unfinished import unfinished
from campaigns.log.unread import mark_read, reading_of
from campaigns.log.watching import can_watch
from campaigns.models import Campaign, EntryKind, LogEntry, LogReading, LogWatch, StepStanding
from campaigns.views.columns import address
from campaigns.views.log_filters import DOCUMENT, Asked, asked_of
from campaigns.views.log_form import EntryForm, entry_form
from campaigns.views.log_shown import by_day, shown
from campaigns.views.shift_facts import read_appointments, shift_facts
from campaigns.views.steps import campaign_of
from portal.models import User
from portal.roles import Anyone

ENTRIES_PER_PAGE = 50
NEWS_SHOWN = 100
UNREAD_LISTED = 6
DRAFTS_SHOWN = 5
INCIDENTS_LISTED = 5
CHIPS = (EntryKind.INCIDENT, EntryKind.DECISION, EntryKind.CHECK)


@require_safe
def campaign_log(request: HttpRequest, slug: str) -> HttpResponse:
    """A log, newest first or with `order=document` from its beginning; filters, and where a page begins, are in the address."""
    return show_log(request, campaign_of(request, slug))


def show_log(request: HttpRequest, campaign: Campaign, *, form: EntryForm | None = None, status: int = 200) -> HttpResponse:
    """The page; `form` is what was being written when it was refused."""
    user, asked = request.user, asked_of(request)
    read_appointments(campaign)
    in_order = request.GET.get("order") == DOCUMENT
    of_kind, newest = _counted(campaign)
    reading = reading_of(campaign, user)
    entries = entries_of(campaign, asked.filters, IN_ORDER if in_order else NEWEST_FIRST)
    only_unread = request.GET.get("unread") == "1" and reading is not None
    if only_unread and reading is not None:
        later = LogEntry.objects.filter(campaign=campaign, number__gt=reading.number).exclude(author=user.pk)
        entries = entries.filter(Q(pk__in=later.values("pk")) | Q(pk__in=later.exclude(parent=None).values("parent")))
    begins, beyond = _from(request, entries, in_order)
    listed = read_all(begins, ENTRIES_PER_PAGE + 1)
    more = listed[ENTRIES_PER_PAGE - 1].number if len(listed) > ENTRIES_PER_PAGE else None
    words = words_of(asked.filters.words)
    rows = shown(listed[:ENTRIES_PER_PAGE], read_up_to=reading.number if reading else None, reader_pk=user.pk, words=words)
    kinds = kinds_for(user, campaign)
    drafts = {draft.about: draft for draft in unfinished(user, campaign, and_about="new").prefetch_related("files")}
    new = drafts.pop("new", None)  # that of a new entry stands in the form
    if form is None and kinds and not (beyond or in_order):
        form = entry_form(campaign, cast(User, user), new, kinds, newest=newest)
    unread = _unread(campaign, user, reading)
    incidents = list(open_incidents(campaign)[: INCIDENTS_LISTED + 1])
    context = {
        "campaign": campaign,
        "current": "campaign-log",
        "days": by_day(rows),
        "rows": rows,
        "asked": asked,
        "chips": _chips(request, of_kind, asked, reading, only_unread=only_unread, n_unread=len(unread)),
        "in_order": in_order,
        "only_unread": only_unread,
        "is_narrowed": asked.narrows or only_unread,
        "beyond": beyond,
        "more": address(request, **{"after": str(more), "before": None} if in_order else {"before": str(more)}) if more else "",
        "start": address(request, before=None, after=None) if beyond else "",
        "newest": newest,
        "n_in_log": newest,
        "live": not (beyond or in_order or asked.narrows or only_unread),
        "reading": reading,
        "unread": unread[:UNREAD_LISTED],
        "n_unread": len(unread),
        "step_rows": list(StepStanding.objects.filter(campaign=campaign)),
        "form": form,
        "may_write": bool(kinds),
        "may_set_up": EntryKind.CHECK in kinds,  # the same people, asked once
        "may_work": EntryKind.CHECK in kinds,
        "facts": shift_facts(campaign, user, timezone.now()),
        "incidents": incidents[:INCIDENTS_LISTED],
        "has_more_incidents": len(incidents) > INCIDENTS_LISTED,
        "watch": _watch(campaign, user),
        "may_watch": can_watch(user),
        "drafts": list(drafts.values())[:DRAFTS_SHOWN],
        "has_more_drafts": len(drafts) > DRAFTS_SHOWN,
        "feed": reverse("campaigns:log-feed", args=[campaign.slug]) + asked.query,
        "wide": True,
    }
    return render(request, "log/log_detail.html", context, status=status)


@require_safe
def log_new(request: HttpRequest, slug: str) -> HttpResponse:
    """For a page that is open: how many entries were written after number `after`, and with `show` these entries."""
    campaign = campaign_of(request, slug)
    after = number_of(request.GET.get("after"))
    entries = campaign.log_entries.filter(number__gt=after)
    user = request.user
    if request.GET.get("show") != "1":
        news = entries.exclude(author=user.pk) if user.pk else entries
        n = news.count()
        return render(request, "log/_news.html", {"campaign": campaign, "n": n, "after": after})
    listed = read_all(entries.order_by(*NEWEST_FIRST), NEWS_SHOWN)
    reading = reading_of(campaign, user)
    rows = shown(listed, read_up_to=reading.number if reading else None, reader_pk=user.pk)
    top = {one.entry.pk for one in rows}
    for one in rows:
        one.replies = []  # each of them is new itself, and stands here by itself
    context = {
        "campaign": campaign,
        "days": by_day(rows),
        "n": len(top),
        "newest": max((one.number for one in listed), default=after),
        "more": len(listed) == NEWS_SHOWN,
        "may_write": bool(kinds_for(user, campaign)),
    }
    return render(request, "log/_newer.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_read(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that everything up to `number` is read."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if request.method == "POST":
        number = number_of(request.POST.get("number"))
        mark_read(campaign, user, number)
        messages.success(request, f"Marked as read up to entry {number}. What comes later is marked as new.")
    return redirect("campaigns:campaign-log", campaign.slug)


def number_of(text: str | None) -> int:
    """A number out of an address or a form; 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _from(request: HttpRequest, entries: Entries, in_order: bool) -> tuple[Entries, bool]:
    """The entries from where the page begins: beyond the one that the address names. Whether that is not the beginning."""
    number = number_of(request.GET.get("after" if in_order else "before"))
    if not number:
        return entries, False
    at = LogEntry.objects.filter(campaign__slug=request.resolver_match.kwargs["slug"], number=number)  # type: ignore[union-attr]
    happened_at = at.values_list("happened_at", flat=True).first()
    if happened_at is None:
        return entries, False
    if in_order:
        return entries.filter(Q(happened_at__gt=happened_at) | Q(happened_at=happened_at, number__gt=number)), True
    return entries.filter(Q(happened_at__lt=happened_at) | Q(happened_at=happened_at, number__lt=number)), True


def _unread(campaign: Campaign, user: Anyone, reading: LogReading | None) -> list[LogEntry]:
    """The newest that the person has not read, of what others wrote."""
    if reading is None:
        return []
    entries = LogEntry.objects.filter(campaign=campaign, number__gt=reading.number).exclude(author=user.pk)
    return list(
        entries.select_related("author", "parent").defer("search_text", "parent__search_text").order_by("-number")[:NEWS_SHOWN]
    )


def _watch(campaign: Campaign, user: Anyone) -> LogWatch | None:
    if not user.pk:
        return None
    return LogWatch.objects.filter(campaign=campaign, user=user.pk).exclude(way=LogWatch.Way.CHANNEL).first()


def _counted(campaign: Campaign) -> tuple[dict[str, int], int]:
    """How many threads begin with an entry of each kind, and the number of the newest entry or reply. One query."""
    found = LogEntry.objects.filter(campaign=campaign).order_by().values_list("kind")
    rows = list(found.annotate(n=Count("pk", filter=Q(parent=None)), newest=Max("number")))
    return {kind: n for kind, n, _newest in rows}, max((newest for _kind, _n, newest in rows), default=0)


def _chips(
    request: HttpRequest, of_kind: dict[str, int], asked: Asked, reading: LogReading | None, *, only_unread: bool, n_unread: int
) -> list[tuple[str, int, bool, str]]:
    """Label, number, whether it is chosen, and address of the filters that are one click away."""
    n_all, n_machine = sum(of_kind.values()), of_kind.get(EntryKind.MACHINE, 0)
    by = asked.filters.by
    chips = [
        ("Everything", n_all, not (asked.narrows or only_unread), request.path + _order_only(request)),
        ("People", n_all - n_machine, by == PEOPLE and not asked.kinds, _only(request, by=PEOPLE)),
        ("Machine", n_machine, by == MACHINES, _only(request, by=MACHINES)),
    ]
    chips += [
        (f"{kind.label.capitalize()}s", of_kind[kind], asked.kinds == [kind], _only(request, kind=kind.value))
        for kind in CHIPS
        if of_kind.get(kind) or asked.kinds == [kind]
    ]
    if reading is not None and (n_unread or only_unread):
        chips.append(("Unread", n_unread, only_unread, _only(request, unread="1")))
    return chips


def _only(request: HttpRequest, **chosen: str) -> str:
    """This address with one of the quick filters in place of the others; words and the rest stay."""
    gone: dict[str, str | None] = dict.fromkeys(("kind", "by", "unread", "before", "after"))
    return address(request, **{**gone, **chosen})


def _order_only(request: HttpRequest) -> str:
    return f"?order={DOCUMENT}" if request.GET.get("order") == DOCUMENT else ""
