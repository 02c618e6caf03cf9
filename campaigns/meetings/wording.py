"""How meetings are written: on pages, in calendars, in mails."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.models import Meeting
from portal.zones import day_in_words, zone_named


def when_words(meeting: Meeting, zone: ZoneInfo, now: datetime) -> str:
    """By the clock of that zone: "tomorrow, 16:00–17:00 Europe/Zurich"."""
    begins, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    later = "" if begins.date() == ends.date() else f" {day_in_words(meeting.ends_at, zone, now)}"
    return f"{day_in_words(meeting.starts_at, zone, now)}, {begins:%H:%M}–{ends:%H:%M}{later} {zone.key}"


def when_exactly(meeting: Meeting, zone: ZoneInfo) -> str:
    """By the clock of that zone, with the date: "Tue 1 Dec 2026, 16:00–17:00 Europe/Zurich"."""
    begins, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    later = "" if begins.date() == ends.date() else f" {ends.day} {ends:%b}"
    return f"{begins:%a} {begins.day} {begins:%b %Y}, {begins:%H:%M}–{ends:%H:%M}{later} {zone.key}"


def own_clock(meeting: Meeting, zone: ZoneInfo) -> str:
    """Where the meeting goes by another clock than the reader's: "16:00 America/Chicago"; else ''."""
    own = zone_named(meeting.time_zone)
    here, there = meeting.starts_at.astimezone(zone), meeting.starts_at.astimezone(own)
    if here.utcoffset() == there.utcoffset():
        return ""
    day = "" if here.date() == there.date() else f"{there:%a} {there.day} {there:%b}, "
    return f"{day}{there:%H:%M} {own.key}"
