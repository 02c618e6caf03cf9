"""When checks are due: windows of the day, each between two times of a clock on the wall, in a time zone.

`windows(schedule, since, until)` gives those that are open at some time of a span, in order and never two at once. A pure
function of its arguments: what runs, who is on shift and what was recorded is asked elsewhere (campaigns/shift/due.py).

Days are days of the zone. Where the clock is changed within a window, the window is an hour shorter or longer, as the
times on the wall say; a time that the clock skips is the moment at which it was skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.zones import moment_of

DAY = timedelta(days=1)
SHORTEST = timedelta(hours=1)
MOST_SLOTS = 12
LONGEST_FIRST_DAYS = 60
TEXT = re.compile(r"(\d\d?):(\d\d)\s*(?:-|–|—|to)\s*(\d\d?):(\d\d)")
NAMES = ((time(4), "morning"), (time(11), "midday"), (time(14), "afternoon"), (time(18), "evening"), (time(22), "night"))


class WrongSlots(ValueError):
    """Windows that cannot be: which, and what would do."""


@dataclass(frozen=True, order=True)
class Slot:
    """A window of any day, by the clock on the wall. One that closes at or before its opening closes on the next day."""

    opens: time
    closes: time

    @property
    def length(self) -> timedelta:
        """By the clock on the wall."""
        length = _since_midnight(self.closes) - _since_midnight(self.opens)
        return length if length > timedelta(0) else length + DAY

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


DEFAULT_SLOTS = (Slot(time(6), time(12)), Slot(time(16), time(22)))
DEFAULT_FIRST_SLOTS = (Slot(time(6), time(10)), Slot(time(10), time(14)), Slot(time(14), time(18)), Slot(time(18), time(22)))
DEFAULT_FIRST_DAYS = 3


@dataclass(frozen=True)
class Window:
    """A span in which one check is due. `opens_at` and `closes_at` are UTC; `zone` is the one whose days it is cut from."""

    name: str
    opens_at: datetime
    closes_at: datetime
    zone: str

    @property
    def opens_on(self) -> date:
        """The day on which it opens, there."""
        return self.opens_at.astimezone(ZoneInfo(self.zone)).date()

    def holds(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at

    def overlaps(self, since: datetime, until: datetime) -> bool:
        return self.opens_at < until and since < self.closes_at


@dataclass(frozen=True)
class Schedule:
    """Which windows each day has. `zone_of_day` gives the zone of a day: that of the campaign, or of whoever is on shift.

    From `full_since` on (when full-scale production began; None: not yet) the first days have the `first_slots`.
    """

    zone_of_day: Callable[[date], ZoneInfo]
    slots: Sequence[Slot] = DEFAULT_SLOTS
    first_slots: Sequence[Slot] = DEFAULT_FIRST_SLOTS
    n_first_days: int = DEFAULT_FIRST_DAYS
    full_since: datetime | None = None

    def slots_of(self, day: date, zone: ZoneInfo) -> Sequence[Slot]:
        if self.full_since is None or not self.n_first_days:
            return self.slots
        began = self.full_since.astimezone(zone).date()
        return self.first_slots if timedelta(0) <= day - began < self.n_first_days * DAY else self.slots


def windows(schedule: Schedule, since: datetime, until: datetime) -> list[Window]:
    """The windows that are open at some time from `since` to before `until`, in order. None overlaps another: where the zone
    changes from one day to the next, a window that would begin before an earlier one closes is left out.
    """
    first = since.astimezone(UTC).date() - 3 * DAY  # of zones, windows past midnight, and what those could overlap
    last = until.astimezone(UTC).date() + 2 * DAY
    found: list[Window] = []
    latest = datetime.min.replace(tzinfo=UTC)  # when the longest of the earlier ones closes
    for one in sorted(_raw(schedule, first, last), key=lambda one: (one.opens_at, one.closes_at)):
        if one.opens_at >= latest and one.closes_at > one.opens_at and one.overlaps(since, until):
            found.append(one)
        latest = max(latest, one.closes_at)
    return found


def _raw(schedule: Schedule, first: date, last: date) -> Iterator[Window]:
    for n in range((last - first).days + 1):
        day = first + n * DAY
        zone = schedule.zone_of_day(day)
        slots = sorted(schedule.slots_of(day, zone))
        for slot, name in zip(slots, names(slots), strict=True):
            closes_on = day if slot.closes > slot.opens else day + DAY
            yield Window(name, moment_of(day, slot.opens, zone), moment_of(closes_on, slot.closes, zone), zone.key)


def names(slots: Sequence[Slot]) -> list[str]:
    """A name for each window of a day by its middle: morning, midday, afternoon, evening, night; two alike are numbered."""
    plain = [_name(slot) for slot in slots]
    return [f"{name} {plain[: place + 1].count(name)}" if plain.count(name) > 1 else name for place, name in enumerate(plain)]


def _name(slot: Slot) -> str:
    middle = (datetime.combine(date(2000, 1, 1), slot.opens) + slot.length / 2).time()
    return next((name for begins, name in reversed(NAMES) if middle >= begins), "night")


# --- as people write them, and as they are kept ---


def read_slots(text: str) -> tuple[Slot, ...]:
    """Windows as people write them: "06:00-12:00, 16:00-22:00". WrongSlots says which cannot be and why."""
    found = []
    for piece in filter(None, (piece.strip() for piece in re.split(r"[,;\n]", text))):
        match = TEXT.fullmatch(piece)
        if match is None:
            raise WrongSlots(f"“{piece[:40]}” is no window; write it as 06:00–12:00.")
        found.append(Slot(_time(match[1], match[2], piece), _time(match[3], match[4], piece)))
    return checked_slots(found)


def checked_slots(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """The same in order, if they can be the windows of every day."""
    if not slots:
        raise WrongSlots("Give at least one window, e.g. 06:00–12:00.")
    if len(slots) > MOST_SLOTS:
        raise WrongSlots(f"{len(slots)} windows a day are too many; give at most {MOST_SLOTS}.")
    for slot in slots:
        if slot.length < SHORTEST:
            raise WrongSlots(f"{slot} is shorter than an hour; nobody would make it in time.")
    ordered = tuple(sorted(slots))
    for slot, following in zip(ordered, [*ordered[1:], ordered[0]], strict=True):
        # the distance to the next window, over midnight for the last; a single one may fill the day
        gap = _since_midnight(following.opens) - _since_midnight(slot.opens)
        gap = gap if gap > timedelta(0) else gap + DAY
        if slot.length > gap:
            raise WrongSlots(f"{slot} and {following} overlap.")
    return ordered


def write_slots(slots: Sequence[Slot]) -> str:
    """As `read_slots` takes them."""
    return ", ".join(str(slot) for slot in slots)


def kept_slots(slots: Sequence[Slot]) -> list[list[str]]:
    """As JSON."""
    return [[f"{slot.opens:%H:%M}", f"{slot.closes:%H:%M}"] for slot in slots]


def slots_kept(kept: Sequence[Sequence[str]]) -> tuple[Slot, ...]:
    """From JSON."""
    return tuple(Slot(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in kept)


def _time(hour: str, minute: str, piece: str) -> time:
    h, m = int(hour), int(minute)
    if (h, m) == (24, 0):
        h = 0
    if h > 23 or m > 59:
        raise WrongSlots(f"“{piece[:40]}” has no such time; the clock goes from 00:00 to 23:59.")
    return time(h, m)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


# --- whether anything runs ---


@dataclass(frozen=True)
class Span:
    """When a workflow was there to be looked after; `until` None: still."""

    since: datetime
    until: datetime | None = None


def is_wanted(window: Window, spans: Sequence[Span], now: datetime) -> bool:
    """Whether anything ran in a window, as far as it is past: without that no check is due."""
    until = min(window.closes_at, now)
    return any(span.since < until and (span.until is None or span.until > window.opens_at) for span in spans)


def by_day(zones: Mapping[date, ZoneInfo], otherwise: ZoneInfo) -> Callable[[date], ZoneInfo]:
    """A `zone_of_day` from a table."""
    return lambda day: zones.get(day, otherwise)
