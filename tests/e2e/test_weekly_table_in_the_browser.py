"""The weekly table at work: sort, filter, comment in place, and numbers that move while the reader looks on."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from monitoring.models import Tally, Workflow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
URL = "/campaigns/pdhd-reco-2026b/"
REFRESH = "htmx.trigger(document.getElementById('live'), 'refresh')"


def test_a_click_on_a_head_sorts_and_the_address_keeps_it(visit, world):
    page = visit(URL).page
    assert page.locator("#weekly-rows tr").first.get_attribute("id") == "w3226"
    with page.expect_navigation():
        page.click("#sort-jobs")
    assert page.locator("#weekly-rows tr").first.get_attribute("id") == "w2988"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Jobs")
    assert "sort=-jobs" in page.url
    page.reload()
    assert page.locator("#weekly-rows tr").first.get_attribute("id") == "w2988"


def test_filters_by_state_and_word_go_together(visit, world):
    page = visit(URL).page
    page.select_option("#state", "running")
    with page.expect_navigation():
        page.click("text=Filter")
    assert page.locator("#weekly-rows tr").count() == 4
    page.fill("[name=q]", "3222")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#weekly-rows tr").count() == 1
    assert page.locator("#state").input_value() == "running"


def test_a_comment_is_written_in_place(visit, world, shifter):
    page = visit(URL, as_user=shifter).page
    page.click("#edit-3223")
    page.wait_for_selector("#text-3223:focus")
    page.keyboard.type("exit 71, disk full on the node")
    page.keyboard.press("Enter")
    page.wait_for_selector("#w3223 td.text :text('disk full')")
    assert page.url.endswith(URL)
    page.wait_for_selector("#edit-3223:focus")  # the keyboard stays where it was
    page.click("#edit-3223")
    page.wait_for_selector("#text-3223:focus")
    page.keyboard.type(" never saved")
    page.click("text=Cancel")
    page.wait_for_selector("#edit-3223:focus")
    assert "never saved" not in page.locator("#w3223").inner_text()


def test_a_comment_that_is_refused_stays_in_its_field(visit, world, shifter):
    page = visit(URL, as_user=shifter).page
    page.click("#edit-3223")
    page.fill("#text-3223", "x" * 501)
    page.keyboard.press("Enter")
    page.wait_for_selector("#text-3223-e")
    assert "use at most 500" in page.locator("#text-3223-e").inner_text()
    assert len(page.input_value("#text-3223")) == 501


def test_numbers_move_while_the_reader_looks_on_and_nothing_else_does(visit, world, running):
    page = visit(URL).page
    page.click("text=The same numbers as a table")
    page.focus("#wa3222")
    page.evaluate("document.querySelector('.weekly').parentElement.scrollLeft = 40; scrollTo(0, 500)")
    place = page.evaluate("scrollY")
    Workflow.objects.filter(pk=running.pk).update(files_processed=180)
    Tally.objects.filter(workflow=running).update(n_ended=260, n_running=41)
    page.evaluate(REFRESH)
    page.wait_for_selector("#w3222 td:text-is('260')")
    assert "180 / 350" in page.locator("#w3222").inner_text()
    assert page.locator("#w3222 td.changed").count() >= 2  # and it is seen that they moved
    assert page.evaluate("document.activeElement.id") == "wa3222"
    assert page.locator("#progress-table").is_visible()  # still unfolded
    assert page.evaluate("scrollY") == place
    assert page.locator("footer.foot").count() == 1  # refreshed with the rest
    with page.expect_request(f"**{URL}", timeout=17_000):  # and by itself, every 15 seconds
        pass


def test_ages_go_on_while_a_page_stays_open(visit, world):
    page = visit("/sources/").page
    age = page.locator(".facts time.age").first
    assert age.inner_text() == "just now"
    later = "import('/static/js/ages.js').then((ages) => ages.renew(Date.now() + %d * 60_000))"
    page.evaluate(later % 5)
    assert age.inner_text() == "5 min ago"
    page.evaluate(later % 130)
    assert age.inner_text() == "2 h ago"
    page.evaluate(later % 3000)
    day = page.evaluate("new Date(document.querySelector('.facts time.age').dateTime).getUTCDate()")
    assert age.inner_text().startswith(f"{day} ")  # beyond a day the date


def _answer(answer: dict[str, Any], route: Any) -> None:
    route.fulfill(**answer)


def test_when_asking_fails_the_numbers_stay_and_the_page_says_so(visit, world, running):
    seen = visit(URL)
    page = seen.page
    for answer, words in (
        ({"status": 502, "body": "bad gateway"}, "the portal answered with status 502"),
        ({"status": 200, "content_type": "text/html", "body": "<html><body>Log in</body></html>"}, "log in again"),
    ):
        page.route(f"**{URL}", partial(_answer, answer))
        page.evaluate(REFRESH)
        page.wait_for_selector(f"[data-live-failed]:visible :text('{words}')")
        assert "173 / 350" in page.locator("#w3222").inner_text()
        page.unroute(f"**{URL}")
    Workflow.objects.filter(pk=running.pk).update(files_processed=181)
    page.evaluate(REFRESH)
    page.wait_for_selector("#w3222 td:text-is('181 / 350')")
    assert page.locator("[data-live-failed]").is_hidden()
    seen.problems[:] = [text for text in seen.problems if "502" not in text]


def test_nothing_is_asked_while_the_tab_is_hidden_or_a_comment_is_typed(visit, world, shifter, running):
    page = visit(URL, as_user=shifter).page
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(URL) else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})")
    page.evaluate(REFRESH)
    page.wait_for_timeout(300)
    assert asked == []
    with page.expect_response(f"**{URL}"):  # back again: at once
        page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    assert len(asked) == 1
    page.click("#edit-3222")
    page.wait_for_selector("#text-3222:focus")
    page.keyboard.type(" and more")
    page.evaluate(REFRESH)
    page.wait_for_timeout(300)
    assert len(asked) == 1
    assert page.input_value("#text-3222").endswith("and more")


def test_the_workflow_page_moves_too(visit, world, running):
    page = visit("/workflows/3222/").page
    Tally.objects.filter(workflow=running).update(n_ended=260, n_running=41)
    page.evaluate(REFRESH)
    page.wait_for_selector("#f-ended:text-is('260')")
    page.wait_for_selector("#f-running:text-is('41')")


def test_a_cell_of_the_matrix_leads_to_its_failed_jobs(visit, world):
    page = visit("/workflows/3222/").page
    with page.expect_navigation():
        page.click("#s-UK_Brunel td a")
    assert "code=65&site=UK_Brunel" in page.url
    assert page.locator("[aria-labelledby=samples] tbody tr").count() == 15
    with page.expect_navigation():
        page.click("text=Next rows")
    assert "site=UK_Brunel" in page.url
    with page.expect_navigation():
        page.click("text=exit 65 ×")
    assert "code=" not in page.url
