"""How meetings are written on pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns.meetings.wording import when_words
from campaigns.models import Meeting

register = template.Library()


@register.simple_tag
def meeting_day(day: date | None, meetings: Mapping[date, Meeting], words: str = "") -> SafeString | str:
    """The day of a meeting, or `words` for it; leads to the meeting where `meetings` has one of that day."""
    if day is None:
        return words
    words, meeting = words or date_format(day, "j M Y"), meetings.get(day)
    return format_html('<a href="{}">{}</a>', meeting.get_absolute_url(), words) if meeting else words


@register.filter
def on_day(meetings: Mapping[date, Meeting] | str, day: date | None) -> Meeting | None:
    """The meeting of that day, if there is one."""
    return meetings.get(day) if day is not None and isinstance(meetings, Mapping) else None


@register.simple_tag
def meeting_when(meeting: Meeting, zone: ZoneInfo, now: datetime, names_zone: bool = True) -> str:
    """When it is, by the reader's clock: "tomorrow, 16:00–17:00 Europe/Zurich"."""
    words = when_words(meeting, zone, now)
    return words if names_zone else words.removesuffix(f" {zone.key}")
