"""People's calendars: read by a secret address, with duties and checks that every calendar shows at the right time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.test import Client

from campaigns.campaign_services import appoint, end_appointment
from campaigns.models import CalendarAddress
from campaigns.services import create_campaign
from campaigns.shift.addresses import make_address, reader_of, revoke_address, token_of
from campaigns.shift.calendar import ical_of
from campaigns.shift.keeping import keep_checks
from campaigns.shift.services import record_check
from portal.roles import Role
from tests.shift.conftest import MORNING

pytestmark = pytest.mark.django_db


def events(user) -> dict[str, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(ical_of(user))
    return {str(event["uid"]).partition("@")[0]: event for event in calendar.walk("VEVENT")}


def test_a_duty_is_whole_days_with_the_last_day_included(campaign, coordinator, make_user, settings):
    second = make_user("shifter2", Role.SHIFTERS)
    one = appoint(campaign, second, actor=coordinator, from_on=date(2026, 12, 1), until_on=date(2026, 12, 7))
    event = events(second)[f"appointment-{one.pk}"]
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2026, 12, 1), date(2026, 12, 8))
    assert (event["summary"], event["url"]) == (
        "Shift: pdhd-reco-2026b", f"{settings.SITE_URL}/campaigns/pdhd-reco-2026b/shift/",
    )  # fmt: skip


def test_a_duty_without_a_last_day_is_drawn_some_weeks_ahead_and_says_so(campaign, zurich):
    event = events(zurich)[f"appointment-{campaign.appointments.get().pk}"]
    assert event["dtend"].dt > MORNING.date() + timedelta(days=30)
    assert "No last day is set." in event["description"]


def test_checks_are_at_the_right_moment_over_a_change_of_the_clock(campaign, zurich, at):
    at(datetime(2027, 3, 27, 8, tzinfo=UTC))  # the day before summer time begins in Zurich
    keep_checks()
    starts = [event["dtstart"].dt for uid, event in events(zurich).items() if uid.startswith("check-")]
    assert len(starts) == 2 * 14 + 1
    assert all(start.tzinfo is not None and start.utcoffset() == timedelta(0) for start in starts)
    here = [start.astimezone(ZoneInfo("Europe/Zurich")) for start in starts]
    assert {start.hour for start in here} == {6, 16}
    assert [start.hour for start in starts[:4]] == [5, 15, 4, 14]


def test_an_event_keeps_its_uid_and_its_stamp(campaign, zurich, at):
    keep_checks()
    first = events(zurich)
    at(MORNING + timedelta(hours=1))
    second = events(zurich)
    shared = set(first) & set(second)
    assert len(shared) > 20
    assert all(first[uid]["dtstamp"].dt == second[uid]["dtstamp"].dt for uid in shared)
    assert ical_of(zurich) == ical_of(zurich)


def test_a_check_that_is_done_says_so(campaign, zurich):
    keep_checks()
    assert events(zurich)["check-1-20261123T0500Z".replace("-1-", f"-{campaign.pk}-")]["description"] == (
        "Due by 12:00 Europe/Zurich."
    )
    record_check(campaign, actor=zurich, nothing_new=True)
    assert events(zurich)[f"check-{campaign.pk}-20261123T0500Z"]["description"] == "It is done."


def test_no_check_is_in_it_after_the_last_day_or_where_nothing_runs(campaign, zurich, coordinator):
    keep_checks()
    end_appointment(campaign.appointments.get(), actor=coordinator, until_on=MORNING.date())
    uids = [uid for uid in events(zurich) if uid.startswith("check-")]
    assert uids == [f"check-{campaign.pk}-20261123T0500Z", f"check-{campaign.pk}-20261123T1500Z"]
    campaign.workflows().update(state="finished")
    keep_checks()
    assert not [uid for uid in events(zurich) if uid.startswith("check-")]


def test_names_cannot_break_out_of_the_calendar(zurich, coordinator):
    campaign = create_campaign("x.y_z-1", actor=None)
    type(campaign).objects.filter(pk=campaign.pk).update(name="a\r\nBEGIN:VEVENT\r\nSUMMARY:b;c,d")
    appoint(campaign, zurich, actor=coordinator)
    [event] = events(zurich).values()
    assert "BEGIN:VEVENT" in event["summary"]


# --- the address ---


def test_whoever_knows_the_address_reads_it_without_logging_in(campaign, zurich, settings):
    settings.PUBLIC_READ = False
    answer = Client().get(f"/calendar/{token_of(make_address(zurich))}.ics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"SUMMARY:Shift: pdhd-reco-2026b" in answer.content
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_new_address_ends_the_old_one_and_revoking_ends_all(zurich):
    old = token_of(make_address(zurich))
    new = token_of(make_address(zurich))
    assert old != new
    assert (reader_of(old), reader_of(new)) == (None, zurich)
    assert revoke_address(zurich)
    assert not revoke_address(zurich)
    assert reader_of(new) is None


@pytest.mark.parametrize("wrong", ["", "1", "1-", "x-y", "9" * 40 + "-a", "１-x", "-1-x"])
def test_an_address_that_is_none_opens_nothing(zurich, client, wrong):
    make_address(zurich)
    assert reader_of(wrong) is None
    assert client.get(f"/calendar/{wrong or 'x'}.ics").status_code == 404


def test_the_number_of_another_person_opens_nothing(zurich, coordinator):
    token = token_of(make_address(zurich))
    make_address(coordinator)
    assert reader_of(f"{coordinator.pk}-{token.partition('-')[2]}") is None


def test_the_address_cannot_be_made_from_the_database_alone(zurich, settings):
    token = token_of(make_address(zurich))
    kept = CalendarAddress.objects.get()
    assert kept.nonce not in token
    settings.SECRET_KEY = "another"
    assert token_of(kept) != token


def test_an_account_that_is_switched_off_has_no_calendar(zurich):
    token = token_of(make_address(zurich))
    zurich.is_active = False
    zurich.save()
    assert reader_of(token) is None


def test_people_make_and_end_their_address_on_their_profile_page(zurich, client_of, settings):
    client = client_of(zurich)
    assert "It has no address yet." in client.get("/profile/").content.decode()
    assert client.post("/profile/calendar/").headers["Location"] == "/profile/#calendar"
    token = token_of(CalendarAddress.objects.get())
    assert f"{settings.SITE_URL}/calendar/{token}.ics" in client.get("/profile/").content.decode()
    client.post("/profile/calendar/revoke/")
    assert not CalendarAddress.objects.exists()
    assert client.get("/profile/calendar/").status_code == 405
