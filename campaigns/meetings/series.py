"""Series of meetings: making and changing one, and the meetings that follow from it, eight weeks ahead.

As long as nobody changed a meeting it follows its series. Meetings that began never change.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns.meetings.acting import change_seen, check_runs, check_time, happened, line
from campaigns.meetings.days import days_of, monday_of, start_on
from campaigns.models import Meeting, MeetingEvent, MeetingSeries, MeetingState, MeetingVerb, Weekday
from portal.errors import Invalid
from portal.models import User
from portal.zones import zone_named

AHEAD = timedelta(weeks=8)
MOST_WEEKS = 8
FIELDS = ("name", "weekday", "every_weeks", "begins", "time_zone", "n_minutes", "where", "from_on", "until_on", "is_active")

log = logging.getLogger(__name__)


def make_series(values: Mapping[str, Any], *, actor: User, now: datetime | None = None) -> MeetingSeries:
    """A new series with its meetings of the next weeks. `values` are those of FIELDS; where it may be left out it is usual."""
    check_runs(actor)
    now = now or timezone.now()
    series = MeetingSeries(from_on=timezone.localdate(now))
    for name, value in _checked(series, values).items():
        setattr(series, name, value)
    with transaction.atomic():
        series.save()
        happened(series, MeetingVerb.SERIES_MADE, actor, series.name)
        _make(series, now)
    return series


def change_series(
    series: MeetingSeries,
    values: Mapping[str, Any],
    *,
    actor: User,
    seen: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> list[str]:
    """Change those of FIELDS that are given; its coming meetings follow, unless somebody changed them. Returns the labels of
    what changed. `seen`: as the person had it before their eyes.
    """
    check_runs(actor)
    now = now or timezone.now()
    with transaction.atomic():
        _hold(series)
        new = _checked(series, values)
        changes = change_seen({name: getattr(series, name) for name in FIELDS}, new, seen)
        if not changes:
            return []
        for name, value in new.items():
            setattr(series, name, value)
        series.save()
        happened(series, MeetingVerb.SERIES_CHANGED, actor, changes=changes)
        _follow(series, now, actor)
        _make(series, now)
    return [one["label"] for one in changes]


def make_ahead(now: datetime | None = None) -> int:
    """The meetings of the next weeks of all series that go on, as far as they are not there; returns how many were made. A
    series that fails is logged and tried again at the next run.
    """
    n = 0
    for series in MeetingSeries.objects.filter(is_active=True):
        try:
            with transaction.atomic():
                _hold(series)
                n += _make(series, now or timezone.now())
        except Exception:
            log.exception("The meetings of series %s could not be made; they are at the next run.", series.pk)
    return n


def _hold(series: MeetingSeries) -> None:
    series.refresh_from_db(from_queryset=MeetingSeries.objects.select_for_update())


def _checked(series: MeetingSeries, values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in values.items() if name in FIELDS}
    if "name" in found:
        found["name"] = line(found["name"], "name", "Give the series a name, for example Production meeting.", 100)
    if "where" in found:
        found["where"] = line(found["where"], "where", "", 500, needed=False)
    if "weekday" in found and found["weekday"] not in Weekday.values:
        raise Invalid("Choose a day of the week.", field="weekday")
    if "every_weeks" in found and not 1 <= found["every_weeks"] <= MOST_WEEKS:
        raise Invalid(f"Give a number of weeks from 1 to {MOST_WEEKS}.", field="every_weeks")
    check_time(found)
    first, last = found.get("from_on", series.from_on), found.get("until_on", series.until_on)
    if last is not None and last < first:
        raise Invalid("The last day is before the first.", field="until_on")
    return found


def _days_ahead(series: MeetingSeries, now: datetime) -> list[date]:
    if not series.is_active:
        return []
    today = timezone.localdate(now, timezone=zone_named(series.time_zone))
    return [day for day in days_of(series, today, today + AHEAD) if start_on(series, day) > now]


def _make(series: MeetingSeries, now: datetime) -> int:
    """Those that are not there; none in weeks that have one, be it moved or cancelled. The caller holds the series' row."""
    days = _days_ahead(series, now)
    if not days:
        return 0
    there = series.meetings.filter(planned_on__gte=monday_of(days[0])).values_list("planned_on", flat=True)
    weeks = {monday_of(day) for day in there if day is not None}
    made = [_as_planned(Meeting(series=series), day) for day in days if monday_of(day) not in weeks]
    Meeting.objects.bulk_create(made)
    MeetingEvent.objects.bulk_create(
        MeetingEvent(meeting=meeting, verb=MeetingVerb.PLANNED, note=f"in the series {series}", at=now) for meeting in made
    )
    return len(made)


def _as_planned(meeting: Meeting, day: date) -> Meeting:
    """The meeting as its series has it for that day."""
    series = meeting.series
    assert series is not None
    meeting.planned_on, meeting.title, meeting.where = day, series.name, series.where
    meeting.set_time(start_on(series, day), series.n_minutes, series.time_zone)
    return meeting


def _follow(series: MeetingSeries, now: datetime, actor: User) -> None:
    """Coming meetings that nobody changed become what the series says for their week; where it says nothing they go, or are
    cancelled when somebody put something on their agenda.
    """
    wanted = {monday_of(day): day for day in _days_ahead(series, now)}
    ahead = series.meetings.taking_place().filter(starts_at__gt=now, is_edited=False).select_for_update()
    for meeting in ahead.order_by("starts_at"):
        assert meeting.planned_on is not None
        day = wanted.get(monday_of(meeting.planned_on))
        if day is not None:
            before = (meeting.starts_at, meeting.ends_at, meeting.title, meeting.where, meeting.time_zone, meeting.planned_on)
            meeting.series = series
            _as_planned(meeting, day)
            if before != (
                meeting.starts_at, meeting.ends_at, meeting.title, meeting.where, meeting.time_zone, meeting.planned_on,
            ):  # fmt: skip
                _save(meeting, now, actor, MeetingVerb.CHANGED)
        elif meeting.items.exists() or meeting.actions.exists():
            meeting.state, meeting.reason = MeetingState.CANCELLED, "The series has no meeting in this week any more."
            _save(meeting, now, actor, MeetingVerb.CANCELLED)
        else:
            meeting.delete()


def _save(meeting: Meeting, now: datetime, actor: User, verb: MeetingVerb) -> None:
    meeting.changed_at, meeting.changed_by, meeting.sequence = now, actor, meeting.sequence + 1
    meeting.save()
    happened(meeting, verb, actor, "with its series")
