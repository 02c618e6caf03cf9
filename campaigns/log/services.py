"""Actions on a campaign's log: each checks role and input, writes the entry, its version, what it points to and its files in
one transaction, or raises portal.errors.Refused and changes nothing. What machines write is in machine.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from campaigns.log.content import (
    Reference,
    checked_body,
    checked_kind,
    checked_reason,
    checked_references,
    checked_step,
    checked_tags,
    checked_time,
    references_in,
    searchable,
)
from campaigns.log.errors import Newer
from campaigns.log.files import Ready, check_all, forget, keep
from campaigns.log.recording import TURN, add_entry, add_references, add_version, held
from campaigns.log.rules import NEEDS_A_ROLE, can_reply, can_strike, can_write, edited_until, is_author
from campaigns.log.telling import tell_mentioned
from campaigns.models import Campaign, EntryKind, LogEntry, VersionKind
from campaigns.signals import log_changed
from portal.errors import Conflict, Invalid, NotAllowed
from portal.locks import in_turn
from portal.models import User

Files = Sequence["UploadedFile[Any] | Ready"]


def write_entry(
    campaign: Campaign,
    *,
    actor: User | None,
    kind: str,
    body: str,
    happened_at: datetime | None = None,
    tags: Iterable[str] = (),
    workflows: Iterable[int] = (),
    references: Iterable[Reference] = (),
    parent: LogEntry | None = None,
    step: str | None = None,
    files: Files = (),
    token_name: str = "",
    data: dict[str, Any] | None = None,
) -> LogEntry:
    """Write an entry, or with `parent` a reply to one, which joins the thread that one is in.

    `happened_at`: when it was so, if not now. `step` None: the step that the campaign is in. Each file is checked by what it
    holds; one bad file refuses the whole.
    """
    now = timezone.now()
    chosen = checked_kind(kind)
    if actor is None:
        raise NotAllowed("Log in to write in a log.")
    if parent is not None:
        _check_may_reply(actor, campaign, parent, chosen)
    elif not can_write(actor, campaign, chosen):
        raise NotAllowed(_why_not_write(actor, campaign, chosen))
    body = checked_body(body, with_files=bool(files))
    at = checked_time(happened_at, now)
    words = checked_tags(tags)
    points_to = checked_references(workflows, references, words)
    ready = check_all(files)
    with held(campaign):
        thread = parent.parent or parent if parent is not None else None
        entry = add_entry(
            campaign, chosen, body, author=actor, happened_at=at, written_at=now, references=points_to, tags=words,
            file_names=[file.name for file in ready], parent=thread, token_name=token_name[:100], data=data or {},
            step=thread.step if thread is not None and step is None else checked_step(campaign, step),
        )  # fmt: skip
        with _files_of(entry, ready):
            tell_mentioned(entry, body, actor)
            log_changed.send(sender=LogEntry, entry=entry, what=VersionKind.WRITTEN)
    return entry


def reply(entry: LogEntry, *, actor: User, body: str, files: Files = (), token_name: str = "") -> LogEntry:
    """Answer an entry with a note in its thread."""
    return write_entry(
        entry.campaign, actor=actor, kind=EntryKind.NOTE, body=body, parent=entry, files=files, token_name=token_name
    )


def edit_entry(
    entry: LogEntry, *, actor: User, version: int, body: str, tags: Iterable[str] | None = None, files: Files = ()
) -> LogEntry:
    """Let the entry say something else; what it said stays as a version. Its author may for LOG_EDIT_DAYS.

    `version` is the one the person changed. Raises Newer, with the entry as it stands, when there is another by now.
    """
    body = checked_body(body)
    words = None if tags is None else checked_tags(tags)
    ready = check_all(files)
    with _held_entry(entry):
        _check_is_author(entry, actor, "change")
        _check_not_struck(entry)
        now = timezone.now()
        if now > (until := edited_until(entry)):
            raise Conflict(f"It could be edited until {until:%Y-%m-%d %H:%M} UTC; add to it instead.", field="body")
        if version != entry.version:
            raise Newer(entry)
        kept_tags = entry.tags if words is None else words
        if body == entry.body and kept_tags == entry.tags and not ready:
            return entry
        entry.body, entry.tags, entry.version = body, kept_tags, entry.version + 1
        add_version(entry, VersionKind.EDITED, body, author=actor, at=now)
        if words is not None:
            entry.references.filter(kind="tag").exclude(value__in=words).delete()
        _point_and_save(entry, [*references_in(body), *checked_references((), (), words or ())], body, ready)
        with _files_of(entry, ready):
            log_changed.send(sender=LogEntry, entry=entry, what=VersionKind.EDITED)
    return entry


def amend_entry(entry: LogEntry, *, actor: User, body: str, files: Files = ()) -> LogEntry:
    """Add to what the entry says, at any time; the addition stands beneath it with its own date."""
    body = checked_body(body, with_files=bool(files))
    ready = check_all(files)
    with _held_entry(entry):
        _check_is_author(entry, actor, "add to")
        _check_not_struck(entry)
        entry.version += 1
        add_version(entry, VersionKind.AMENDED, body, author=actor, at=timezone.now())
        _point_and_save(entry, references_in(body), body, ready)
        with _files_of(entry, ready):
            tell_mentioned(entry, body, actor)
            log_changed.send(sender=LogEntry, entry=entry, what=VersionKind.AMENDED)
    return entry


def strike_entry(entry: LogEntry, *, actor: User, reason: str) -> LogEntry:
    """Strike the entry through, for all to see; what it says stays readable."""
    if not can_strike(actor):
        raise NotAllowed("Striking an entry through needs the role coordinators.")
    reason = checked_reason(reason)
    with _held_entry(entry):
        _check_not_struck(entry)
        entry.struck_at, entry.struck_by, entry.struck_because = timezone.now(), actor, reason
        entry.save(update_fields=["struck_at", "struck_by", "struck_because"])
        log_changed.send(sender=LogEntry, entry=entry, what="struck")
    return entry


# --- what actions share ---


@contextmanager
def _held_entry(entry: LogEntry) -> Iterator[None]:
    """The entry's row, read anew and held to the end of a transaction."""
    with in_turn(TURN), transaction.atomic():
        entry.refresh_from_db(from_queryset=LogEntry.objects.select_for_update())
        yield


@contextmanager
def _files_of(entry: LogEntry, ready: Sequence[Ready]) -> Iterator[None]:
    """Keep these files; when what follows fails they are removed with the rows that the transaction takes back."""
    kept = keep(entry, ready)
    try:
        yield
    except BaseException:
        forget(kept)
        raise


def _point_and_save(entry: LogEntry, references: Sequence[Reference], text: str, ready: Sequence[Ready]) -> None:
    """What was said before is found too: a search that led here once goes on leading here."""
    said = searchable(text, *entry.tags, *(value for _kind, value in references), *(file.name for file in ready))
    entry.search_text = f"{entry.search_text}\n{said}"
    entry.save(update_fields=["body", "tags", "version", "search_text"])
    add_references(entry, references)


def _check_may_reply(actor: User, campaign: Campaign, parent: LogEntry, kind: EntryKind) -> None:
    if parent.campaign_id != campaign.pk:
        raise Invalid(f"The entry replied to is none of {campaign}.", field="parent")
    if not can_reply(actor):
        raise NotAllowed(NEEDS_A_ROLE)
    if kind != EntryKind.NOTE and not can_write(actor, campaign, kind):
        raise NotAllowed(_why_not_write(actor, campaign, kind))


def _why_not_write(actor: User, campaign: Campaign, kind: EntryKind) -> str:
    if not can_write(actor, campaign):
        return NEEDS_A_ROLE
    return f"Only shifters of {campaign} and coordinators write an entry of kind {kind.label}; write a note instead."


def _check_is_author(entry: LogEntry, actor: User, what: str) -> None:
    if is_author(actor, entry):
        return
    whose = f"{entry.author} wrote it" if entry.author else "The portal saw it"
    raise NotAllowed(f"{whose}; nobody else may {what} entry {entry.number}. Reply to it instead.")


def _check_not_struck(entry: LogEntry) -> None:
    if entry.struck_at is not None:
        who = entry.struck_by or "The portal"
        raise Conflict(f"{who} struck it through on {entry.struck_at:%Y-%m-%d at %H:%M} UTC: {entry.struck_because}")
