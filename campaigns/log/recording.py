"""Writing an entry's rows. Only inside a transaction that holds the campaign's row (`held`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from campaigns.log.content import Reference, references_in, searchable
from campaigns.models import Campaign, EntryKind, LogEntry, LogReference, LogVersion, VersionKind
from portal.errors import Conflict
from portal.locks import in_turn
from portal.models import User

TURN = "write-logs"


@contextmanager
def held(campaign: Campaign) -> Iterator[None]:
    """A transaction that holds the campaign's row, so that entries are numbered one after another."""
    with in_turn(TURN), transaction.atomic():
        Campaign.objects.select_for_update().only("pk").get(pk=campaign.pk)
        yield


def add_entry(
    campaign: Campaign,
    kind: EntryKind,
    body: str,
    *,
    author: User | None,
    happened_at: datetime,
    written_at: datetime,
    references: Sequence[Reference] = (),
    tags: Sequence[str] = (),
    file_names: Iterable[str] = (),
    **fields: Any,
) -> LogEntry:
    """Write the campaign's next entry with its first version and what it points to. `fields` are further ones of LogEntry.

    Raises Conflict when somebody wrote the same number first.
    """
    last = LogEntry.objects.filter(campaign=campaign).aggregate(last=Max("number"))["last"] or 0
    every = list(dict.fromkeys([*references, *references_in(body)]))
    try:
        with transaction.atomic():
            entry = LogEntry.objects.create(
                campaign=campaign, number=last + 1, kind=kind, body=body, author=author, happened_at=happened_at,
                written_at=written_at, tags=list(tags), **fields,
                search_text=searchable(
                    body, author.username if author else "", *tags, *(value for _kind, value in every), *file_names
                ),
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("Somebody wrote in this log a moment ago; send it again.") from error
    add_version(entry, VersionKind.WRITTEN, body, author=author, at=written_at)
    add_references(entry, every)
    return entry


def add_version(entry: LogEntry, kind: VersionKind, body: str, *, author: User | None, at: datetime) -> LogVersion:
    """Keep what the entry says now, or what is added to it, under the number that `entry.version` has."""
    try:
        with transaction.atomic():
            return LogVersion.objects.create(entry=entry, number=entry.version, kind=kind, body=body, author=author, at=at)
    except IntegrityError as error:
        raise Conflict(f"Somebody changed entry {entry.number} a moment ago; look again.", field="version") from error


def add_references(entry: LogEntry, references: Iterable[Reference]) -> None:
    """Add those that the entry does not have yet."""
    LogReference.objects.bulk_create(
        [LogReference(entry=entry, kind=kind, value=value) for kind, value in references], ignore_conflicts=True
    )
