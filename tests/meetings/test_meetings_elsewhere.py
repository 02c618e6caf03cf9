"""Meetings in calendars, in logs and in the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from campaigns.log.opening import opening
from campaigns.log.services import write_entry
from campaigns.meetings.actions import add_action
from campaigns.meetings.agenda import propose_item
from campaigns.meetings.series import make_series
from campaigns.meetings.services import cancel_meeting, change_meeting, restore_meeting
from campaigns.shift.calendar import ical_of
from campaigns.steps.services import decide
from portal.errors import Invalid
from tests.factories import make_campaign
from tests.meetings.conftest import TUESDAY, WEEKLY
from tests.requests.filing import filed

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
ZURICH = ZoneInfo("Europe/Zurich")


def events(user) -> dict[str, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(ical_of(user))
    return {str(event["uid"]).partition("@")[0]: event for event in calendar.walk("VEVENT")}


# --- calendars ---


def test_everybody_who_has_a_calendar_has_the_meetings_in_it(series, following, outsider, settings):
    found = events(outsider)
    assert len(found) == 8
    event = found[f"meeting-{following.pk}"]
    assert (event["dtstart"].dt, event["dtend"].dt) == (following.starts_at, following.ends_at)
    assert (event["summary"], event["location"], event["status"], event["sequence"]) == (
        "Production meeting", "https://cern.zoom.us/j/1", "CONFIRMED", 0,
    )  # fmt: skip
    assert event["url"] == f"{settings.SITE_URL}{following.get_absolute_url()}"
    assert ical_of(outsider) == ical_of(outsider)


def test_they_are_at_the_same_time_on_the_wall_over_a_change_of_the_clock(at, coordinator):
    at(datetime(2027, 3, 15, 9, tzinfo=UTC))
    make_series(WEEKLY, actor=coordinator)
    starts = [event["dtstart"].dt for event in events(coordinator).values()]
    assert {start.utcoffset() for start in starts} == {timedelta(0)}
    assert {start.astimezone(ZURICH).time() for start in starts} == {time(16)}
    assert {start.hour for start in starts} == {14, 15}


def test_one_that_is_moved_keeps_its_uid_and_its_sequence_rises(series, following, coordinator, at):
    before = events(coordinator)[f"meeting-{following.pk}"]
    at(TUESDAY + timedelta(hours=1))
    change_meeting(following, {"on": date(2026, 12, 1)}, actor=coordinator, reason="Holiday.")
    after = events(coordinator)[f"meeting-{following.pk}"]
    assert after["uid"] == before["uid"]
    assert after["dtstart"].dt == datetime(2026, 12, 1, 15, tzinfo=UTC)
    assert after["sequence"] == before["sequence"] + 1
    assert after["last-modified"].dt > before["last-modified"].dt
    assert after["dtstamp"].dt > before["dtstamp"].dt
    assert "Holiday." in after["description"]


def test_one_that_is_cancelled_says_so_until_it_takes_place_after_all(series, following, coordinator):
    cancel_meeting(following, actor=coordinator, reason="Nobody is here.")
    event = events(coordinator)[f"meeting-{following.pk}"]
    assert (event["status"], event["sequence"]) == ("CANCELLED", 1)
    restore_meeting(following, actor=coordinator)
    event = events(coordinator)[f"meeting-{following.pk}"]
    assert (event["status"], event["sequence"]) == ("CONFIRMED", 2)


def test_meetings_of_long_ago_are_left_out(plan, coordinator):
    plan(MONDAY)
    plan(date(2026, 10, 20))
    assert len(events(coordinator)) == 1


# --- logs ---


def test_an_entry_points_to_the_day_of_a_meeting_and_else_hears_of_the_nearest(series, following, plan, shifter):
    plan(MONDAY)
    campaign = make_campaign()
    write_entry(campaign, actor=shifter, kind="note", body="a", references=[("meeting", "2026-11-30")])
    with pytest.raises(
        Invalid, match="2026-11-25 is the day of no meeting; the nearest are of 2026-11-23 and 2026-11-30"
    ) as refused:
        write_entry(campaign, actor=shifter, kind="note", body="a", references=[("meeting", "2026-11-25")])
    assert refused.value.field == "meetings"
    with pytest.raises(Invalid, match="the nearest is of 2027-01-18"):
        write_entry(campaign, actor=shifter, kind="note", body="a", references=[("meeting", "2027-03-01")])


def test_days_before_the_first_meeting_of_the_portal_are_free_for_logs_of_before(series, shifter):
    entry = write_entry(make_campaign(), actor=shifter, kind="note", body="a", references=[("meeting", "2024-03-05")])
    assert entry.references.get().value == "2024-03-05"


def test_a_cancelled_meeting_is_none(plan, shifter, coordinator):
    plan(date(2026, 11, 16))
    held = plan(MONDAY)
    cancel_meeting(held, actor=coordinator, reason="No.")
    with pytest.raises(Invalid, match="the nearest is of 2026-11-16"):
        write_entry(make_campaign(), actor=shifter, kind="note", body="a", references=[("meeting", "2026-11-23")])


def test_the_form_of_an_entry_offers_meetings_and_keeps_what_was_chosen(series, plan, client_of, coordinator):
    held, campaign, client = plan(MONDAY), make_campaign(), client_of(coordinator)
    path = f"/campaigns/{campaign.slug}/log/write/"
    page = client.get(path).content.decode()
    offered = page.split('name="meeting"')[1].split("</select>")[0]
    assert [day for day in ("2026-11-23", "2026-11-30", "2026-12-21", "2026-12-28") if f'value="{day}"' in offered] == [
        "2026-11-23", "2026-11-30", "2026-12-21",
    ]  # fmt: skip
    refused = client.post(path, {"kind": "note", "body": "a", "meeting": "2026-11-25"})
    assert refused.status_code == 400
    assert "2026-11-25 is the day of no meeting" in refused.content.decode()
    client.post(path, {"kind": "note", "body": "As agreed.", "meeting": "2026-11-23"})
    assert "As agreed." in client.get(held.get_absolute_url()).content.decode()


def test_a_decision_begins_with_the_meeting_that_it_is_of(plan):
    campaign = make_campaign()
    begun = opening(campaign, "decision")
    assert ("At the meeting of 2026-11-24" in begun.body, begun.meeting) == (True, "")
    plan(MONDAY)
    begun = opening(campaign, "decision")
    assert ("At the meeting of 2026-11-23" in begun.body, begun.meeting) == (True, "2026-11-23")


# --- the API ---


def test_the_api_lists_meetings_and_tells_one_with_all_that_belongs_to_it(
    series, following, plan, client, coordinator, shifter, requester
):
    held, campaign = plan(MONDAY), make_campaign()
    decide(campaign, "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=MONDAY, note="In slices.")
    add_action(held, actor=coordinator, text="Ask", responsible=shifter, due_on=date(2026, 12, 1))
    propose_item(following, actor=shifter, title="Disk", text="How much?", campaign=campaign, request=filed(requester))
    listed = client.get("/api/v1/meetings/?until=2026-11-30").json()
    assert [(one["id"], one["held_on"]) for one in listed["results"]] == [
        (following.pk, "2026-11-30"), (held.pk, "2026-11-23"),
    ]  # fmt: skip
    one = client.get(f"/api/v1/meetings/{held.pk}/").json()
    assert [(row["about"], row["verdict"], row["note"]) for row in one["decisions"]] == [
        ("pdhd-reco-2026b", "agreed", "In slices."),
    ]  # fmt: skip
    assert [(row["text"], row["responsible"], row["due_on"]) for row in one["actions"]] == [("Ask", "shifter1", "2026-12-01")]
    coming = client.get(f"/api/v1/meetings/{following.pk}/").json()
    assert [(row["title"], row["campaign"], row["added_by"], row["state"]) for row in coming["items"]] == [
        ("Disk", "pdhd-reco-2026b", "shifter1", "open"),
    ]  # fmt: skip
    assert [row["meeting"] for row in coming["open_actions_from_before"]] == [held.pk]
    assert client.get("/api/v1/meetings/999/").json()["detail"].startswith("There is no meeting 999.")
    assert client.get("/api/v1/meetings/?year=2026").status_code == 400


def test_the_api_puts_an_item_on_the_agenda_and_refuses_as_the_page_does(series, following, plan, client_of, shifter, outsider):
    client, path = client_of(shifter), f"/api/v1/meetings/{following.pk}/items/"

    def send(body: dict[str, object], to: str = path):
        return client.post(to, body, content_type="application/json")

    made = send({"title": "Disk", "campaign": make_campaign().slug})
    assert (made.status_code, made.json()["title"], made.json()["state"]) == (201, "Disk", "open")
    assert made.headers["Location"].endswith(f"/api/v1/meetings/{following.pk}/")
    assert [one["title"] for one in client.get(path).json()] == ["Disk"]
    assert send({"title": "Disk", "colour": "red"}).status_code == 400
    assert send({"title": ""}).status_code == 400
    assert send({"title": "Disk", "request": 99}).status_code == 400
    assert send({"title": "Disk", "campaign": "none"}).status_code == 404
    assert send({"title": "Late"}, f"/api/v1/meetings/{plan(MONDAY).pk}/items/").status_code == 409
    assert client_of(outsider).post(path, {"title": "a"}, content_type="application/json").status_code == 403


def test_the_api_of_a_log_takes_meetings_and_finds_by_them(plan, client_of, shifter):
    plan(MONDAY)
    campaign, client = make_campaign(), client_of(shifter)
    path = f"/api/v1/campaigns/{campaign.slug}/log/"
    made = client.post(path, {"body": "As agreed.", "meetings": ["2026-11-23"]}, content_type="application/json")
    assert made.json()["references"] == [{"kind": "meeting", "value": "2026-11-23"}]
    wrong = client.post(path, {"body": "a", "meetings": ["2026-11-24"]}, content_type="application/json")
    assert wrong.status_code == 400
    assert "is the day of no meeting" in wrong.content.decode()
    assert client.get(f"{path}?meeting=2026-11-23").json()["count"] == 1
    assert client.get(f"{path}?meeting=2026-11-24").json()["count"] == 0
