"""After each round of the poll the checks of every campaign are looked at anew, after each change of a campaign its own; and a
check that somebody writes straight into the log is one.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from campaigns.models import Campaign, EntryKind, LogEntry, VersionKind
from campaigns.shift.services import adopt_entry
from campaigns.shift.standing import keep_standings
from campaigns.signals import campaign_changed, log_changed
from monitoring.signals import polled


@receiver(polled)
def after_poll(**_how: Any) -> None:
    """The points of a check within one poll."""
    keep_standings(Campaign.objects.active())


@receiver(campaign_changed)
def after_change(campaign: Campaign, **_how: Any) -> None:
    """Appointments, status and reference number say when checks are due and what they ask."""
    transaction.on_commit(lambda: keep_standings(Campaign.objects.active().filter(pk=campaign.pk)), robust=True)


@receiver(log_changed)
def after_entry(entry: LogEntry, what: str, **_how: Any) -> None:
    """Those that recording a check writes say so in their data."""
    is_check = what == VersionKind.WRITTEN and entry.kind == EntryKind.CHECK and entry.parent_id is None
    if is_check and "check" not in entry.data:
        adopt_entry(entry)
