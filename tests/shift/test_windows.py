"""When checks are due: windows of days of 23, 24 and 25 hours, in any zone, never two at once."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from campaigns.shift.windows import (
    DEFAULT_SLOTS,
    Schedule,
    Slot,
    Span,
    Window,
    WrongSlots,
    checked_slots,
    is_wanted,
    kept_slots,
    names,
    read_slots,
    slots_kept,
    windows,
    write_slots,
)
from portal.zones import zone_names

CHICAGO, ZURICH = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Zurich")
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def in_zone(zone: ZoneInfo, **fields: object) -> Schedule:
    return Schedule(lambda day: zone, **fields)  # type: ignore[arg-type]


def spans(found: list[Window]) -> list[str]:
    return [f"{one.name} {one.opens_at:%d %H:%M}–{one.closes_at:%d %H:%M}" for one in found]


def test_an_ordinary_day_has_a_morning_and_an_evening():
    found = windows(in_zone(ZURICH), at("2026-11-23T00:00"), at("2026-11-24T00:00"))
    assert spans(found) == ["morning 23 05:00–23 11:00", "evening 23 15:00–23 21:00"]
    assert {one.zone for one in found} == {"Europe/Zurich"}


def test_the_same_times_on_the_wall_are_other_moments_elsewhere():
    found = windows(in_zone(CHICAGO), at("2026-11-23T06:00"), at("2026-11-24T06:00"))
    assert spans(found) == ["morning 23 12:00–23 18:00", "evening 23 22:00–24 04:00"]


def test_windows_keep_their_time_on_the_wall_when_the_clock_is_changed():
    before, after = (
        windows(in_zone(CHICAGO), at(f"2026-{day}T06:00"), at(f"2026-{day}T06:00") + DAY) for day in ("10-31", "11-01")
    )
    assert spans(before)[0] == "morning 31 11:00–31 17:00"
    assert spans(after)[0] == "morning 01 12:00–01 18:00"


def test_a_window_over_the_change_is_an_hour_longer_or_shorter():
    night = Schedule(lambda day: ZURICH, (Slot(time(22), time(6)),))
    [autumn] = windows(night, at("2026-10-24T21:00"), at("2026-10-24T22:00"))
    [spring] = windows(night, at("2026-03-28T22:00"), at("2026-03-28T23:00"))
    assert autumn.closes_at - autumn.opens_at == timedelta(hours=9)
    assert spring.closes_at - spring.opens_at == timedelta(hours=7)


def test_a_window_that_begins_in_the_hour_that_is_skipped_begins_when_the_clock_is_changed():
    [one] = windows(Schedule(lambda day: ZURICH, (Slot(time(2, 30), time(5)),)), at("2026-03-29T00:00"), at("2026-03-29T02:00"))
    assert one.opens_at == at("2026-03-29T01:00")
    assert one.closes_at == at("2026-03-29T03:00")


def test_a_window_that_the_clock_skips_as_a_whole_is_left_out():
    slots = (Slot(time(2), time(3)), Slot(time(6), time(12)))
    found = windows(Schedule(lambda day: ZURICH, slots), at("2026-03-28T23:00"), at("2026-03-29T22:00"))
    assert [one.name for one in found] == ["morning"]


def test_a_day_that_never_was_has_no_windows():
    apia = ZoneInfo("Pacific/Apia")  # went over the date line: 30 December 2011 was left out
    found = windows(in_zone(apia), at("2011-12-29T12:00"), at("2012-01-01T06:00"))
    days = [f"{one.opens_at.astimezone(apia):%d}" for one in found]
    assert days == ["29", "29", "31", "31", "01", "01"]


def test_the_first_days_of_full_production_have_more_windows():
    schedule = in_zone(ZURICH, full_since=at("2026-11-20T14:00"), n_first_days=2)
    n = {
        day: len(windows(schedule, at(f"2026-11-{day}T00:00"), at(f"2026-11-{day}T22:30"))) for day in ("19", "20", "21", "22")
    }
    assert n == {"19": 2, "20": 4, "21": 4, "22": 2}


def test_the_first_days_are_days_of_the_zone():
    # 23:30 in Zurich on the 20th is the 20th there, the 21st in Auckland
    auckland = ZoneInfo("Pacific/Auckland")
    schedule = in_zone(auckland, full_since=at("2026-11-20T22:30"), n_first_days=1)
    found = windows(schedule, at("2026-11-20T11:00"), at("2026-11-21T11:00"))
    assert len(found) == 4
    assert found[0].opens_at.astimezone(auckland).date() == date(2026, 11, 21)


def test_a_new_shifter_far_away_gets_no_window_into_which_the_old_one_reaches():
    def zone_of_day(day: date) -> ZoneInfo:
        return ZURICH if day <= date(2026, 11, 23) else ZoneInfo("Pacific/Auckland")

    found = windows(Schedule(zone_of_day), at("2026-11-23T00:00"), at("2026-11-24T12:00"))
    assert spans(found) == ["morning 23 05:00–23 11:00", "evening 23 15:00–23 21:00", "evening 24 03:00–24 09:00"]


def test_windows_past_midnight_belong_to_the_day_on_which_they_open():
    [one] = windows(Schedule(lambda day: ZURICH, (Slot(time(22), time(4)),)), at("2026-11-24T01:00"), at("2026-11-24T02:00"))
    assert (one.name, one.opens_at, one.closes_at) == ("night", at("2026-11-23T21:00"), at("2026-11-24T03:00"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "at least one"),
        ("morning", "is no window"),
        ("06:00", "is no window"),
        ("06:00-25:00", "no such time"),
        ("06:61-12:00", "no such time"),
        ("06:00-06:30", "shorter than an hour"),
        ("06:00-12:00, 11:00-14:00", "overlap"),
        ("22:00-07:00, 06:00-12:00", "overlap"),
        ("00:00-24:00, 05:00-06:00", "overlap"),
        (", ".join(f"{h:02}:00-{h + 1:02}:00" for h in range(13)), "too many"),
    ],
)
def test_windows_that_cannot_be_are_refused_in_words(text, why):
    with pytest.raises(WrongSlots, match=why):
        read_slots(text)


@pytest.mark.parametrize("text", ["06:00-12:00, 16:00-22:00", "6:00 – 12:00; 16:00 to 22:00", "16:00–22:00\n06:00–12:00"])
def test_windows_are_read_as_people_write_them(text):
    assert read_slots(text) == DEFAULT_SLOTS


def test_windows_of_a_day_that_would_be_called_the_same_are_numbered():
    assert names(read_slots("06:00-08:00, 08:00-10:00, 16:00-22:00")) == ["morning 1", "morning 2", "evening"]


def test_no_check_is_wanted_where_nothing_ran():
    window = Window("morning", at("2026-11-23T06:00"), at("2026-11-23T12:00"), "UTC")
    now = at("2026-11-23T13:00")
    assert not is_wanted(window, [], now)
    assert not is_wanted(window, [Span(at("2026-11-22T00:00"), at("2026-11-23T06:00"))], now)
    assert not is_wanted(window, [Span(at("2026-11-23T12:00"))], now)
    assert is_wanted(window, [Span(at("2026-11-23T11:59"))], now)
    assert is_wanted(window, [Span(at("2026-11-22T00:00"), at("2026-11-23T06:01"))], now)
    # what begins later in the window makes none due now
    assert not is_wanted(window, [Span(at("2026-11-23T10:00"))], at("2026-11-23T09:00"))


# --- whatever the zone, the day and the windows ---

# without the few whose clocks jumped by a day or by more than an hour in these years
ZONES = [name for name in zone_names() if name not in ("Antarctica/Troll", "Antarctica/Casey", "Antarctica/Vostok")]
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
times = st.builds(lambda n: time(n // 4, 15 * (n % 4)), st.integers(0, 95))


@st.composite
def slot_lists(draw: st.DrawFn) -> tuple[Slot, ...]:
    """Windows that the settings would take."""
    found = draw(st.lists(st.builds(Slot, times, times), min_size=1, max_size=5))
    try:
        return checked_slots(found)
    except WrongSlots:
        assume(False)
        raise


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(zones, slot_lists(), moments, st.integers(1, 12))
def test_windows_are_in_order_and_never_two_at_once(zone, slots, since, n_days):
    found = windows(Schedule(lambda day: zone, slots), since, since + n_days * DAY)
    assert all(one.opens_at < one.closes_at for one in found)
    assert all(one.closes_at <= following.opens_at for one, following in itertools.pairwise(found))
    assert all(one.overlaps(since, since + n_days * DAY) for one in found)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(zones, slot_lists(), moments, st.integers(1, 400), st.integers(1, 400))
def test_two_spans_give_what_the_whole_gives(zone, slots, since, hours, more_hours):
    schedule = Schedule(lambda day: zone, slots)
    middle = since + timedelta(hours=hours)
    until = middle + timedelta(hours=more_hours)
    both = windows(schedule, since, middle) + windows(schedule, middle, until)
    assert list(dict.fromkeys(both)) == windows(schedule, since, until)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(zones, min_size=1, max_size=6), moments, st.integers(1, 200), st.integers(1, 200))
def test_a_change_of_zones_never_makes_two_at_once_and_does_not_depend_on_when_one_looks(zones_of, since, hours, more_hours):
    def zone_of_day(day: date) -> ZoneInfo:
        return zones_of[day.toordinal() % len(zones_of)]

    schedule = Schedule(zone_of_day)
    middle = since + timedelta(hours=hours)
    until = middle + timedelta(hours=more_hours)
    whole = windows(schedule, since, until)
    assert all(one.closes_at <= following.opens_at for one, following in itertools.pairwise(whole))
    both = windows(schedule, since, middle) + windows(schedule, middle, until)
    assert list(dict.fromkeys(both)) == whole


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(zones, moments)
def test_every_day_of_a_zone_has_its_windows_whatever_its_length(zone, moment):
    day = moment.astimezone(zone).date()
    begins, ends = (datetime.combine(one, time(0), tzinfo=zone).astimezone(UTC) for one in (day, day + DAY))
    found = windows(in_zone(zone), begins, ends)
    assert len(found) == len(DEFAULT_SLOTS)
    for one, slot in zip(found, DEFAULT_SLOTS, strict=True):
        opens, closes = one.opens_at.astimezone(zone), one.closes_at.astimezone(zone)
        assert (opens.date(), opens.time(), closes.time()) == (day, slot.opens, slot.closes)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(slot_lists())
def test_windows_are_kept_and_written_without_loss(slots):
    assert slots_kept(kept_slots(slots)) == slots
    assert read_slots(write_slots(slots)) == slots
