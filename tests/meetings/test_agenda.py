"""What people put on the agenda, and what they take on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from campaigns.meetings import agenda
from campaigns.meetings.actions import add_action, change_action, finish_action, reopen_action
from campaigns.meetings.agenda import (
    change_item,
    close_item,
    move_item,
    postpone_item,
    propose_item,
    reopen_item,
    withdraw_item,
)
from campaigns.meetings.reading import my_actions
from campaigns.meetings.services import cancel_meeting
from campaigns.models import AgendaItem, Meeting, MeetingVerb
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from tests.factories import make_campaign
from tests.requests.filing import filed

pytestmark = pytest.mark.django_db


def titles(meeting: Meeting) -> list[str]:
    return [item.title for item in meeting.items.exclude(state="withdrawn")]


def test_whoever_holds_a_role_proposes_and_items_stand_in_order(
    following, shifter, production, data_manager, requester, coordinator, outsider
):
    for person in (shifter, production, data_manager, requester, coordinator):
        propose_item(following, actor=person, title=f"of {person}")
    assert titles(following) == [f"of {one}" for one in (shifter, production, data_manager, requester, coordinator)]
    with pytest.raises(NotAllowed, match="hold a role"):
        propose_item(following, actor=outsider, title="mine")


def test_an_item_may_be_about_a_campaign_and_a_request_but_no_draft(following, requester):
    campaign, request = make_campaign(), filed(requester)
    item = propose_item(
        following, actor=requester, title=" A\tnew  sample ", text="**Why**", campaign=campaign, request=request
    )
    assert (item.title, item.text, item.campaign, item.request) == ("A new sample", "**Why**", campaign, request)
    with pytest.raises(Invalid, match="is a draft") as refused:
        propose_item(following, actor=requester, title="B", request=filed(requester, state="draft"))
    assert refused.value.field == "request"
    with pytest.raises(Invalid, match="in a few words"):
        propose_item(following, actor=requester, title=" ")


def test_nothing_is_put_on_the_agenda_of_a_meeting_that_is_over(plan, shifter, at):
    held = plan(date(2026, 11, 23))
    with pytest.raises(Conflict, match="is over"):
        propose_item(held, actor=shifter, title="Late")
    at(datetime(2026, 11, 23, 22, tzinfo=UTC))  # its day goes on
    assert propose_item(held, actor=shifter, title="Late").is_open


def test_an_agenda_ends_somewhere(following, shifter, monkeypatch):
    monkeypatch.setattr(agenda, "MOST_ITEMS", 2)
    propose_item(following, actor=shifter, title="1")
    propose_item(following, actor=shifter, title="2")
    with pytest.raises(Conflict, match="has 2 items"):
        propose_item(following, actor=shifter, title="3")


def test_who_proposed_it_and_coordinators_change_and_withdraw_it_nobody_else(following, shifter, production, coordinator):
    item = propose_item(following, actor=shifter, title="Disk")
    with pytest.raises(NotAllowed, match="changed by shifter1, who put it on the agenda"):
        change_item(item, actor=production, title="Mine")
    with pytest.raises(NotAllowed):
        withdraw_item(item, actor=production)
    change_item(item, actor=shifter, title="Disk at FNAL")
    change_item(item, actor=coordinator, title="Disk at FNAL", text="How much?")
    withdraw_item(item, actor=shifter)
    assert titles(following) == []
    with pytest.raises(Conflict, match="is withdrawn already"):
        change_item(item, actor=shifter, title="Again")
    reopen_item(item, actor=shifter)
    assert titles(following) == ["Disk at FNAL"]
    verbs = [event.verb for event in following.events.order_by("pk")]
    assert verbs[1:] == ["item-proposed", "item-changed", "item-changed", "item-withdrawn", "item-reopened"]


def test_coordinators_order_the_agenda(following, shifter, coordinator):
    a, b, c = (propose_item(following, actor=shifter, title=title) for title in "abc")
    withdraw_item(b, actor=shifter)
    move_item(c, actor=coordinator, up=True)
    assert titles(following) == ["c", "a"]
    assert move_item(c, actor=coordinator, up=True) is None  # the first already
    move_item(c, actor=coordinator, up=False)
    assert titles(following) == ["a", "c"]
    with pytest.raises(NotAllowed):
        move_item(a, actor=shifter, up=False)
    with pytest.raises(Conflict, match="was withdrawn"):
        move_item(b, actor=coordinator, up=True)


def test_what_is_postponed_stays_and_goes_on_at_the_next_meeting_that_takes_place(series, following, shifter, coordinator):
    later = series.meetings.order_by("starts_at")[1:3]
    cancel_meeting(later[0], actor=coordinator, reason="Holiday.")
    item = propose_item(following, actor=shifter, title="Disk", text="How much?")
    went = postpone_item(item, actor=coordinator)
    assert (went.meeting, went.title, went.text, went.added_by, went.came_from) == (
        later[1], "Disk", "How much?", shifter, item,
    )  # fmt: skip
    assert item.state == "postponed"
    with pytest.raises(Conflict, match="is postponed already"):
        close_item(item, actor=coordinator)
    with pytest.raises(NotAllowed):
        reopen_item(item, actor=shifter)
    reopen_item(item, actor=coordinator)
    assert (item.is_open, titles(later[1])) == (True, [])
    again = postpone_item(item, actor=coordinator)
    close_item(again, actor=coordinator)
    with pytest.raises(Conflict, match="was done at Production meeting of 2026-12-14"):
        reopen_item(item, actor=coordinator)


def test_without_a_later_meeting_nothing_is_postponed(plan, shifter, coordinator):
    item = propose_item(plan(date(2026, 11, 25)), actor=shifter, title="Disk")
    with pytest.raises(Conflict, match="No later meeting is planned"):
        postpone_item(item, actor=coordinator)
    item.refresh_from_db()
    assert item.is_open
    assert AgendaItem.objects.count() == 1


# --- actions ---


def test_an_action_is_told_to_who_is_responsible_and_done_by_them(plan, coordinator, shifter, production, outsider):
    held = plan(date(2026, 11, 23))
    with pytest.raises(NotAllowed):
        add_action(held, actor=shifter, text="a", responsible=shifter)
    with pytest.raises(Invalid, match="outsider1 holds no role"):
        add_action(held, actor=coordinator, text="a", responsible=outsider)
    action = add_action(
        held,
        actor=coordinator,
        text="Ask FNAL for disk",
        responsible=shifter,
        due_on=date(2026, 11, 27),
        campaign=make_campaign(),
    )
    notice = Notice.objects.get(user=shifter)
    assert (notice.subject, notice.text) == (
        "You took on: Ask FNAL for disk", "Noted at Production meeting of 2026-11-23. Due 2026-11-27.",
    )  # fmt: skip
    assert [*my_actions(shifter)] == [action]
    with pytest.raises(NotAllowed, match="shifter1 is responsible"):
        finish_action(action, actor=production)
    finish_action(action, actor=shifter, outcome="Ticket 12.")
    assert (action.done_by, action.outcome, [*my_actions(shifter)]) == (shifter, "Ticket 12.", [])
    with pytest.raises(Conflict, match="shifter1 did it at 2026-11-24 09:00 UTC"):
        finish_action(action, actor=coordinator)
    reopen_action(action, actor=coordinator)
    assert (action.done_at, action.done_by, action.outcome) == (None, None, "")
    verbs = [event.verb for event in held.events.order_by("pk")]
    assert verbs[1:] == ["action-added", "action-done", "action-reopened"]


def test_an_action_that_is_given_to_another_person_tells_that_person(plan, coordinator, shifter, production):
    action = add_action(plan(date(2026, 11, 23)), actor=coordinator, text="Ask", responsible=shifter)
    change_action(action, actor=coordinator, text="Ask", responsible=production, due_on=date(2026, 12, 1))
    assert Notice.objects.filter(user=production).count() == 1
    event = action.meeting.events.get(verb=MeetingVerb.ACTION_CHANGED)
    assert [(one["field"], one["old"], one["new"]) for one in event.data["changes"]] == [
        ("responsible", "shifter1", "production1"), ("due_on", "nothing", "2026-12-01"),
    ]  # fmt: skip
    with pytest.raises(NotAllowed):
        change_action(action, actor=production, text="b", responsible=production)
    with pytest.raises(Invalid, match="Say what"):
        change_action(action, actor=coordinator, text="", responsible=production)


def test_my_actions_come_with_the_first_due_first(plan, coordinator, shifter):
    held = plan(date(2026, 11, 23))
    for text, due in (("later", date(2026, 12, 9)), ("some day", None), ("soon", date(2026, 11, 25))):
        add_action(held, actor=coordinator, text=text, responsible=shifter, due_on=due)
    assert [one.text for one in my_actions(shifter)] == ["soon", "later", "some day"]
