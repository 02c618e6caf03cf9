"""Incidents are open until somebody closes them, and may be reopened. Either is a reply in the thread, so that the log tells
who did it and when, in its pages, documents, feeds and searches alike.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from campaigns.log.rules import NEEDS_A_ROLE, can_reply
from campaigns.log.services import Files, write_entry
from campaigns.models import Campaign, EntryKind, LogClosing, LogEntry
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

CLOSED, REOPENED = "Closed.", "Reopened."


def open_incidents(campaign: Campaign) -> QuerySet[LogEntry]:
    """Those that nobody has closed or struck through, the newest first."""
    incidents = campaign.log_entries.filter(kind=EntryKind.INCIDENT, parent=None, struck_at=None, closing=None)
    return incidents.select_related("author").defer("search_text").order_by("-happened_at", "-number")


def close_incident(entry: LogEntry, *, actor: User, body: str = CLOSED, files: Files = (), token_name: str = "") -> LogEntry:
    """Say that it is over: whoever may reply. Returns the reply. Of two who close at once the second is told who was first."""
    _check_may(actor)
    with transaction.atomic():
        _hold(entry)
        there = LogClosing.objects.filter(entry=entry).select_related("by").first()
        if there is not None:
            raise Conflict(f"{there.by} closed it on {there.at:%Y-%m-%d at %H:%M} UTC.")
        made = _say(entry, actor, body, files, token_name, "closed")
        LogClosing.objects.create(entry=entry, by=actor, at=made.written_at)
    return made


def reopen_incident(entry: LogEntry, *, actor: User, body: str = REOPENED, files: Files = (), token_name: str = "") -> LogEntry:
    """Say that it is not over after all: whoever may reply. Returns the reply."""
    _check_may(actor)
    with transaction.atomic():
        _hold(entry)
        if not LogClosing.objects.filter(entry=entry).delete()[0]:
            raise Conflict(f"Entry {entry.number} is open.")
        return _say(entry, actor, body, files, token_name, "reopened")


def _check_may(actor: User) -> None:
    if not can_reply(actor):
        raise NotAllowed(NEEDS_A_ROLE)


def _hold(entry: LogEntry) -> None:
    """The campaign's row, as whoever writes an entry holds it; then the entry, as it is now."""
    Campaign.objects.select_for_update().only("pk").get(pk=entry.campaign_id)
    entry.refresh_from_db(fields=["kind", "struck_at"])
    if entry.kind != EntryKind.INCIDENT or entry.parent_id is not None:
        raise Invalid(f"Entry {entry.number} is no incident; only incidents are closed.")
    if entry.is_struck:
        raise Conflict(f"Entry {entry.number} is struck through.")


def _say(entry: LogEntry, actor: User, body: str, files: Files, token_name: str, what: str) -> LogEntry:
    return write_entry(
        entry.campaign, actor=actor, kind=EntryKind.NOTE, body=body, parent=entry, files=files, token_name=token_name,
        data={"incident": what},
    )  # fmt: skip
