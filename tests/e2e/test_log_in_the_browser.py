"""The log in a real browser: looked at, written with a pasted picture, kept through lost connections and second windows."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Error, Locator, Page, expect

from campaigns.log import services
from campaigns.log.unread import mark_read
from campaigns.models import Campaign, LogDraft, LogEntry
from tests.conftest import PASSWORD
from tests.e2e.pasting import paste_screenshot
from tests.log_pages.conftest import saw, write

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LOG = "/campaigns/pdhd-reco-2026b/log/"
SHOTS = Path(os.environ["PORTAL_SHOTS"]) if os.environ.get("PORTAL_SHOTS") else None
TABLE = """justIN paused #3223. All but 5 of the errors are exit 71 on one node of US_Wisconsin with a full disk:

| Site | Ended | Exit 0 | 71 | other |
|---|--:|--:|--:|--:|
| US_Wisconsin | 91 | 0 | 91 | 0 |
| all others | 161 | 145 | 0 | 16 |

Asked the site, @coordinator1. I will resume when the node is out."""


@pytest.fixture
def log(world: Campaign, shifter, coordinator) -> Campaign:
    """Two days of a log with something of everything."""
    day = timedelta(days=1)
    now = timezone.now().replace(hour=16, minute=2) - day
    said = "Row 23, inputs 7,700 to 8,049, is workflow #3223. Command as in the plan, 4,000 MiB."
    write(world, shifter, said, kind="submission", happened_at=now, token_name="gpvm03")
    saw(world, "[3223](/workflows/3223/) started, 350 files", state="running", at=now + day / 6)
    saw(world, "3221 stage 1 complete, 350 of 350", state="ok", at=now + day / 5)
    saw(world, "3223 paused: more than 10 jobscript errors in an hour", state="paused", at=now + day / 4)
    saw(world, "UK_Brunel went bad in 3225", state="bad", at=now + day / 4.1)
    write(world, shifter, "3223 paused in the night, looking into it. Running 588 of 600.", kind="check")
    mark_read(world, shifter, 6)
    incident = write(world, shifter, TABLE, kind="incident", tags=["disk"], references=[("site", "US_Wisconsin")])
    services.reply(incident, actor=coordinator, body="Agreed. Site ticket opened; no need to restrict the site.")
    services.amend_entry(incident, actor=shifter, body="The node is out since 14:00.")
    wrong = write(world, coordinator, "Decided in the wrong campaign.", kind="decision")
    services.strike_entry(wrong, actor=coordinator, reason="Belongs to pdvd-keepup.")
    saw(world, "@coordinator1 signed step 2 Test for production.\n\n> Ten of ten, metadata are right.", state="ok")
    saw(world, "Workflow #3224 was found in justIN, submitted by shifter1: submitted. Scope hd\\_protodune.", state="todo")
    return world


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_the_page_is_readable_for_all(visit, log, shifter, width, dark):
    seen = visit(LOG, as_user=shifter, width=width, dark=dark)
    if SHOTS:
        seen.shoot(SHOTS / f"log-{width}-{'dark' if dark else 'light'}.png")
    assert seen.axe() == []
    assert seen.overflow() <= 0


KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('log/')).length"


def body_of(page: Page) -> Locator:
    return page.locator("#write-body")


def is_kept(page: Page) -> None:
    """Waits until the server has what was typed: the browser keeps nothing of it any more."""
    expect(page.locator("[data-saved]")).to_contain_text("draft kept")
    page.wait_for_function(f"() => {KEPT} === 0")


def test_a_pasted_screenshot_stands_in_the_text_and_in_the_entry(visit, log, shifter):
    seen = visit(LOG, as_user=shifter)
    page: Page = seen.page
    body_of(page).fill("Free disk on the node:\n")
    body_of(page).press("Control+End")
    paste_screenshot(page)
    expect(body_of(page)).to_have_value(re.compile(r"Free disk on the node:\n!\[screenshot\]\(file:screenshot\.png\)"))
    expect(page.locator("[data-file-list] .name")).to_have_text("screenshot.png")
    page.get_by_role("button", name="Preview").click()
    picture = page.locator("#write-preview img")
    expect(picture).to_be_visible()
    assert picture.evaluate("img => img.complete && img.naturalWidth") == 420
    is_kept(page)
    if SHOTS:
        seen.shoot(SHOTS / "log-writing.png")
    assert seen.axe() == []
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_url(re.compile(r"#e\d+$"))
    shown = page.locator(f"#e{LogEntry.objects.latest('number').number} img")
    expect(shown).to_be_visible()
    assert shown.evaluate("img => img.naturalWidth") == 420
    expect(body_of(page)).to_have_value("")


def test_a_file_that_is_no_picture_is_refused_in_words_and_the_text_stays(visit, log, shifter):
    seen = visit(LOG, as_user=shifter)
    page: Page = seen.page
    body_of(page).fill("Look:")
    page.set_input_files("#write-files", [{"name": "fake.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}])
    expect(page.locator("[data-notes]")).to_contain_text("fake.png does not hold what .png promises")
    expect(body_of(page)).to_have_value(re.compile(r"^Look:\s*$"))
    seen.problems.clear()  # 400 is an answer that browsers count among errors


def test_a_lost_connection_loses_no_word_also_when_the_window_crashes(visit, log, shifter):
    seen = visit(LOG, as_user=shifter)
    page: Page = seen.page
    away = ["away"]
    seen.context.route("**/log/draft/", lambda route: route.abort("internetdisconnected") if away else route.continue_())
    body_of(page).fill("Typed in the tunnel.")
    expect(page.locator("[data-notes]")).to_contain_text("Not saved: the connection is lost")
    assert page.evaluate(KEPT) == 1
    with pytest.raises(Error, match="crash"):
        page.goto("chrome://crash")
    away.clear()
    other = seen.context.new_page()
    other.goto(LOG)
    expect(body_of(other)).to_have_value("Typed in the tunnel.")
    expect(other.locator("[data-notes]")).to_contain_text("It is back in the form")
    is_kept(other)
    seen.problems.clear()  # the browser tells of the lost connection


def test_two_windows_choose_which_text_stands(visit, log, shifter):
    seen = visit(LOG, as_user=shifter)
    first: Page = seen.page
    second = seen.context.new_page()
    second.goto(LOG)
    body_of(first).fill("Five jobs failed at CERN.")
    is_kept(first)
    body_of(second).fill("Nine jobs failed at CERN.")
    clash = second.locator("[data-clash-place]")
    expect(clash).to_contain_text("You changed this text in another window")
    expect(clash.locator("ins")).to_have_text("Nine")
    if SHOTS:
        second.screenshot(path=str(SHOTS / "log-clash.png"))
    assert LogDraft.objects.get().content["body"] == "Five jobs failed at CERN.", "nothing was overwritten"
    clash.get_by_role("button", name="Keep this one").click()
    expect(clash).to_be_empty()
    is_kept(second)
    assert LogDraft.objects.get().content["body"] == "Nine jobs failed at CERN."
    body_of(first).press("End")
    body_of(first).type(" Twice.")
    first.get_by_role("button", name="Take the other one").click()
    expect(body_of(first)).to_have_value("Nine jobs failed at CERN.")
    seen.problems.clear()  # 409 is an answer that browsers count among errors


def test_a_lost_session_says_so_and_saves_when_one_is_back_in(visit, log, shifter):
    seen = visit(LOG, as_user=shifter)
    page: Page = seen.page
    cookies = seen.context.cookies()
    seen.context.clear_cookies(name="sessionid")
    body_of(page).fill("Typed while logged out.")
    expect(page.locator("[data-notes]")).to_contain_text("you are logged out")
    expect(page.locator("[data-notes] a")).to_have_text("Log in in a new window")
    seen.context.add_cookies(cookies)
    body_of(page).press("End")
    body_of(page).type(" And back.")
    is_kept(page)
    assert LogDraft.objects.get().content["body"] == "Typed while logged out. And back."
    seen.problems.clear()


def test_the_beginning_is_filled_with_numbers_and_gives_way_until_it_is_changed(visit, log, shifter):
    page: Page = visit(LOG, as_user=shifter).page
    page.locator("#write-kind").select_option("test-result")
    expect(body_of(page)).to_have_value(re.compile("Conclusion"))
    page.locator("#write-kind").select_option("incident")
    expect(body_of(page)).to_have_value(re.compile("By site, in the workflows that run.*US_Wisconsin", re.DOTALL))
    assert "Conclusion" not in body_of(page).input_value()
    body_of(page).press("Control+End")
    body_of(page).type("told the site.")
    page.locator("#write-kind").select_option("check")
    page.wait_for_timeout(500)
    assert body_of(page).input_value().endswith("told the site."), "what somebody typed stays"


def test_what_comes_meanwhile_is_offered_and_moves_nothing(visit, log, shifter, coordinator):
    page: Page = visit(LOG, as_user=shifter).page
    page.locator("#e1").scroll_into_view_if_needed()
    before = page.locator("#e1").bounding_box()
    write(log, coordinator, "Exit code 65 again.", kind="incident")
    page.evaluate("htmx.trigger(document.getElementById('log-news'), 'refresh')")
    offer = page.locator("#log-news").get_by_text("1 new entry: show")
    expect(offer).to_be_visible()
    assert page.locator("#e1").bounding_box() == before
    body_of(page).fill("Half a sentence")
    offer.click()
    expect(page.locator("#newer")).to_contain_text("1 new since you opened this page")
    expect(page.locator("#newer")).to_contain_text("Exit code 65 again.")
    expect(page.locator("#log-news")).to_be_empty()
    assert body_of(page).input_value() == "Half a sentence"
    code = page.locator("#newer abbr")
    expect(code).to_have_attribute("aria-description", re.compile("data error"))
    code.focus()
    assert "data error" in code.evaluate("one => getComputedStyle(one, '::after').content")


def test_folded_entries_open_for_their_own_address(visit, log, shifter):
    page: Page = visit(f"{LOG}#e3", as_user=shifter).page
    expect(page.locator("#e3")).to_be_visible()


def test_an_entry_is_written_and_sent_by_keyboard_alone(visit, log, shifter):
    page: Page = visit(LOG, as_user=shifter).page
    body_of(page).focus()
    page.keyboard.type("By keyboard.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"#e\d+$"))
    assert LogEntry.objects.latest("number").body == "By keyboard."


def test_it_works_without_script(visit, log, shifter):
    page: Page = visit(LOG, as_user=shifter, script=False).page
    body_of(page).fill("Without script.")
    page.set_input_files("#write-files", [{"name": "a.csv", "mimeType": "text/csv", "buffer": b"what,TB\n1,2\n"}])
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#write-preview")).to_contain_text("Without script.")
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_url(re.compile(r"#e\d+$"))
    entry = LogEntry.objects.latest("number")
    assert (entry.body, entry.files.get().name) == ("Without script.", "a.csv")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_other_pages_of_the_log_are_readable_too(visit, log, shifter, coordinator, width):
    entry = LogEntry.objects.get(kind="incident")
    services.edit_entry(entry, actor=shifter, version=entry.version, body=TABLE.replace("5 of the errors", "7 of the errors"))
    pages = {
        "entry": (f"{LOG}{entry.number}/", shifter),
        "edit": (f"{LOG}{entry.number}/edit/", shifter),
        "reply": (f"{LOG}{entry.number}/reply/", shifter),
        "strike": (f"{LOG}{entry.number}/strike/", coordinator),
        "watch": (f"{LOG}watch/", shifter),
        "search": ("/search/?q=errors", shifter),
        "document": (f"{LOG}?order=document", shifter),
    }
    for name, (path, reader) in pages.items():
        seen = visit(path, as_user=reader, width=width)
        if SHOTS:
            seen.shoot(SHOTS / f"{name}-{width}.png")
        assert seen.axe() == [], name
        assert seen.overflow() <= 0, name
        seen.close()


def test_on_paper_everything_is_unfolded_and_nothing_is_to_be_pressed(visit, log, shifter):
    seen = visit(f"{LOG}?order=document", as_user=shifter)
    page: Page = seen.page
    page.emulate_media(media="print")
    if SHOTS:
        seen.shoot(SHOTS / "log-print.png")
    expect(page.locator("#e3")).to_be_visible()
    for pressed in (".compose", ".filters", ".tabs", "aside", ".acts"):
        for one in page.locator(pressed).all():
            expect(one).to_be_hidden()


def test_what_was_sent_without_a_session_is_back_after_logging_in(visit, log, shifter):
    seen = visit(LOG, as_user=shifter)
    page: Page = seen.page
    seen.context.clear_cookies(name="sessionid")
    body_of(page).fill("Sent in vain.")
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_url(re.compile("/accounts/login/"))
    page.get_by_label("Username").fill(shifter.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile("/log/write/"))
    expect(body_of(page)).to_have_value("Sent in vain.")
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_url(re.compile(r"#e\d+$"))
    assert LogEntry.objects.latest("number").body == "Sent in vain."
    expect(body_of(page)).to_have_value("")
    seen.problems.clear()
