"""The log as it is read from beginning to end: days, what people wrote with its replies, what machines saw in between.

Everything a page or a sheet shows of an entry is in `Said`; its HTML follows from the log alone, so that the same log gives the
same document whatever else the portal knows by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from campaigns.log.reading import IN_ORDER, with_what_is_said
from campaigns.models import Campaign, EntryKind, LogEntry, LogFile, VersionKind
from portal.markdown import OwnFile, names_mentioned, to_html

AT_ONCE = 100  # threads that are read, laid out and forgotten together
MOST_AT_ONCE = 400  # of one day
MACHINE = EntryKind.MACHINE
ENDLESS = re.compile(r"\S{1000,}")
MAY_BREAK = "\u200b"
Writer = Callable[[str, LogEntry], SafeString]
FORMAT = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`~]+|(?<!\w)_+|_+(?!\w)|\\(?=[^\w\s])")


@dataclass(frozen=True)
class Version:
    """One version as it is told: what was added is in `body`, of an edit only that there was one."""

    number: int
    who: str
    at: datetime
    body: SafeString | None = None


@dataclass(frozen=True)
class Shown:
    """A picture that stands beneath the text."""

    name: str
    address: str


@dataclass(frozen=True)
class Said:
    """An entry or a reply that a person wrote. `pictures` are those that its text does not show, `files` all others."""

    entry: LogEntry
    body: SafeString
    title: str
    edits: Sequence[Version]
    additions: Sequence[Version]
    pictures: Sequence[Shown]
    files: Sequence[LogFile]
    replies: Sequence[Said] = ()

    @property
    def who(self) -> str:
        """The author; written by a token also its name, taken from a document also who brought it."""
        name = self.entry.author.username if self.entry.author else "the portal"
        return f"{name}, by token {self.entry.token_name}" if self.entry.token_name else name

    @property
    def label(self) -> str:
        """For lists of entries, e.g. 12 Incident: justIN paused #3223."""
        words = f"{self.entry.number} {self.entry.get_kind_display().capitalize()}"
        return f"{words}: {self.title}" if self.title else words

    @property
    def imported(self) -> dict[str, str]:
        """`file`, `sha256` of the document that it was taken from; empty for what was written here."""
        found = self.entry.data.get("imported")
        return found if isinstance(found, dict) else {}

    @property
    def was_written_later(self) -> bool:
        """Long enough after it happened for both times to be told."""
        return abs((self.entry.written_at - self.entry.happened_at).total_seconds()) >= 60


@dataclass
class Day:
    """A day of the log, by event time in UTC. `items` in order: what a person said, or what machines saw one after another."""

    day: date
    items: list[Said | list[Said]] = field(default_factory=list)

    @property
    def people(self) -> list[Said]:
        return [item for item in self.items if isinstance(item, Said)]

    @property
    def n_machine(self) -> int:
        return sum(len(item) for item in self.items if isinstance(item, list))

    @property
    def anchor(self) -> str:
        return f"day-{self.day.isoformat()}"


def pieces(campaign: Campaign, base: str = "") -> Iterator[list[Day]]:
    """The log in order, in pieces that end with a day (or within one that is very long). `base`: what stands before addresses
    of the portal, for what is read elsewhere.
    """
    days: list[Day] = []
    n = 0
    for entry in _in_order(campaign):
        day = entry.happened_at.astimezone(UTC).date()
        if (n >= AT_ONCE and day != days[-1].day) or n >= MOST_AT_ONCE:
            yield days
            days, n = [], 0
        if not days or days[-1].day != day:
            days.append(Day(day))
        _add(days[-1], said_of(entry, base))
        n += 1
    if days:
        yield days


def days_of(entries: Iterable[LogEntry], write: Writer) -> list[Day]:
    """These entries, which come in order, by days: for a page of the portal."""
    days: list[Day] = []
    for entry in entries:
        day = entry.happened_at.astimezone(UTC).date()
        if not days or days[-1].day != day:
            days.append(Day(day))
        _add(days[-1], said_of(entry, write=write))
    return days


def threads_of(campaign: Campaign) -> QuerySet[LogEntry]:
    """Every entry that is no reply, in order of event time."""
    return with_what_is_said(LogEntry.objects.filter(campaign=campaign, parent=None).order_by(*IN_ORDER))


def said_of(entry: LogEntry, base: str = "", write: Writer | None = None, *, with_replies: bool = True) -> Said:
    """The entry, which was read by with_what_is_said. `write` makes HTML of a text of it; else that follows from the log."""
    write = write or writer(base)
    files = list(entry.files.all())
    versions = list(entry.versions.all())
    body = write(entry.body, entry)
    additions = [
        Version(one.number, _name(one.author), one.at, write(one.body, entry))
        for one in versions
        if one.kind == VersionKind.AMENDED
    ]
    html = [body, *(one.body or "" for one in additions)]
    return Said(
        entry, body, title_of(entry.body),
        [Version(one.number, _name(one.author), one.at) for one in versions if one.kind == VersionKind.EDITED],
        additions,
        [
            Shown(file.name, address)
            for file in files
            if file.is_picture and not any(f'src="{(address := base + file.get_absolute_url())}"' in text for text in html)
        ],
        [file for file in files if not file.is_picture],
        [said_of(one, base, write, with_replies=False) for one in entry.replies.all()] if with_replies else (),
    )  # fmt: skip


def writer(base: str = "") -> Writer:
    """Makes HTML of texts from nothing but them and their files: every #3225 leads to its workflow, every @name is marked."""

    def workflow(number: int) -> str:
        return base + reverse("monitoring:workflow-detail", args=[number])

    def write(text: str, entry: LogEntry) -> SafeString:
        own: dict[str, OwnFile] = {}
        for file in entry.files.all():
            address = base + file.get_absolute_url()
            own[str(file.number)] = OwnFile(address, address if file.is_picture else "", file.width, file.height)
            own.setdefault(file.name, own[str(file.number)])
        return to_html(_breakable(text), link_number=workflow, people=names_mentioned(text), file=own.get)

    return write


def _breakable(text: str) -> str:
    """A word of a thousand letters and more may break after every eighty; to look for a place takes a layout minutes."""
    return ENDLESS.sub(lambda word: MAY_BREAK.join(re.findall(r".{1,80}", word[0])), text)


def title_of(body: str, longest: int = 90) -> str:
    """The first line that says something, without marks."""
    for line in body.split("\n"):
        words = FORMAT.sub(lambda match: match[1] or "", line).strip("#>-+| \t=")
        if words:
            return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"
    return ""


def site() -> str:
    """The portal's address, for what is read elsewhere."""
    return str(settings.SITE_URL).rstrip("/")


def _in_order(campaign: Campaign) -> Iterator[LogEntry]:
    """All threads, a few at a time: a row is left behind as soon as it is laid out. By key, as numbers of rows may change."""
    threads = threads_of(campaign)
    keys = list(threads.values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        found = {entry.pk: entry for entry in threads.filter(pk__in=keys[start : start + AT_ONCE])}
        yield from (found[key] for key in keys[start : start + AT_ONCE] if key in found)


def _add(day: Day, said: Said) -> None:
    """What machines saw one after another stays together; an entry of theirs that people replied to stands by itself."""
    if said.entry.kind != MACHINE or said.replies:
        day.items.append(said)
    elif day.items and isinstance(day.items[-1], list):
        day.items[-1].append(said)
    else:
        day.items.append([said])


def _name(user: object) -> str:
    return getattr(user, "username", "") or "the portal"
