"""Every page, in a real browser: light and dark, desktop and phone, by keyboard, on paper. `visit` fails a test at its end
when the browser complained of anything: errors of scripts, the Content-Security-Policy, files that are missing."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGES = {
    "home": "/",
    "campaigns": "/campaigns/",
    "campaign": "/campaigns/pdhd-reco-2026b/",
    "watch": "/campaigns/pdhd-reco-2026b/watch/",
    "comment": "/campaigns/pdhd-reco-2026b/workflows/3222/comment/",
    "workflow": "/workflows/3222/?code=65",
    "cut workflow": "/workflows/2988/",
    "unread workflow": "/workflows/3225/",
    "sources": "/sources/",
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious_in_light_and_dark(visit, world, shifter, name):
    seen = visit(PAGES[name], as_user=shifter)
    assert seen.axe() == []
    seen.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    seen.page.wait_for_selector("html[data-bs-theme=dark]")
    assert seen.axe(colours_only=True) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_the_page_in_its_width(visit, world, shifter, name):
    seen = visit(PAGES[name], as_user=shifter, width=390, height=844)
    assert seen.overflow() == 0
    assert seen.axe() == []
    small = seen.page.evaluate(
        """[...document.querySelectorAll("main :is(button, .btn, .chip, select, input:not([type=hidden], [type=radio]))")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML)"""
    )
    assert small == []


def test_a_new_campaign_page_reads_well(visit, coordinator, db):
    seen = visit("/campaigns/new/", as_user=coordinator)
    assert seen.axe() == []
    assert visit("/").axe() == []  # the empty portal


def test_plots_are_drawn_from_their_tables_and_follow_the_theme(visit, world):
    for path in ("/campaigns/pdhd-reco-2026b/", "/workflows/3222/"):
        page = visit(path).page
        page.wait_for_selector("canvas[data-drawn]")
        light = page.evaluate("document.querySelector('canvas').toDataURL()")
        assert light != page.evaluate(
            """() => { const drawn = document.querySelector("canvas"), empty = document.createElement("canvas");
            [empty.width, empty.height] = [drawn.width, drawn.height]; return empty.toDataURL(); }"""
        )
        page.click("[data-theme-toggle]")
        page.wait_for_selector("html[data-bs-theme=dark]")
        assert page.evaluate("document.querySelector('canvas').toDataURL()") != light


def test_without_script_everything_reads_and_submits(visit, world, shifter):
    page = visit("/campaigns/pdhd-reco-2026b/", as_user=shifter, script=False).page
    assert page.locator("#weekly-rows tr").count() == 27
    page.fill("[name=q]", "3223")
    with page.expect_navigation():
        page.click("text=Filter")
    assert page.locator("#weekly-rows tr").count() == 1
    with page.expect_navigation():
        page.click("#edit-3223")
    page.fill("[name=text]", "disk full on the node")
    with page.expect_navigation():
        page.click("text=Save comment")
    assert page.url.endswith("/campaigns/pdhd-reco-2026b/#w3223")
    assert page.locator("#w3223").inner_text().count("disk full on the node") == 1


def test_keys_reach_the_table_and_the_way_past_the_navigation(visit, world):
    page = visit("/campaigns/pdhd-reco-2026b/").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-labelledby') || ''")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached[-1]
        if reached[-1] == "wa3226":
            break
    assert {"weekly", "sort-workflow", "state", "wa3226"} <= set(reached)


def test_on_paper_there_are_numbers_and_no_buttons(visit, world, shifter):
    page = visit("/campaigns/pdhd-reco-2026b/", as_user=shifter).page
    page.emulate_media(media="print")
    assert page.locator(".top").is_hidden()
    assert page.locator(".filters").is_hidden()
    assert page.locator("main .btn:visible").count() == 0
    assert page.locator("#w3222").is_visible()
    assert page.locator("#progress-table").is_visible()
