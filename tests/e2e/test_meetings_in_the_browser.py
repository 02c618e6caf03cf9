"""A meeting in the browser: a coordinator plans it, a shifter puts something on its agenda, a decision is recorded from it,
minutes are written, an action is noted and done; and the pages hold on a phone, in the dark, without script.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Meeting
from portal.models import User
from tests.browsing import Visit
from tests.e2e.people import Person
from tests.factories import make_campaign, make_service

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_meeting_from_planning_to_its_minutes(visit: Callable[..., Visit], coordinator: User, shifter: User) -> None:
    now = timezone.now()
    make_service(read_at=now, round_began_at=now, round_ended_at=now)
    make_campaign("lbl2-reco-2026", 402)
    lead = Person(visit, coordinator, "/campaigns/lbl2-reco-2026/")
    page = lead.page

    # today, a moment ago: so that it is the next one, goes on, and decisions may be recorded
    page.get_by_role("link", name="Meetings").click()
    page.get_by_role("link", name="Plan a meeting").first.click()
    page.get_by_label("Day").fill(f"{now:%Y-%m-%d}")
    page.get_by_label("Begins at").fill("00:00")
    page.get_by_label("Minutes").fill("3")
    lead.press(page.get_by_role("button", name="Plan it"))
    expect(page.get_by_text("Give a number of minutes from 5 to 720.")).to_be_visible()
    expect(page.get_by_label("Begins at")).to_have_value("00:00")
    page.get_by_label("Minutes").fill("720")
    page.get_by_label("Where").fill("https://example.org/meeting")
    lead.press(page.get_by_role("button", name="Plan it"))
    meeting = Meeting.objects.get()
    lead.says("is planned")
    Meeting.objects.update(ends_at=now + timedelta(hours=2))  # also when this is run in the evening

    # a shifter sees it on the home page and puts something on the agenda
    person = Person(visit, shifter, "/campaigns/lbl2-reco-2026/")
    person.page.get_by_role("link", name="0 items proposed").click()
    person.press(person.page.get_by_role("link", name="Put something on the agenda"))
    person.press(person.page.get_by_role("button", name="Put it on the agenda"))
    expect(person.page.get_by_text("Say in a few words what it is about.")).to_be_visible()
    person.page.get_by_label("What it is about").fill("Disk at FNAL")
    person.page.get_by_label("Campaign").select_option(label="lbl2-reco-2026")
    person.page.get_by_label("More").fill("Is **20 TB** enough?")
    person.press(person.page.get_by_role("button", name="Put it on the agenda"))
    person.says("It is on the agenda.")
    expect(person.page.get_by_role("button", name="Dealt with")).to_have_count(0)

    # a decision that waits is recorded from the agenda, with the meeting's day, and stands on its page
    page.reload()
    waits = page.get_by_role("region", name="Waits for the meeting")
    waits.get_by_role("link", name=re.compile("Record.*The plan is agreed")).click()
    form = lead.form(lead.criterion("plan-agreed"), "/decision/")
    expect(form.get_by_label("Meeting of")).to_have_value(meeting.held_on.isoformat())
    lead.decide("plan-agreed", note="In slices.")
    lead.criterion("plan-agreed").get_by_role("link", name=f"{meeting.held_on.day} {meeting.held_on:%b %Y}").click()
    expect(page.get_by_role("region", name="Decisions")).to_contain_text("“In slices.”")
    expect(waits).not_to_contain_text("The plan is agreed")

    # the item is dealt with, an action comes of it, the minutes say so
    lead.press(page.get_by_role("button", name=re.compile("Dealt with.*Disk")))
    lead.says("“Disk at FNAL” was dealt with.")
    page.get_by_role("link", name="Note an action").click()
    page.get_by_label("What is to be done").fill("Ask for 40 TB")
    page.get_by_label("By whom").select_option(label="shifter1")
    page.get_by_label("Until").fill(f"{now + timedelta(days=7):%Y-%m-%d}")
    lead.press(page.get_by_role("button", name="Note it"))
    lead.says("shifter1 is told")
    page.get_by_role("link", name="Write the minutes").click()
    expect(page.get_by_role("textbox", name="Minutes")).to_have_value("Present: \n\n### Disk at FNAL\n")
    page.get_by_role("textbox", name="Minutes").fill("Present: all.\n\n### Disk at FNAL\n\n40 TB are **wanted**.")
    lead.press(page.get_by_role("button", name="Save the minutes"))
    expect(page.get_by_role("region", name="Minutes")).to_contain_text("40 TB are wanted.")

    # the shifter finds the action at home and says that it is done
    person.page.goto("/")
    waiting = person.page.get_by_role("region", name="Waiting for you")
    waiting.get_by_role("link", name=re.compile("Look.*Ask for 40 TB")).click()
    actions = person.page.get_by_role("region", name="Actions")
    actions.locator("summary", has_text="Done").click()
    actions.get_by_label("What came of it").fill("Granted.")
    person.press(actions.get_by_role("button", name="It is done"))
    expect(actions).to_contain_text("“Granted.”")
    for seen in (lead.seen, person.seen):
        assert seen.axe() == []
        assert [text for text in seen.problems if "status of 400" not in text] == []
        seen.problems.clear()  # a refused form is an answer that browsers count among errors

    # on a phone, in the dark, without script
    for how in ({"width": 390}, {"dark": True}, {"script": False}):
        for path in ("/meetings/", meeting.get_absolute_url()):
            looked = visit(path, as_user=coordinator, **how)
            expect(looked.page.get_by_role("heading", level=1)).to_be_visible()
            if how.get("script", True):
                assert looked.overflow() == 0
                assert looked.axe() == []
            looked.close()
