"""A shifter's day in the browser: taking over, a morning check with nothing new in two clicks from home, an incident with a
pasted screenshot, an evening check with something new, handing over, the log as a PDF.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from campaigns.campaign_services import appoint
from campaigns.log_documents import asking
from campaigns.log_documents.making import make_document
from campaigns.models import Appointment, Campaign, Check, CheckSchedule, LogDocument, LogEntry
from campaigns.shift.handovers import write_handover
from campaigns.shift.keeping import keep_checks
from monitoring.models import Workflow
from portal.models import User
from portal.roles import Role
from tests.browsing import Visit
from tests.e2e.pasting import paste_screenshot
from tests.e2e.people import Person
from tests.factories import Jobs, make_campaign, make_service, make_tally, make_workflow
from tests.log_documents.conftest import needs_pdf

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PORTAL_SHOTS", "")


def shoot(person_or_visit: Person | Visit, name: str) -> None:
    if SHOTS:
        person_or_visit.shoot(Path(SHOTS) / f"{name}.png")


@pytest.fixture
def campaign(shifter: User, coordinator: User, make_user: Callable[..., User]) -> Campaign:
    """A check of it is due all day long, in two windows; what was due yesterday evening was missed; shifter2 handed over."""
    now = timezone.now()
    make_service(read_at=now, round_began_at=now, round_ended_at=now)
    shifter.time_zone = "Europe/Zurich"
    shifter.save()
    campaign = make_campaign("pdhd-reco-2026b", 402, n_jobs_reference=600, purpose="Reconstruction of ProtoDUNE-HD beam runs")
    began = now - timedelta(days=9)
    times = {"started_at": began, "state_since": began, "first_seen_at": began, "listed_at": now, "read_at": now}
    make_tally(make_workflow(3221, **times), [Jobs("CERN", "finished", 320), Jobs("CERN", "running", 300)])
    make_tally(
        make_workflow(3222, files=(40, 350), **times), [Jobs("UK_Brunel", "finished", 173), Jobs("UK_Brunel", "running", 290)]
    )
    second = make_user("shifter2", Role.SHIFTERS)
    for user in (shifter, second):
        appoint(campaign, user, actor=coordinator, from_on=now.date() - timedelta(days=9), until_on=now.date())
    write_handover(campaign, actor=second, text="All is well.\n\n- look after #3222: **UK_Brunel** was slow\n- next: row 24")
    Appointment.objects.filter(user=shifter).update(until_on=None)
    CheckSchedule.objects.create(
        campaign=campaign, time_zone="UTC", slots=[["00:00", "12:00"], ["12:00", "00:00"]], n_first_days=0,
        settled_until=now.replace(hour=0, minute=0, second=0) - timedelta(hours=6),
    )  # fmt: skip
    keep_checks()
    return campaign


@needs_pdf
def test_a_shifters_day(
    visit: Callable[..., Visit],
    campaign: Campaign,
    shifter: User,
    monkeypatch: pytest.MonkeyPatch,
    settings,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    person = Person(visit, shifter, "/campaigns/pdhd-reco-2026b/")
    page = person.page

    # what waits comes first on the home page, with what was missed on it
    waiting = page.get_by_role("region", name="Waiting for you")
    expect(waiting.locator("li").first).to_contain_text("check due")
    expect(page.get_by_role("region", name="What needs somebody")).to_contain_text("missed")
    shoot(person, "home-due")

    # taking over
    page.get_by_role("link", name="pdhd-reco-2026b", exact=True).first.click()
    handover = page.get_by_role("region", name="From the last shifter")
    expect(handover).to_contain_text("UK_Brunel was slow")
    shoot(person, "shift")
    person.press(handover.get_by_role("button", name="I have taken over"))
    person.says("You have taken over from shifter2, who is told.")
    expect(handover).to_contain_text("taken over by shifter1")

    # the morning check, nothing new: home, and one click
    page.goto("/")
    person.press(waiting.get_by_role("button", name="Nothing new"))
    person.says("check of pdhd-reco-2026b recorded: entry ")
    expect(waiting).not_to_contain_text("check due")
    check = Check.objects.get(state="done")
    assert check.nothing_new
    shoot(person, "home-done")

    # an incident, with a screenshot from the clipboard
    page.goto("/campaigns/pdhd-reco-2026b/log/")
    page.get_by_label("Kind of entry").select_option("incident")
    body = page.locator("#write-body")
    expect(body).to_have_value(re.compile("UK_Brunel.*What is wrong", re.DOTALL))  # it begins with the numbers of now
    body.press("Control+End")
    body.press_sequentially("UK_Brunel has no disk left, see #3222: ")
    paste_screenshot(page)
    expect(body).to_have_value(re.compile(r"#3222: !\[screenshot\]\(file:screenshot\.png\)"))
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_url(re.compile(r"#e\d+$"))
    incident = page.locator(f"#e{LogEntry.objects.get(kind='incident').number}")
    expect(incident.locator("img")).to_be_visible()
    expect(incident.get_by_role("link", name="#3222")).to_be_visible()
    shoot(person, "incident")

    # the evening check: the window is another one, and a workflow is paused
    week = timedelta(days=7)
    Check.objects.filter(pk=check.pk).update(
        opens_at=check.opens_at - week, closes_at=check.closes_at - week, at=timezone.now() - timedelta(hours=1)
    )
    Workflow.objects.filter(justin_id=3222).update(state="paused", state_since=timezone.now())
    keep_checks()
    page.goto("/")
    person.press(waiting.get_by_role("link", name="Do the check"))
    expect(page.get_by_role("listitem").filter(has_text="Any workflow paused?")).to_contain_text("3222 by a person since")
    said = page.get_by_label("What you make of it")
    expect(said).to_have_value("Any workflow paused: #3222 by a person since " + said.input_value().partition("since ")[2])
    shoot(person, "check-new")
    said.fill("")
    person.press(page.get_by_role("button", name="Record check"))
    expect(page.get_by_text("Say what you make of what is new")).to_be_visible()
    person.seen.problems.clear()  # the browser calls a refused form a resource that failed
    said.fill("I paused #3222: UK_Brunel has no disk left. Asked the site. ")
    said.press("Control+End")
    page.locator("#write-files").set_input_files([{"name": "mail.txt", "mimeType": "text/plain", "buffer": b"No disk left."}])
    expect(said).to_have_value(re.compile(r"Asked the site\. \[mail\]\(file:mail\.txt\)"))
    person.press(page.get_by_role("button", name="Record check"))
    person.says("check of pdhd-reco-2026b recorded: entry ")
    entry = Check.objects.filter(state="done").latest("at").entry
    assert entry.body.startswith("I paused #3222: UK_Brunel has no disk left.")
    assert [file.name for file in entry.files.all()] == ["mail.txt"]

    # handing over
    hand_over = page.get_by_role("form", name="Hand over")
    expect(hand_over.get_by_label("What the next shifter has to know")).to_have_value(
        "What to look after: \n\nRunning:\n- #3222 paused, 40 of 350 files\n- #3221 running, 173 of 350 files\n\n"
        f"Last check: {Check.objects.filter(state='done').latest('at').name}, entry {entry.number}."
    )
    person.press(hand_over.get_by_role("button", name="Hand over"))
    person.says("Your handover is entry ")
    expect(page.get_by_role("region", name="From the last shifter")).to_contain_text("not taken over yet")
    shoot(person, "shift-after")
    page.get_by_role("link", name="By week").click()
    expect(page.get_by_role("region", name="Checks by week")).to_contain_text("shifter1 2")
    shoot(person, "weeks")

    # the whole log as a PDF; the worker's part is done here
    monkeypatch.setattr(asking.current_app, "send_task", lambda name, **_how: None)
    page.goto("/campaigns/pdhd-reco-2026b/log/")
    page.get_by_role("link", name="PDF and Markdown").click()
    person.press(page.get_by_role("button", name="Make the PDF"))
    make_document(LogDocument.objects.get())
    link = page.get_by_role("link", name="Download the PDF")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    told = "".join(one.extract_text() for one in PdfReader(download.value.path()).pages)
    for words in ("UK_Brunel was slow", "UK_Brunel has no disk left", "I paused #3222"):
        assert words in " ".join(told.split()), words


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_pages_of_the_shift_are_sound_on_every_screen(
    visit: Callable[..., Visit], campaign: Campaign, shifter: User, width: int, dark: bool
) -> None:
    Workflow.objects.filter(justin_id=3222).update(state="paused")
    keep_checks()
    for name, path in {
        "home": "/", "campaign": "/campaigns/pdhd-reco-2026b/", "shift": "/campaigns/pdhd-reco-2026b/shift/",
        "record": "/campaigns/pdhd-reco-2026b/checks/record/", "checks": "/campaigns/pdhd-reco-2026b/checks/",
        "settings": "/campaigns/pdhd-reco-2026b/settings/", "profile": "/profile/",
    }.items():  # fmt: skip
        seen = visit(path, as_user=shifter, width=width, dark=dark)
        shoot(seen, f"{name}-{width}{'-dark' if dark else ''}")
        assert seen.axe() == []
        assert seen.overflow() <= 0
        seen.page.close()


@pytest.mark.parametrize("path", ["checks/record/", "shift/"])
def test_a_check_and_a_handover_keep_themselves_through_a_lost_session_with_a_pasted_picture(
    visit: Callable[..., Visit], campaign: Campaign, shifter: User, settings, tmp_path: Path, path: str
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    Workflow.objects.filter(justin_id=3222).update(state="paused")
    keep_checks()
    seen = visit(f"/campaigns/pdhd-reco-2026b/{path}", as_user=shifter)
    page = seen.page
    body = page.locator("#write-body")
    body.fill("UK_Brunel is full:\n")
    body.press("Control+End")
    paste_screenshot(page)
    expect(body).to_have_value(re.compile(r"is full:\n!\[screenshot\]\(file:screenshot\.png\)"))
    expect(page.locator("[data-saved]")).to_contain_text("draft kept")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#write-preview img")).to_be_visible()
    cookies = seen.context.cookies()
    seen.context.clear_cookies(name="sessionid")
    body.press_sequentially("Asked the site.")
    expect(page.locator("[data-notes]")).to_contain_text("you are logged out")
    page.close(run_before_unload=False)
    seen.context.add_cookies(cookies)
    again = seen.context.new_page()
    again.goto(f"/campaigns/pdhd-reco-2026b/{path}")
    expect(again.locator("#write-body")).to_have_value(re.compile(r"screenshot\.png\)\s+Asked the site\."))
    expect(again.locator("[data-notes]")).to_contain_text("It is back in the form")
    with again.expect_navigation():
        again.locator("[data-send]").click()
    entry = LogEntry.objects.filter(campaign=campaign, author=shifter).latest("number")
    assert "Asked the site." in entry.body
    assert [file.name for file in entry.files.all()] == ["screenshot.png"]
    seen.problems.clear()  # the browser calls a refused save a resource that failed


def test_a_check_is_recorded_without_script(visit: Callable[..., Visit], campaign: Campaign, shifter: User) -> None:
    page = visit("/", as_user=shifter, script=False).page
    page.get_by_role("button", name="Nothing new").click()
    expect(page.locator("#messages")).to_contain_text("recorded: entry ")
