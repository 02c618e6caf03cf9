"""Series: which days they have, the meetings made from them, and what becomes of those when the series changes."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from campaigns.meetings.agenda import propose_item
from campaigns.meetings.days import days_of
from campaigns.meetings.series import change_series, make_ahead, make_series
from campaigns.meetings.services import cancel_meeting, change_meeting, write_minutes
from campaigns.models import Meeting, MeetingEvent, MeetingSeries, MeetingVerb
from portal.errors import Conflict, Invalid, NotAllowed
from tests.meetings.conftest import TUESDAY, WEEKLY

pytestmark = pytest.mark.django_db
ZURICH = ZoneInfo("Europe/Zurich")


def days(series: MeetingSeries) -> list[date]:
    return list(series.meetings.order_by("starts_at").values_list("held_on", flat=True))


# --- days ---


def test_a_series_of_every_second_week_counts_weeks_from_its_first_day():
    series = MeetingSeries(weekday=3, every_weeks=2, from_on=date(2026, 11, 3))  # a Tuesday
    found = days_of(series, date(2026, 11, 1), date(2026, 12, 20))
    assert found == [date(2026, 11, 5), date(2026, 11, 19), date(2026, 12, 3), date(2026, 12, 17)]
    assert days_of(series, date(2026, 11, 20), date(2026, 12, 3)) == [date(2026, 12, 3)]


def test_no_day_is_before_the_first_or_after_the_last():
    series = MeetingSeries(weekday=0, every_weeks=1, from_on=date(2026, 11, 24), until_on=date(2026, 12, 7))
    assert days_of(series, date(2026, 1, 1), date(2027, 1, 1)) == [date(2026, 11, 30), date(2026, 12, 7)]


# --- making ahead ---


def test_meetings_are_made_eight_weeks_ahead_with_what_the_series_says(series):
    assert days(series)[0] == date(2026, 11, 30)
    assert days(series)[-1] == date(2027, 1, 18)
    assert len(days(series)) == 8
    first = series.meetings.order_by("starts_at")[0]
    assert (first.title, first.where, first.n_minutes) == ("Production meeting", "https://cern.zoom.us/j/1", 60)
    assert first.starts_at == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert first.events.get().verb == MeetingVerb.PLANNED


def test_they_keep_their_time_on_the_wall_over_a_change_of_the_clock(at, coordinator):
    at(datetime(2027, 3, 1, 9, tzinfo=UTC))
    series = make_series(WEEKLY, actor=coordinator)
    starts = list(series.meetings.order_by("starts_at").values_list("starts_at", flat=True))
    assert {start.astimezone(ZURICH).time() for start in starts} == {time(16)}
    assert {start.hour for start in starts} == {15, 14}
    before, after = starts[3:5]  # the clock is changed on 28 March
    assert after - before == timedelta(days=7, hours=-1)


def test_running_the_task_again_makes_nothing_and_a_week_later_makes_one(series, at):
    assert make_ahead() == 0
    at(TUESDAY + timedelta(days=7))
    assert make_ahead() == 1
    assert make_ahead() == 0
    assert days(series)[-1] == date(2027, 1, 25)


def test_one_that_was_moved_or_cancelled_is_not_made_again(series, coordinator):
    first, second = series.meetings.order_by("starts_at")[:2]
    change_meeting(first, {"on": date(2026, 12, 2)}, actor=coordinator)
    cancel_meeting(second, actor=coordinator, reason="Holiday.")
    assert make_ahead() == 0
    assert len(days(series)) == 8
    assert date(2026, 12, 2) in days(series)
    assert date(2026, 11, 30) not in days(series)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_make_each_meeting_once(coordinator):
    series = make_series(WEEKLY | {"is_active": False}, actor=coordinator)
    MeetingSeries.objects.update(is_active=True)
    barrier, made = threading.Barrier(4), []

    def run() -> None:
        barrier.wait()
        made.append(make_ahead())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made)[:3] == [0, 0, 0]
    assert series.meetings.count() == max(made) > 0


def test_an_ended_series_makes_no_meetings_and_a_series_that_fails_stops_no_other(series, coordinator, monkeypatch):
    other = make_series(WEEKLY | {"name": "Operations", "weekday": 2}, actor=coordinator)
    other.meetings.all().delete()
    MeetingSeries.objects.filter(pk=series.pk).update(time_zone="Europe/Zurich", every_weeks=0)  # no row can be so; it fails
    assert make_ahead() == 8
    MeetingSeries.objects.filter(pk=other.pk).update(is_active=False)
    other.meetings.all().delete()
    assert make_ahead() == 0


# --- changing a series ---


def test_coming_meetings_follow_and_past_ones_never_change(series, coordinator, at):
    at(datetime(2026, 12, 1, 9, tzinfo=UTC))  # the first was held
    changed = change_series(series, {"weekday": 1, "begins": time(9, 30), "where": "Room 40"}, actor=coordinator)
    assert sorted(changed) == ["place", "time", "weekday"]
    held, *coming = series.meetings.order_by("starts_at")
    assert (held.held_on, held.where) == (date(2026, 11, 30), "https://cern.zoom.us/j/1")
    assert {one.held_on.weekday() for one in coming} == {1}
    assert {one.where for one in coming} == {"Room 40"}
    assert coming[0].starts_at == datetime(2026, 12, 8, 8, 30, tzinfo=UTC)
    assert coming[0].sequence == 1
    assert coming[-1].held_on == date(2027, 1, 26)  # and one more is made: eight weeks from today


def test_one_that_somebody_edited_stays_as_it_is_and_its_week_gets_no_second(series, coordinator):
    first = series.meetings.order_by("starts_at")[0]
    change_meeting(first, {"begins": time(17)}, actor=coordinator)
    change_series(series, {"weekday": 2, "begins": time(10)}, actor=coordinator)
    first.refresh_from_db()
    assert first.starts_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert date(2026, 12, 2) not in days(series)
    assert date(2026, 12, 9) in days(series)


def test_minutes_hold_a_meeting_where_it_is(series, following, coordinator):
    write_minutes(following, actor=coordinator, text="Prepared.", version=0)
    change_series(series, {"begins": time(9)}, actor=coordinator)
    following.refresh_from_db()
    assert following.starts_at == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_when_a_series_is_ended_its_meetings_go_but_one_with_items_is_cancelled(series, following, coordinator, shifter):
    propose_item(following, actor=shifter, title="Disk at FNAL")
    change_series(series, {"is_active": False}, actor=coordinator)
    assert list(series.meetings.all()) == [following]
    following.refresh_from_db()
    assert (following.state, following.reason) == ("cancelled", "The series has no meeting in this week any more.")
    change_series(series, {"is_active": True}, actor=coordinator)
    assert series.meetings.count() == 8  # that week is not made again


def test_what_changed_is_in_the_history_with_old_and_new(series, coordinator):
    change_series(series, {"every_weeks": 2, "until_on": date(2027, 1, 1)}, actor=coordinator)
    event = series.events.get(verb=MeetingVerb.SERIES_CHANGED)
    assert [(one["label"], one["old"], one["new"]) for one in event.data["changes"]] == [
        ("rhythm", "every week", "every 2 weeks"), ("last day", "nothing", "2027-01-01"),
    ]  # fmt: skip
    assert change_series(series, {"every_weeks": 2}, actor=coordinator) == []
    assert series.events.count() == 2


def test_who_saw_old_values_is_told_what_they_are_now(series, coordinator):
    change_series(series, {"begins": time(9)}, actor=coordinator)
    with pytest.raises(Conflict, match="Somebody set the time to “09:00” in the meantime") as refused:
        change_series(series, {"begins": time(10)}, actor=coordinator, seen={"begins": time(16)})
    assert refused.value.field == "begins"


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"name": "  "}, "name", "Give the series a name"),
        ({"weekday": 7}, "weekday", "Choose a day"),
        ({"every_weeks": 0}, "every_weeks", "from 1 to 8"),
        ({"time_zone": "Mars/Base"}, "time_zone", "Choose a time zone"),
        ({"n_minutes": 4}, "n_minutes", "from 5 to 720"),
        ({"from_on": date(1999, 1, 1)}, "from_on", "check the year"),
        ({"until_on": date(2026, 10, 31)}, "until_on", "before the first"),
        ({"where": "x" * 501}, "where", "at most 500"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(at, coordinator, values, field, says):
    with pytest.raises(Invalid, match=says) as refused:
        make_series(WEEKLY | values, actor=coordinator)
    assert refused.value.field == field
    assert not MeetingSeries.objects.exists()
    assert not Meeting.objects.exists()


def test_series_are_for_coordinators_and_administrators(at, shifter, administrator):
    with pytest.raises(NotAllowed, match="by coordinators"):
        make_series(WEEKLY, actor=shifter)
    series = make_series(WEEKLY, actor=administrator)
    with pytest.raises(NotAllowed):
        change_series(series, {"name": "Ours"}, actor=shifter)
    assert MeetingEvent.objects.filter(series=series).count() == 1
