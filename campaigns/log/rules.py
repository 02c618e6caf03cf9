"""Who may do what in a campaign's log. Pages, API and services ask here; reading is open to whoever sees the campaign."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from campaigns.models import Campaign, EntryKind, LogEntry
from campaigns.rules import can_lead
from campaigns.steps.rules import can_work
from portal.roles import Anyone, Role, has_role

OPEN_KINDS = frozenset({EntryKind.NOTE, EntryKind.INCIDENT})  # whoever sees something says so
NEEDS_A_ROLE = "Writing in a log needs a role in the portal. Ask an administrator for one."


def can_write(user: Anyone, campaign: Campaign, kind: str = EntryKind.NOTE) -> bool:
    """Write an entry of this kind: notes and incidents whoever holds a role; what tells of work done its shifters and
    coordinators; what machines see nobody.
    """
    if kind == EntryKind.MACHINE or not has_role(user, *Role):
        return False
    return kind in OPEN_KINDS or can_work(user, campaign)


def can_reply(user: Anyone) -> bool:
    """Reply to an entry: whoever is logged in and holds any role."""
    return has_role(user, *Role)


def is_author(user: Anyone, entry: LogEntry) -> bool:
    """Wrote the entry, and still holds a role. Nobody wrote what the portal saw."""
    return entry.author_id is not None and entry.author_id == user.pk and has_role(user, *Role)


def can_edit(user: Anyone, entry: LogEntry, now: datetime | None = None) -> bool:
    """Change what an entry says: its author, for LOG_EDIT_DAYS after it was written."""
    return is_author(user, entry) and not entry.is_struck and (now or timezone.now()) <= edited_until(entry)


def can_amend(user: Anyone, entry: LogEntry) -> bool:
    """Add to what an entry says: its author, at any time."""
    return is_author(user, entry) and not entry.is_struck


def can_strike(user: Anyone) -> bool:
    """Strike an entry through: coordinators and administrators."""
    return can_lead(user)


def edited_until(entry: LogEntry) -> datetime:
    """From then on an entry is only added to."""
    return entry.written_at + timedelta(days=settings.LOG_EDIT_DAYS)


def kinds_for(user: Anyone, campaign: Campaign) -> list[EntryKind]:
    """The kinds of entries that this person may write, in the order forms offer them."""
    if not has_role(user, *Role):
        return []
    works = can_work(user, campaign)
    return [kind for kind in EntryKind if kind != EntryKind.MACHINE and (works or kind in OPEN_KINDS)]
