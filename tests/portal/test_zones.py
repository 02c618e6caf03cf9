"""People's time zones: what can be chosen, and how a moment is written in one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser

from portal.models import User
from portal.zones import day_in_words, time_of_day, zone_named, zone_names, zone_of

NOW = datetime(2026, 11, 23, 18, 42, tzinfo=UTC)


def test_every_zone_that_can_be_chosen_can_be_used():
    assert {"UTC", "Europe/Zurich", "America/Chicago", "Asia/Kolkata"} <= set(zone_names())
    assert all(zone_named(name).key == name for name in zone_names())


def test_a_zone_that_is_no_more_is_utc():
    assert zone_named("Middle/Earth").key == zone_named("").key == zone_named("../x").key == "UTC"
    assert zone_of(User(time_zone="Europe/Zurich")).key == "Europe/Zurich"
    assert zone_of(AnonymousUser()).key == zone_of(None).key == "UTC"


def test_a_time_of_day_names_its_zone():
    assert time_of_day(NOW, ZoneInfo("Asia/Kolkata")) == "00:12 Asia/Kolkata"


@pytest.mark.parametrize(
    ("zone", "at", "words"),
    [
        ("UTC", datetime(2026, 11, 23, 1, tzinfo=UTC), "today"),
        ("UTC", datetime(2026, 11, 24, 1, tzinfo=UTC), "tomorrow"),
        ("America/Chicago", datetime(2026, 11, 24, 1, tzinfo=UTC), "today"),
        ("Asia/Kolkata", datetime(2026, 11, 23, 12, tzinfo=UTC), "yesterday"),
        ("UTC", datetime(2026, 12, 1, 1, tzinfo=UTC), "Tue 1 Dec"),
        ("UTC", datetime(2027, 1, 1, 1, tzinfo=UTC), "Fri 1 Jan 2027"),
    ],
)
def test_a_day_is_called_as_the_person_calls_it(zone, at, words):
    assert day_in_words(at, ZoneInfo(zone), NOW) == words
