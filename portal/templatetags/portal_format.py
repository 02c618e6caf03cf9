"""How numbers, ages and states are written on pages: loaded into every template; the rules are in docs/pages.md.

What is not known is said in words. None of these ever turns an unknown number into 0.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypeGuard

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

UNKNOWN = "unknown"
DOES_NOT_APPLY = "–"
NARROW_SPACE = "\u202f"  # no-break: a number stays with its unit
STATES = frozenset(
    "ok running warning paused lapsed bad refused unknown stale todo waived".split()
)  # the visual language's; portal.css gives each its icon and colour
JUSTIN_STATES = {
    "draft": "todo",
    "submitted": "todo",
    "running": "running",
    "finishing": "running",
    "paused": "paused",
    "finished": "ok",
}


class HasState(Protocol):
    """A workflow, as far as this floor knows one."""

    state: str


@register.filter
def count(n: int | float | None) -> str:
    """A count with commas from 1,000; what is not there is "unknown"."""
    return UNKNOWN if not _is_number(n) else f"{round(n):,}"


@register.filter
def percent(ratio: float | None) -> str:
    """A ratio between 0 and 1 as per cent with one decimal, without its unit: "90.6".

    None is "–" (there is no whole to take a share of). What is not quite all never reads as 100.0 and what is more
    than nothing never as 0.0. Above 1 nothing is printed but that it is wrong.
    """
    if not _is_number(ratio):
        return DOES_NOT_APPLY
    if ratio > 1:
        return "over 100, check"
    if ratio < 0:
        return "below 0, check"
    text = f"{100 * ratio:.1f}"
    if text == "100.0" and ratio < 1:
        return "> 99.9"
    if text == "0.0" and ratio > 0:
        return "< 0.1"
    return text


@register.filter
def percent_unit(ratio: float | None) -> str:
    """The same with its unit, for running text: "90.6 %" with a narrow no-break space."""
    text = percent(ratio)
    return f"{text}{NARROW_SPACE}%" if text[-1].isdigit() else text


@register.filter
def bytes_decimal(n_bytes: int | float | None) -> str:
    """Bytes in decimal units, as storage is counted: "13.9 TB", "512 MB", "900 B"."""
    if not _is_number(n_bytes) or n_bytes < 0:
        return UNKNOWN
    size = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if size < 999.5 or unit == "PB":
            break
        size /= 1000
    return f"{size:,.0f} {unit}" if unit == "B" or size >= 99.95 else f"{size:.1f} {unit}"


@register.filter
def duration(length: timedelta | int | float | None) -> str:
    """A length of time (or seconds) in its two largest parts: "45 s", "12 min", "19 h 14 min", "3 d 4 h"."""
    if isinstance(length, timedelta):
        length = length.total_seconds()
    if not _is_number(length) or length < 0:
        return UNKNOWN
    seconds = int(length)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


@register.filter
def exact_utc(at: datetime | None) -> str:
    """A moment to the second: "2026-11-23 18:40:12 UTC"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else UNKNOWN


@register.filter
def column_time(at: datetime | None) -> str:
    """A moment for a column or a sentence: "18 Nov 04:11", UTC; with its year when that is another one than now."""
    if not at:
        return UNKNOWN
    at = at.astimezone(UTC)
    year = "" if at.year == timezone.now().year else f" {at.year}"
    return f"{_day_and_month(at)}{year} {at:%H:%M}"


@register.filter
def at_least(n: int | None, complete: object) -> str:
    """A count that may be cut: "561,540" when complete, else "≥ 561,540"."""
    text = count(n)
    return text if complete or text == UNKNOWN else f"≥ {text}"


@register.simple_tag
def age(when: datetime | None, now: datetime | None = None, stale: object = False) -> SafeString | str:
    """How old (or how far ahead) a moment is, exact time on hover: `{% age workflow.listed_at now=justin.now %}`.

    Beyond a day the date, beyond a year (or nearly: the same day of another year misleads) with its year.
    `now` is the clock that `when` was read from, if it is not the portal's; `stale` marks a number that should be newer.
    """
    if not when:
        return UNKNOWN
    state = ' data-state="stale"' if stale else ""
    return format_html(
        '<time class="age"{} datetime="{}" title="{}">{}</time>',
        SafeString(state),
        f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        exact_utc(when),
        age_in_words(when, now or timezone.now()),
    )


def age_in_words(when: datetime, now: datetime) -> str:
    """An age as text: "2 min ago", "in 5 min", "21 Nov", "21 Nov 2025"."""
    seconds = (now - when).total_seconds()
    if abs(seconds) < 60:
        return "just now" if seconds >= 0 else "within a minute"
    if abs(seconds) < 86400:
        n = abs(seconds) / 60
        text = f"{int(n)} min" if n < 60 else f"{int(n / 60)} h"
        return f"{text} ago" if seconds > 0 else f"in {text}"
    at = when.astimezone(UTC)
    return _day_and_month(at) if abs(seconds) < 350 * 86400 else f"{_day_and_month(at)} {at.year}"


@register.simple_tag
def status(state: str, word: object, pill: object = False) -> SafeString:
    """A status: `state` gives icon and colour (docs/pages.md), the word is the text. A state that is none is unknown."""
    return format_html(
        '<span class="{}" data-state="{}">{}</span>',
        "status pill" if pill else "status",
        state if state in STATES else "unknown",
        word,
    )


@register.simple_tag
def workflow_status(workflow: HasState, pill: object = False) -> SafeString:
    """A workflow's state in justIN's own word; a word that is new to us shows as unknown, in that word."""
    return status(JUSTIN_STATES.get(workflow.state, "unknown"), workflow.state or UNKNOWN, pill)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and math.isfinite(value)


def _day_and_month(day: date) -> str:
    return f"{day.day} {day:%b}"
