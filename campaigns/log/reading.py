"""Reading logs: the entries of one campaign or of all, filtered, in order, with all that a page shows of them.

entries = with_all(entries_of(campaign, Filters(words="brunel", kinds=frozenset({"incident"}))))[:50]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from campaigns.log.content import words_of
from campaigns.log.searching import with_words
from campaigns.models import (
    Campaign,
    EntryKind,
    LogEntry,
    LogFile,
    LogReference,
    LogVersion,
    ReferenceKind,
)
from portal.models import User
from portal.roles import Anyone

Entries = QuerySet[LogEntry]
NEWEST_FIRST = ("-happened_at", "-number")
IN_ORDER = ("happened_at", "number")
PEOPLE, MACHINES = "people", "machines"
PARTS = (
    # not joined, as SQLite would go by the campaigns, and sort the whole log of each; or by the many people
    "campaign",
    Prefetch("files", LogFile.objects.order_by("number")),
    Prefetch("versions", LogVersion.objects.select_related("author").order_by("number")),
)


@dataclass(frozen=True)
class Filters:
    """What of a log is wanted; the empty ones want all. `by`: people or machines. `words`: all of them, anywhere in the entry.

    `until` is left out of what it ends. `references` are pairs of kind and value, all of which must be there.
    """

    kinds: frozenset[str] = frozenset()
    by: str = ""
    author: str = ""
    step: str = ""
    topic: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""

    @property
    def finds_replies(self) -> bool:
        """Whether replies are found by themselves: when it is asked who said it, what about or in which words."""
        return bool(self.author or self.tags or self.references or self.words.strip())

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    def about_workflow(self, justin_id: int) -> Filters:
        return replace(self, references=(*self.references, (ReferenceKind.WORKFLOW, str(justin_id))))


def entries_of(campaign: Campaign, filters: Filters = Filters(), order: Iterable[str] = NEWEST_FIRST) -> Entries:
    """A campaign's entries. Threads come as their first entry, its replies with it (with_all), unless the filters look into
    what replies say.
    """
    return narrowed(campaign.log_entries.all(), filters).order_by(*order)  # by the relation: they know the campaign already


def everywhere(user: Anyone, filters: Filters = Filters()) -> Entries:
    """Entries of all campaigns that this reader may see, the last written first."""
    visible = Campaign.objects.visible_to(user)
    return narrowed(LogEntry.objects.filter(campaign__in=visible.values("pk")), filters).order_by("-written_at", "-pk")


def narrowed(entries: Entries, filters: Filters) -> Entries:
    """These entries as far as the filters want them."""
    if not filters.finds_replies:
        entries = entries.filter(parent=None)
    if filters.kinds:
        entries = entries.filter(kind__in=filters.kinds)
    if filters.by == MACHINES:
        entries = entries.filter(kind=EntryKind.MACHINE)
    elif filters.by == PEOPLE:
        entries = entries.exclude(kind=EntryKind.MACHINE)
    if filters.author:
        entries = entries.filter(author__in=User.objects.filter(username__iexact=filters.author).values("pk"))
    if filters.step:
        entries = entries.filter(step=filters.step)
    if filters.topic:
        entries = entries.filter(topic=filters.topic)
    for kind, value in (*filters.references, *((ReferenceKind.TAG, tag.lower()) for tag in filters.tags)):
        entries = entries.filter(pk__in=LogReference.objects.filter(kind=kind, value=value).values("entry"))
    if filters.since is not None:
        entries = entries.filter(happened_at__gte=filters.since)
    if filters.until is not None:
        entries = entries.filter(happened_at__lt=filters.until)
    return with_words(entries, words_of(filters.words))


def read_all(entries: Entries, n: int) -> list[LogEntry]:
    """The first n with all that with_all brings, in fewer queries: what they and their replies bring is read together."""
    rows = list(_with_people(entries).select_related("closing__by")[:n])
    prefetch_related_objects(
        rows, Prefetch("replies", _with_people(LogEntry.objects.order_by("number")).select_related("closing"))
    )
    prefetch_related_objects(rows, "campaign")
    replies = []
    for row in rows:
        for reply in row.replies.all():
            reply.campaign = row.campaign
            replies.append(reply)
    pointing = Prefetch("references", LogReference.objects.order_by("pk"))
    prefetch_related_objects([*rows, *replies], *PARTS, pointing)
    return rows


def with_all(entries: Entries, *, replies: bool = True) -> Entries:
    """With author, files, versions, what it points to and its replies: thirteen queries at most for any number of entries."""
    pointing = Prefetch("references", LogReference.objects.order_by("pk"))
    answers = _with_people(LogEntry.objects.order_by("number")).select_related("closing").prefetch_related(*PARTS, pointing)
    entries = _with_parts(entries).prefetch_related(pointing)
    return entries.prefetch_related(Prefetch("replies", answers)) if replies else entries


def with_what_is_said(entries: Entries) -> Entries:
    """As with_all, without what they point to: for documents."""
    return _with_parts(entries).prefetch_related(Prefetch("replies", _with_parts(LogEntry.objects.order_by("number"))))


def _with_parts(entries: Entries) -> Entries:
    return _with_people(entries).prefetch_related(*PARTS, "closing__by")


def _with_people(entries: Entries) -> Entries:
    people = ("author", "struck_by")
    return entries.select_related("parent", *people).defer("search_text", "parent__search_text", "parent__body")


def entry_of(campaign: Campaign, number: int) -> LogEntry | None:
    """One entry with all that is shown of it, by its number."""
    return with_all(LogEntry.objects.filter(campaign=campaign, number=number)).first()


def written_since(campaign: Campaign, number: int) -> Entries:
    """Entries and replies that were written after this number, in the order they were written: for what updates live."""
    return LogEntry.objects.filter(campaign=campaign, number__gt=number).order_by("number")


def last_number(campaign: Campaign) -> int:
    """How many entries and replies a campaign's log has: they are numbered without a gap."""
    newest = LogEntry.objects.filter(campaign=campaign).order_by("-number").values_list("number", flat=True).first()
    return newest or 0
