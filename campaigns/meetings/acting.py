"""What actions on meetings share: holding a row, checking what was typed, writing what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns.meetings.rules import LEADING, can_run
from campaigns.models import Meeting, MeetingEvent, MeetingSeries, MeetingVerb
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.roles import Anyone
from portal.wording import plain
from portal.zones import zone_names

EARLIEST, LATEST = date(2015, 1, 1), date(2100, 1, 1)
LONGEST_MEETING = 12 * 60  # minutes
LONGEST_REASON = 2_000
LABELS = {
    "title": "title", "name": "name", "on": "day", "begins": "time", "time_zone": "time zone", "n_minutes": "length",
    "where": "place", "weekday": "weekday", "every_weeks": "rhythm", "from_on": "first day", "until_on": "last day",
    "is_active": "series",
}  # fmt: skip


@contextmanager
def held(meeting: Meeting) -> Iterator[datetime]:
    """The meeting's row, read anew and held to the end of a transaction; gives the moment of the action."""
    with transaction.atomic():
        meeting.refresh_from_db(from_queryset=Meeting.objects.select_for_update())
        yield timezone.now()


def check_runs(actor: Anyone) -> None:
    """Raises NotAllowed where a person may not run meetings."""
    if not can_run(actor):
        raise NotAllowed(LEADING)


def check_takes_place(meeting: Meeting) -> None:
    """Raises Conflict for a meeting that was cancelled."""
    if meeting.is_cancelled:
        raise Conflict(f"{meeting} is cancelled. Say first that it takes place after all.")


def line(text: str, field: str, what: str, longest: int, *, needed: bool = True) -> str:
    """One line of text; Invalid says what is missing, or how long it may be."""
    text = " ".join(plain(text).split())
    if needed and not text:
        raise Invalid(what, field=field)
    if len(text) > longest:
        raise Invalid(f"It has {len(text):,} characters; use at most {longest:,}.", field=field)
    return text


def paragraphs(text: str, field: str, longest: int) -> str:
    """A text of several lines, which may be empty."""
    text = plain(text).strip()
    if len(text) > longest:
        raise Invalid(f"It has {len(text):,} characters; use at most {longest:,}.", field=field)
    return text


def check_time(values: Mapping[str, Any]) -> None:
    """Zone, length and day that can be. Each is looked at if it is there."""
    if "time_zone" in values and values["time_zone"] not in zone_names():
        raise Invalid("Choose a time zone of the list, e.g. Europe/Zurich.", field="time_zone")
    if "n_minutes" in values and not 5 <= values["n_minutes"] <= LONGEST_MEETING:
        raise Invalid(f"Give a length from 5 to {LONGEST_MEETING} minutes.", field="n_minutes")
    for name in ("on", "from_on", "until_on"):
        if values.get(name) is not None and not EARLIEST <= values[name] < LATEST:
            raise Invalid(f"{values[name].isoformat()} cannot be; check the year.", field=name)


def change_seen(old: Mapping[str, Any], new: Mapping[str, Any], seen: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """What differs, as events keep it. `seen`: what the person saw; raises Conflict where that changed since."""
    found = [name for name in new if new[name] != old[name]]
    for name in found:
        if seen is not None and name in seen and seen[name] != old[name]:
            raise Conflict(f"Somebody set the {LABELS[name]} to “{in_words(name, old[name])}” in the meantime.", field=name)
    return [
        {"field": name, "label": LABELS[name], "old": in_words(name, old[name]), "new": in_words(name, new[name])}
        for name in found
    ]


def in_words(name: str, value: Any) -> str:
    """A value as forms and the history show it."""
    if value is None or value == "":
        return "nothing"
    if name == "n_minutes":
        return f"{value} min"
    if name == "is_active":
        return "going on" if value else "ended"
    if name == "every_weeks":
        return "every week" if value == 1 else f"every {value} weeks"
    if name == "weekday":
        return str(MeetingSeries(weekday=value).get_weekday_display())
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)


def happened(
    about: Meeting | MeetingSeries, verb: MeetingVerb, actor: User | None, note: str = "", **data: Any
) -> MeetingEvent:
    """Write the event, in the transaction of what it tells of."""
    where = {"meeting": about} if isinstance(about, Meeting) else {"series": about}
    return MeetingEvent.objects.create(verb=verb, actor=actor, note=note, data=data, **where)
