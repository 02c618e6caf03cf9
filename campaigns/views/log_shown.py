"""Entries as a page shows them: with their HTML, grouped by day, machines' entries in a row folded together. No query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString

from campaigns.log.of_datasets import TOPIC
from campaigns.log.rendering import Renderer
from campaigns.meetings.days import day_of
from campaigns.meetings.reading import meetings_on
from campaigns.models import EntryKind, LogEntry, LogFile, LogReference, Meeting, ReferenceKind, VersionKind
from campaigns.views.log_marking import marked

FEW = 2  # machines' entries in a row that are shown as they are; more are folded
LATER = timedelta(minutes=10)  # between what happened and its entry, before that is worth a word
STATE_OF_KIND = {EntryKind.INCIDENT: "bad", EntryKind.CHECK: "ok", EntryKind.SUBMISSION: "running"}
WORST_FIRST = ("bad", "refused", "paused", "warning", "lapsed", "stale", "unknown", "waived", "running", "ok", "todo", "")
TIMES = {1: "once", 2: "twice"}


@dataclass
class Addition:
    """What the author added later."""

    at: datetime
    html: SafeString


@dataclass
class Shown:
    """One entry, ready to be shown; `replies` are those of its thread."""

    entry: LogEntry
    html: SafeString
    additions: list[Addition]
    n_edited: int
    is_unread: bool = False
    replies: list[Shown] = field(default_factory=list)
    loose_files: list[LogFile] = field(default_factory=list)  # that its text does not show itself
    meetings: Mapping[date, Meeting] = field(default_factory=dict)  # that it points to, by their days
    hits: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """For the entry's edge and icon; '' for what is neither good nor bad."""
        if self.entry.kind == EntryKind.INCIDENT and not self.entry.is_open:
            return "ok"
        return self.entry.state or STATE_OF_KIND.get(EntryKind(self.entry.kind), "")

    @property
    def edge(self) -> str:
        """The state that colours its edge: only what is wrong, so that it stands out."""
        return self.state if self.state in ("bad", "refused", "warning", "paused") else ""

    @property
    def label(self) -> str:
        """What it is, as a heading. Whoever writes an entry by program may name it, e.g. a morning check."""
        title = self.entry.data.get("title") if isinstance(self.entry.data, dict) else None
        return title if isinstance(title, str) and title else self.entry.get_kind_display().capitalize()

    @property
    def happened_earlier(self) -> bool:
        """Whether it was written so much later that the reader should know when."""
        return abs(self.entry.written_at - self.entry.happened_at) > LATER

    @property
    def changed(self) -> str:
        """'edited once, amended twice'; '' as long as it stands as it was written."""
        parts = [("edited", self.n_edited), ("amended", len(self.additions))]
        return ", ".join(f"{word} {TIMES.get(n, f'{n} times')}" for word, n in parts if n)

    @property
    def references(self) -> list[tuple[str, str]]:
        """What it is about, in words and where it leads ('' for what has no page), beyond what its text links to anyhow; tags
        stand for themselves.
        """
        said = self.entry.body
        return [
            (f"{one.kind} {one.value}", self._page_of(one))
            for one in self.entry.references.all()
            if one.kind != ReferenceKind.TAG and not (one.kind == ReferenceKind.WORKFLOW and f"#{one.value}" in said)
        ]

    def _page_of(self, one: LogReference) -> str:
        if one.kind == ReferenceKind.WORKFLOW:
            return reverse("monitoring:workflow-detail", args=[one.value])
        meeting = self.meetings.get(day) if (day := _meeting_day(one)) else None
        return meeting.get_absolute_url() if meeting else ""

    @property
    def dataset(self) -> str:
        """The dataset that a machine's entry is about; '' for all others."""
        return str(self.entry.data.get("did", "")) if self.entry.topic == TOPIC else ""

    @property
    def n_unread(self) -> int:
        return int(self.is_unread) + sum(reply.is_unread for reply in self.replies)


@dataclass
class Machines:
    """Machines' entries one after another, folded: `first` is what the reader should know of them."""

    rows: list[Shown]

    @property
    def first(self) -> Shown:
        """The worst of them; among equals the newest."""
        return min(self.rows, key=lambda one: WORST_FIRST.index(one.state if one.state in WORST_FIRST else ""))

    @property
    def newest_at(self) -> datetime:
        return max(one.entry.happened_at for one in self.rows)

    @property
    def oldest_at(self) -> datetime:
        return min(one.entry.happened_at for one in self.rows)

    @property
    def n_unread(self) -> int:
        return sum(one.is_unread for one in self.rows)

    @property
    def is_few(self) -> bool:
        return len(self.rows) <= FEW


@dataclass
class Day:
    """A day, UTC, with what happened on it."""

    day: date
    items: list[Shown | Machines] = field(default_factory=list)


def shown(
    entries: Iterable[LogEntry], *, read_up_to: int | None = None, reader_pk: int | None = None, words: Sequence[str] = ()
) -> list[Shown]:
    """The entries (from reading.with_all) with their HTML. Three queries at most, whatever their number."""
    listed = list(entries)
    with_replies = [one for entry in listed for one in (entry, *_replies_of(entry))]
    renderer = Renderer(listed)
    meetings = meetings_on(_meeting_day(reference) for one in with_replies for reference in one.references.all())
    rows = [_shown(one, renderer, read_up_to, reader_pk, words) for one in listed]
    for row in rows:
        for one in (row, *row.replies):
            one.meetings = meetings
    return rows


def by_day(rows: Iterable[Shown]) -> list[Day]:
    """Days in the order of the rows, with machines' entries in a row put together."""
    days: list[Day] = []
    for one in rows:
        day = one.entry.happened_at.astimezone(UTC).date()
        if not days or days[-1].day != day:
            days.append(Day(day))
        items = days[-1].items
        if one.entry.is_machine and not one.replies and not one.entry.parent_id:
            if items and isinstance(items[-1], Machines):
                items[-1].rows.append(one)
            else:
                items.append(Machines([one]))
        else:
            items.append(one)
    return days


def _replies_of(entry: LogEntry) -> list[LogEntry]:
    """As far as they were read with it."""
    prefetched = "replies" in getattr(entry, "_prefetched_objects_cache", {})
    return list(entry.replies.all()) if prefetched else []


def _meeting_day(reference: LogReference) -> date | None:
    return day_of(reference.value) if reference.kind == ReferenceKind.MEETING else None


def _shown(entry: LogEntry, renderer: Renderer, read_up_to: int | None, reader_pk: int | None, words: Sequence[str]) -> Shown:
    versions = list(entry.versions.all())
    body = renderer.body(entry)
    one = Shown(
        entry,
        marked(body, words),
        [
            Addition(version.at, marked(renderer.version(entry, version), words))
            for version in versions
            if version.kind == VersionKind.AMENDED
        ],
        sum(version.kind == VersionKind.EDITED for version in versions),
        is_unread=read_up_to is not None and entry.number > read_up_to and entry.author_id != reader_pk,
        replies=[_shown(reply, renderer, read_up_to, reader_pk, words) for reply in _replies_of(entry)],
    )
    html = one.html + SafeString("").join(addition.html for addition in one.additions)
    one.loose_files = [file for file in entry.files.all() if f'"{file.get_absolute_url()}"' not in html]
    return one
