"""On which days a series meets, and at which moment. Pure but for what is passed in."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from campaigns.models import MeetingSeries
from portal.zones import moment_of, zone_named

WEEK = timedelta(weeks=1)


def monday_of(day: date) -> date:
    """The first day of its week: a series meets at most once in each."""
    return day - timedelta(days=day.weekday())


def days_of(series: MeetingSeries, first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both included, on which the series meets."""
    first = max(first, series.from_on)
    last = min(last, series.until_on) if series.until_on else last
    began = monday_of(series.from_on)
    found = []
    monday = monday_of(first)
    while monday <= last:
        day = monday + timedelta(days=series.weekday)
        if first <= day <= last and (monday - began) // WEEK % series.every_weeks == 0:
            found.append(day)
        monday += WEEK
    return found


def day_of(kept: object) -> date | None:
    """A day as events and references keep it, 2026-11-30; None for anything else."""
    try:
        return date.fromisoformat(kept) if isinstance(kept, str) else None
    except ValueError:
        return None


def start_on(series: MeetingSeries, day: date) -> datetime:
    """When it begins that day, UTC: the same time on the wall in summer and winter."""
    return moment_of(day, series.begins, zone_named(series.time_zone))
