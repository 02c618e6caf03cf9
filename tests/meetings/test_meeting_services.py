"""Planning, moving, cancelling and writing up a meeting: who may, what is refused, what stays in the history."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from campaigns.campaign_services import appoint
from campaigns.meetings.agenda import propose_item
from campaigns.meetings.reading import next_meeting
from campaigns.meetings.services import (
    NewerMinutes,
    cancel_meeting,
    change_meeting,
    plan_meeting,
    restore_meeting,
    write_minutes,
)
from campaigns.models import Meeting, MeetingVerb
from campaigns.steps.services import decide
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role
from tests.factories import make_campaign
from tests.meetings.conftest import TUESDAY

pytestmark = pytest.mark.django_db


def verbs(meeting: Meeting) -> list[str]:
    return [event.verb for event in meeting.events.order_by("pk")]


def told(user) -> list[str]:
    return list(Notice.objects.filter(user=user).values_list("subject", flat=True))


def test_a_meeting_counts_its_day_by_its_own_clock(plan):
    late = plan(date(2026, 11, 30), begins=time(18), time_zone="America/Chicago")
    assert late.starts_at == datetime(2026, 12, 1, 0, tzinfo=UTC)
    assert (late.held_on, late.n_minutes, verbs(late)) == (date(2026, 11, 30), 60, ["planned"])
    assert not late.is_past(datetime(2026, 12, 1, 5, tzinfo=UTC))  # 23:00 there
    assert late.is_past(datetime(2026, 12, 1, 7, tzinfo=UTC))


def test_a_time_that_the_clock_skips_is_the_moment_at_which_it_is_skipped(plan):
    skipped = plan(date(2027, 3, 28), begins=time(2, 30))
    assert skipped.starts_at == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_moving_it_is_told_to_who_proposed_items_and_to_who_is_on_shift(series, following, coordinator, shifter, requester):
    appoint(make_campaign(), shifter, actor=coordinator, from_on=date(2026, 11, 1))
    propose_item(following, actor=requester, title="A new sample")
    Notice.objects.all().delete()
    values = {"on": date(2026, 12, 1), "begins": time(15)}
    assert change_meeting(following, values, actor=coordinator, reason="Holiday.") == ["day", "time"]
    assert (following.held_on, following.reason, following.sequence) == (date(2026, 12, 1), "Holiday.", 1)
    assert following.planned_on == date(2026, 11, 30)
    says = "Production meeting is moved to Tuesday 2026-12-01 at 15:00 Europe/Zurich"
    assert (told(shifter), told(requester), told(coordinator)) == ([says], [says], [])
    event = following.events.get(verb=MeetingVerb.CHANGED)
    assert (event.note, event.data["changes"][0]["old"], event.data["changes"][0]["new"]) == (
        "Holiday.", "2026-11-30", "2026-12-01",
    )  # fmt: skip


def test_another_place_alone_moves_nothing_and_tells_nobody(following, coordinator, shifter):
    propose_item(following, actor=shifter, title="Disk")
    change_meeting(following, {"where": "Room 40"}, actor=coordinator, reason="Not shown: nothing is moved.")
    assert (following.where, following.reason, told(shifter)) == ("Room 40", "", [])


def test_who_saw_an_older_time_is_told_of_the_new_one(following, coordinator):
    change_meeting(following, {"begins": time(17)}, actor=coordinator)
    with pytest.raises(Conflict, match="Somebody set the time to “17:00”"):
        change_meeting(following, {"begins": time(18)}, actor=coordinator, seen={"begins": time(16)})
    assert change_meeting(following, {"begins": time(17)}, actor=coordinator) == []


def test_cancelling_needs_a_reason_and_can_be_undone(following, coordinator, shifter):
    propose_item(following, actor=shifter, title="Disk")
    with pytest.raises(Invalid, match="Say why"):
        cancel_meeting(following, actor=coordinator, reason=" ")
    cancel_meeting(following, actor=coordinator, reason="Holiday.")
    assert (following.is_cancelled, following.reason, following.sequence) == (True, "Holiday.", 1)
    assert told(shifter) == ["Production meeting of 2026-11-30 is cancelled"]
    with pytest.raises(Conflict, match="coordinator1 cancelled it at 2026-11-24 09:00 UTC"):
        cancel_meeting(following, actor=coordinator, reason="Again.")
    for refused in (
        lambda: change_meeting(following, {"begins": time(9)}, actor=coordinator),
        lambda: write_minutes(following, actor=coordinator, text="a", version=0),
        lambda: propose_item(following, actor=shifter, title="More"),
    ):
        with pytest.raises(Conflict, match="is cancelled"):
            refused()
    restore_meeting(following, actor=coordinator)
    assert (following.is_cancelled, following.reason, following.sequence) == (False, "", 2)
    with pytest.raises(Conflict, match="is not cancelled"):
        restore_meeting(following, actor=coordinator)
    assert verbs(following) == ["planned", "item-proposed", "cancelled", "restored"]


def test_a_meeting_whose_day_a_decision_names_stays_there(plan, coordinator):
    held = plan(date(2026, 11, 23))
    decide(make_campaign(), "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=date(2026, 11, 23))
    for refused in (
        lambda: change_meeting(held, {"on": date(2026, 11, 22)}, actor=coordinator),
        lambda: cancel_meeting(held, actor=coordinator, reason="It was not held."),
    ):
        with pytest.raises(Conflict, match="1 decision names its day, 2026-11-23"):
            refused()
    assert change_meeting(held, {"title": "Weekly"}, actor=coordinator) == ["title"]
    plan(date(2026, 11, 23), begins=time(9))  # the other one of that day keeps the decision
    cancel_meeting(held, actor=coordinator, reason="It was not held.")
    assert held.is_cancelled


def test_minutes_keep_every_version_and_never_overwrite_unseen(plan, coordinator, make_user):
    held, second = plan(date(2026, 11, 23)), make_user("coordinator2", Role.COORDINATORS)
    write_minutes(held, actor=coordinator, text="Present: all.\r\n", version=0)
    assert (held.minutes, held.minutes_version) == ("Present: all.", 1)
    with pytest.raises(NewerMinutes, match="coordinator1 wrote the minutes in the meantime") as newer:
        write_minutes(held, actor=second, text="Mine.", version=0)
    assert (newer.value.text, newer.value.version) == ("Present: all.", 1)
    write_minutes(held, actor=second, text="Ours.", version=newer.value.version)
    write_minutes(held, actor=second, text="Ours.", version=2)  # says nothing new
    events = held.events.filter(verb=MeetingVerb.MINUTES_WRITTEN).order_by("pk")
    assert [(event.actor.username, event.data["minutes"]) for event in events] == [
        ("coordinator1", "Present: all."), ("coordinator2", "Ours."),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="It has minutes"):
        cancel_meeting(held, actor=coordinator, reason="No.")


def test_meetings_are_run_by_coordinators_alone(following, shifter, production, data_manager, requester, outsider):
    values = {"title": "a", "on": date(2026, 12, 1), "begins": time(9), "time_zone": "UTC", "n_minutes": 30, "where": ""}
    for person in (shifter, production, data_manager, requester, outsider):
        for refused in (
            lambda person=person: plan_meeting(values, actor=person),
            lambda person=person: change_meeting(following, {"title": "b"}, actor=person),
            lambda person=person: cancel_meeting(following, actor=person, reason="c"),
            lambda person=person: restore_meeting(following, actor=person),
            lambda person=person: write_minutes(following, actor=person, text="d", version=0),
        ):
            with pytest.raises(NotAllowed, match="by coordinators"):
                refused()
    following.refresh_from_db()
    assert (following.title, following.minutes, following.is_edited) == ("Production meeting", "", False)
    assert not Meeting.objects.filter(title="a").exists()


def test_the_next_meeting_goes_on_until_it_ends(series, following):
    assert next_meeting(TUESDAY) == following
    assert next_meeting(following.ends_at - timedelta(minutes=1)) == following
    assert next_meeting(following.ends_at).held_on == date(2026, 12, 7)
