"""People's own time zones. Times are stored and shown in UTC; what a person must do by a time of day is shown in their zone,
and the zone is named beside it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.utils import timezone

from portal.models import User
from portal.roles import Anyone

DEFAULT_ZONE = "UTC"
AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zone_names() -> tuple[str, ...]:
    """What can be chosen: UTC, then places by name. Not what is kept for old programs' sake only (EST5EDT, US/Central)."""
    return (DEFAULT_ZONE, *sorted(name for name in available_timezones() if name.partition("/")[0] in AREAS))


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone of this name; one that the time zone data do not have any more is UTC."""
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def zone_of(user: Anyone | None) -> ZoneInfo:
    """The zone in which this person is told when to do something."""
    return zone_named(user.time_zone) if isinstance(user, User) else zone_named(DEFAULT_ZONE)


def today_of(user: Anyone | None, now: datetime | None = None) -> date:
    """The day it is where the person lives: a shift ends with the evening of its last day there, not in Greenwich."""
    return timezone.localdate(now, timezone=zone_of(user))


def time_of_day(at: datetime, zone: ZoneInfo) -> str:
    """A moment of a day that is known, with its zone: "22:00 Europe/Zurich"."""
    return f"{at.astimezone(zone):%H:%M} {zone.key}"


def day_in_words(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The day of a moment as the person calls it: "today", "tomorrow", "yesterday", "Tue 24 Nov", with its year in another."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days)
    if near:
        return near
    return f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clock there shows it, UTC. Of a time that comes twice the first; of one that is skipped, the moment of that."""
    first, second = (datetime.combine(day, at, tzinfo=zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second >= first:
        return first
    # in a gap the first reads the old offset and comes after the change by as much as it lies within the gap
    low, high = second, first
    offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, high)
    return high.replace(microsecond=0)
