"""Days and times as people write them over what they did: 3 Nov 2026; November 3rd, 2026 at 9:30 am CST; 2026-11-03 15:30.

A day that can be read in two ways (03/11/2026) is not read at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1,
    )
    for name in names.split()
}  # fmt: skip
MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
WEEKDAY = r"(?:\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?\s+)?"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
SPAN = r"(?:\s*[-–—]\s*\d{1,2}(?:st|nd|rd|th)?)?"  # 3–5 Nov: it began on the third
YEAR = r"(?P<year>20\d\d)"
DAYS = [
    re.compile(rf"(?<![\w/.-]){WEEKDAY}{YEAR}(?P<sep>[-/.])(?P<n_month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?![\d/-])", re.I),
    re.compile(rf"(?<![\w/.-]){WEEKDAY}{DAY}{SPAN}\s+(?:of\s+)?{MONTH}(?:,?\s+{YEAR}\b)?", re.I),
    re.compile(rf"(?<![\w/.-]){WEEKDAY}{MONTH}\s+{DAY}{SPAN}(?:,?\s+{YEAR}\b)?(?![\d:])", re.I),
    re.compile(rf"(?<![\w/.-]){WEEKDAY}(?P<a>\d{{1,2}})(?P<sep>[/.])(?P<b>\d{{1,2}})(?P=sep){YEAR}\b", re.I),
]
ZONE = r"(?:\s*(?P<zone>utc|gmt|z|ces?t|[cemp][sd]?t|bst|[+-]\d\d:?\d\d)\b)?"
CLOCK = (
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?\s*(?P<half>[ap]\.?m\b\.?)?"
    rf"|(?P<hour2>\d{{1,2}})\s*(?P<half2>[ap]\.?m\b\.?)){ZONE}"
)
TIME = re.compile(rf"(?<![\w:.-]){CLOCK}(?![\w:])", re.I)
THEN_TIME = re.compile(rf"[\s,;(@T–—-]*(?:at\s+)?{CLOCK}\)?", re.I)
ALONE = re.compile(r"[\s*_#.,:;()\[\]–—-]*")
WHOLE_YEAR = re.compile(rf"\b{YEAR}\b")
PLACES = {"c": "America/Chicago", "e": "America/New_York", "m": "America/Denver", "p": "America/Los_Angeles"}
FIXED = {"utc": 0, "gmt": 0, "z": 0, "bst": 1, "cet": 1, "cest": 2}


@dataclass(frozen=True)
class When:
    """`day` without a time, or `at` with one. `rest` is what else the text says, '' when it is only the date."""

    day: date
    clock: time | None
    zone: tzinfo
    rest: str

    @property
    def at(self) -> datetime:
        """In UTC; midnight where only the day is known."""
        return datetime.combine(self.day, self.clock or time(), self.zone if self.clock else UTC).astimezone(UTC)


@dataclass(frozen=True)
class Unread:
    """Looks like a date and is none that can be relied on; `why` in words."""

    why: str


def read_when(text: str, *, year: int | None = None, near: date | None = None) -> When | Unread | None:
    """The day (and time) that a text names, None when it names none. Without a year it is the year of `near`, the day that
    stood before, or the next where a new year began; or `year`.
    """
    for pattern in DAYS:
        for match in pattern.finditer(text):
            found = _day(match, year, near)
            if isinstance(found, Unread):
                return found
            if found is None:
                continue
            after = THEN_TIME.match(text, match.end())
            before = None if after else TIME.search(text[: match.start()])
            clock = _clock(after or before)
            if clock is None:
                after = before = None
            end = after.end() if after else match.end()
            start = text[: match.start()]
            if before:
                start = start[: before.start()] + start[before.end() :]
            rest = f"{start} {text[end:]}"
            hour, zone = clock or (None, UTC)
            return When(found, hour, zone, "" if ALONE.fullmatch(rest) else rest.strip())
    return None


def read_clock(text: str, day: date) -> When | None:
    """A heading that is only a time of a day known from above, e.g. 14:30 UTC, perhaps with words behind it."""
    match = re.match(rf"\s*{CLOCK}(?![\w:])", text, re.I)
    clock = _clock(match)
    if match is None or clock is None:
        return None
    rest = text[match.end() :]
    return When(day, clock[0], clock[1], "" if ALONE.fullmatch(rest) else rest.strip(" \t,:;–—-"))


def year_in(text: str) -> int | None:
    """The year that a heading names, for the days below it."""
    match = WHOLE_YEAR.search(text)
    return int(match["year"]) if match else None


def _day(match: re.Match[str], year: int | None, near: date | None) -> date | Unread | None:
    parts = match.groupdict()
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        if first <= 12 and second <= 12 and first != second and parts["sep"] == "/":
            return Unread(f"{match[0].strip()} can be two days; write the month as a word")
        day, month = (second, first) if second > 12 and parts["sep"] == "/" else (first, second)
        return _made(int(parts["year"]), month, day)
    month = MONTHS[parts["month"].lower()] if parts.get("month") else int(parts["n_month"])
    day = int(parts["day"])
    if parts.get("year"):
        return _made(int(parts["year"]), month, day)
    if near is not None:
        turn = 1 if near.month - month >= 6 else -1 if month - near.month >= 6 else 0
        return _made(near.year + turn, month, day)
    if year is not None:
        return _made(year, month, day)
    return Unread(f"{match[0].strip()} names no year") if 1 <= day <= 31 else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(match: re.Match[str] | None) -> tuple[time, tzinfo] | None:
    if match is None:
        return None
    hour, minute = int(match["hour"] or match["hour2"]), int(match["minute"] or 0)
    half = (match["half"] or match["half2"] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        return None
    return time(hour, minute), _zone((match["zone"] or "utc").lower())


def _zone(name: str) -> tzinfo:
    """CST and CDT are what clocks in Chicago show; which of the two follows from the day."""
    if name in FIXED:
        return timezone(timedelta(hours=FIXED[name])) if FIXED[name] else UTC
    if name[0] in "+-":
        digits = name[1:].replace(":", "")
        ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-ahead if name[0] == "-" else ahead) if ahead < timedelta(hours=24) else UTC
    return ZoneInfo(PLACES[name[0]])
