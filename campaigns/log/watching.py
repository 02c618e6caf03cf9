"""Watching a log: a mail for each entry or a line in the daily digest, and once a day a message to the channel.

Safe to run twice and safe to miss: each watch remembers the newest entry it told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from campaigns.log.reading import last_number
from campaigns.log.rules import can_reply
from campaigns.log.words import in_words
from campaigns.models import Campaign, EntryKind, LogEntry, LogWatch
from campaigns.steps.rules import can_work
from portal import webhook
from portal.errors import Invalid, NotAllowed
from portal.locks import exclusive
from portal.models import User
from portal.notices import tell
from portal.roles import Anyone, may_read

Way = LogWatch.Way
LINES_SHOWN = 30
LONGEST_LINE = 160
LONGEST_TEXT = 3_000
EVERY = timedelta(hours=20)  # a digest a day, whichever of the day's ticks sends it


def can_watch(user: Anyone) -> bool:
    """Hear of new entries: whoever is logged in and may read."""
    return user.is_authenticated and may_read(user)


def can_set_channel(user: Anyone, campaign: Campaign) -> bool:
    """Have the channel told: shifters of the campaign and coordinators."""
    return can_reply(user) and can_work(user, campaign)


def watch(campaign: Campaign, *, actor: User, way: str) -> LogWatch | None:
    """Hear of it this way from now on; '' ends it. One way a person."""
    if not can_watch(actor):
        raise NotAllowed("Log in to watch a log.")
    if way not in ("", Way.DIGEST, Way.AT_ONCE):
        raise Invalid("Choose once a day, each entry, or not at all.", field="way")
    with transaction.atomic():
        own = LogWatch.objects.filter(campaign=campaign, user=actor).exclude(way=Way.CHANNEL)
        if not way:
            own.delete()
            return None
        return _set(campaign, actor, way, own.first())


def watch_in_channel(campaign: Campaign, *, actor: User, is_on: bool) -> LogWatch | None:
    """The channel of people's chat hears of this log once a day, or no more."""
    if not can_set_channel(actor, campaign):
        raise NotAllowed(f"Only shifters of {campaign} and coordinators say what the channel hears.")
    with transaction.atomic():
        channel = LogWatch.objects.filter(campaign=campaign, way=Way.CHANNEL)
        if not is_on:
            channel.delete()
            return None
        return channel.first() or _set(campaign, actor, Way.CHANNEL, None)


def _set(campaign: Campaign, user: User, way: str, there: LogWatch | None) -> LogWatch:
    if there is not None:
        LogWatch.objects.filter(pk=there.pk).update(way=way)
        there.way = way
        return there
    return LogWatch.objects.create(campaign=campaign, user=user, way=way, number=last_number(campaign))


# --- telling ---


def tell_at_once(now: datetime | None = None) -> int:
    """Mail each entry to those who want each; returns how many people were told."""
    return _tell(LogWatch.objects.filter(way=Way.AT_ONCE), now or timezone.now())


def tell_daily(now: datetime | None = None) -> int:
    """A line in today's digest for those who want that, and the channel's message; returns how many were told."""
    now = now or timezone.now()
    due = LogWatch.objects.exclude(way=Way.AT_ONCE).exclude(told_at__gt=now - EVERY)
    return _tell(due, now)


def _tell(watches: QuerySet[LogWatch], now: datetime) -> int:
    n = 0
    with exclusive("log-watches") as held:
        if not held:
            return 0
        rows = watches.filter(user__is_active=True).select_related("campaign", "user").order_by("campaign", "pk")
        news: dict[tuple[int, int], list[LogEntry]] = {}
        for one in rows:
            key = (one.campaign_id, one.number)
            if key not in news:
                after = LogEntry.objects.filter(campaign=one.campaign_id, number__gt=one.number)
                news[key] = list(after.select_related("author", "parent").defer("search_text").order_by("number")[:1000])
            if news[key]:
                n += _tell_one(one, news[key], now)
    return n


def _tell_one(one: LogWatch, entries: Sequence[LogEntry], now: datetime) -> int:
    """Tell of them and remember it, in one transaction; the channel is asked first, as it cannot be taken back."""
    shown = [entry for entry in entries if one.way == Way.CHANNEL or entry.author_id != one.user_id]
    if one.way == Way.AT_ONCE:
        shown = [entry for entry in shown if not entry.is_machine or entry.state in ("bad", "paused")]
    if one.way == Way.CHANNEL and shown and not webhook.post(_message(one.campaign, shown)):
        return 0
    with transaction.atomic():
        LogWatch.objects.filter(pk=one.pk).update(number=entries[-1].number, told_at=now if shown else one.told_at)
        if one.way == Way.AT_ONCE:
            for entry in shown[:LINES_SHOWN]:
                subject = f"{one.campaign}, {line_of(entry)}"
                tell([one.user], subject, entry.body[:LONGEST_TEXT], path=entry.get_absolute_url(), urgent=True)
        elif one.way == Way.DIGEST and shown:
            subject = f"{one.campaign}: {_n_entries(shown)} in the log"
            tell([one.user], subject, _lines(shown), path=log_path(one.campaign))
    return 1 if shown else 0


def line_of(entry: LogEntry) -> str:
    """An entry in a line: what it is, who wrote it, how it begins."""
    who = entry.author.username if entry.author else "the portal"
    what = "reply" if entry.parent_id else entry.get_kind_display()
    words = in_words(entry.body)
    head = words if entry.is_machine else f"{what} by {who}: {words}"
    return head if len(head) <= LONGEST_LINE else f"{head[: LONGEST_LINE - 1]}…"


def log_path(campaign: Campaign) -> str:
    return reverse("campaigns:campaign-log", args=[campaign.slug])


def _lines(entries: Sequence[LogEntry]) -> str:
    """People's entries first, then what machines saw: the first is why anybody watches."""
    ordered = sorted(entries, key=lambda entry: (entry.kind == EntryKind.MACHINE, entry.number))
    lines = [f"{entry.happened_at:%d %b %H:%M} {line_of(entry)}" for entry in ordered[:LINES_SHOWN]]
    more = len(entries) - LINES_SHOWN
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def _n_entries(entries: Sequence[LogEntry]) -> str:
    return f"{len(entries)} new {'entry' if len(entries) == 1 else 'entries'}"


def _message(campaign: Campaign, entries: Sequence[LogEntry]) -> str:
    head = f"{_n_entries(entries).capitalize()} in the log of {campaign}"
    return f"{head}\n{_lines(entries)}\n{settings.SITE_URL.rstrip('/')}{log_path(campaign)}"
