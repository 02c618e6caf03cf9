"""How far each person has read a log, and how much is new since. Numbers have no gaps, so that counting costs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from campaigns.log.reading import last_number
from campaigns.models import Campaign, LogEntry, LogReading
from portal.models import User
from portal.roles import Anyone


def reading_of(campaign: Campaign, user: Anyone) -> LogReading | None:
    """How far this person has read; None while they never said so."""
    return LogReading.objects.filter(campaign=campaign, user=user).first() if user.pk else None


def mark_read(campaign: Campaign, user: User, number: int) -> LogReading:
    """Everything up to this entry is read. It never goes back: an old window does not make entries unread again."""
    number = max(0, min(number, last_number(campaign)))
    reading, is_new = LogReading.objects.get_or_create(campaign=campaign, user=user, defaults={"number": number})
    if not is_new:
        LogReading.objects.filter(pk=reading.pk, number__lte=number).update(number=number, at=timezone.now())
        reading.refresh_from_db()
    return reading


def wrote(entry: LogEntry, user: User) -> None:
    """One's own entry is none to read, where nothing else came before it."""
    LogReading.objects.filter(campaign=entry.campaign_id, user=user, number=entry.number - 1).update(
        number=entry.number, at=timezone.now()
    )


def unread_counts(user: Anyone, campaigns: Iterable[Campaign]) -> dict[int, int]:
    """New entries by campaign, of those whose log the person keeps track of; one query."""
    if not user.pk:
        return {}
    newest: Any = LogEntry.objects.filter(campaign=OuterRef("campaign")).order_by("-number").values("number")[:1]
    readings = LogReading.objects.filter(user=user, campaign__in=[campaign.pk for campaign in campaigns])
    rows = readings.annotate(newest=Subquery(newest)).values_list("campaign_id", "number", "newest")
    return {pk: max(0, (last or 0) - number) for pk, number, last in rows}
