"""From an empty form to a campaign's page, as the people do it in their browsers: nothing is typed twice, no address dies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns import campaign_services
from campaigns.models import Campaign, Detector, OfficialRepository, ProductionRequest, WorkingGroup
from portal.models import User
from portal.roles import Role
from tests.browsing import Visit
from tests.campaigns.serving import accepted

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

CHOICES = {"f-working_group": "VD reconstruction", "f-detector": "ProtoDUNE-VD", "f-kind": "reconstruction"}
TYPED = {
    "f-title": "Beam reconstruction, autumn runs",
    "f-contact": "requester1",
    "f-why": "The energy scale of the autumn runs.",
    "f-code-package": "dunesw",
    "f-code-tag": "v10_12_01d00",
    "f-code-repository": "DUNE/dunesw",
    "f-steps-0-name": "reco",
    "f-steps-0-fcl": "standard_reco_protodunevd_keepup.fcl",
    "f-steps-0-events_per_job": "30",
    "f-validation-what": "Run 39252",
    "f-validation-events": "3,000",
    "f-validation-judge": "requester1",
    "f-outputs-0-pattern": "*reco.root",
    "f-outputs-0-files": "100,000",
    "f-outputs-0-size": "1",
    "f-resources-cpu_seconds_per_event": "48",
    "f-resources-memory_mib": "4,000",
    "f-resources-storage_mb_per_event": "33",
    "f-samples-0-what": "vd-protodune:vd-beam-2026-physics",
    "f-samples-0-files": "100,000",
    "f-samples-0-events": "3,000,000",
    "f-datasets": "vd-protodune:pdvd-reco-full",
}
SCREENS = [
    pytest.param({"width": 1440}, id="desktop"),
    pytest.param({"width": 390, "height": 844}, id="phone"),
]


@pytest.fixture(autouse=True)
def lists(transactional_db: None) -> None:
    """What the form offers; tests with a server of their own begin with empty tables."""
    WorkingGroup.objects.get_or_create(name="VD reconstruction")
    Detector.objects.get_or_create(name="ProtoDUNE-VD")
    OfficialRepository.objects.get_or_create(name="DUNE/dunesw", defaults={"package": "dunesw"})


def file_a_request(page: Page) -> str:
    """Fill the form in and submit it; returns the address of the request."""
    for field, value in CHOICES.items():
        page.locator(f"#{field}").select_option(value)
    for field, value in TYPED.items():
        page.locator(f"#{field}").fill(value)
    expect(page.locator("#complete")).to_have_text("8 of 8 complete")
    page.get_by_role("button", name="Submit request").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    return "/" + page.url.split("/", 3)[3]


def panel(page: Page, name: str) -> Any:
    return page.locator(f'section[aria-labelledby="{name}"]')


def test_a_request_becomes_a_campaign_with_a_page_that_replaces_the_wiki_entry(
    visit: Callable[..., Visit], requester: User, coordinator: User, shifter: User
) -> None:
    # a requester files it
    address = file_a_request(visit("/requests/new/", as_user=requester).page)

    # a coordinator takes it through the meeting; the name is not agreed yet
    page = visit(address, as_user=coordinator).page
    page.get_by_role("link", name="Presented at a meeting").click()
    page.get_by_role("button", name="Presented at a meeting").click()
    page.get_by_role("link", name="Accept").click()
    page.get_by_label("Name of the new campaign").fill("pdvd-autumn")
    page.get_by_label("The name is").select_option("provisional")
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/campaigns/pdvd-autumn/")
    expect(page.get_by_text("name provisional")).to_be_visible()

    # the page says what and for whom, though nobody typed it here
    what = panel(page, "what")
    for words in ("Beam reconstruction, autumn runs", "VD reconstruction", "dunesw v10_12_01d00", "100 TB", "3,000,000 events"):
        expect(what).to_contain_text(words)
    what.get_by_text("The eight items of request").click()
    expect(what).to_contain_text("vd-protodune:vd-beam-2026-physics")
    expect(what).to_contain_text("40,000 CPU hours")

    # agree on the name, appoint, say how it is run
    page.get_by_role("link", name="Settings").click()
    name = panel(page, "name")
    name.get_by_label("Name", exact=True).fill("pdvd-reco-2026c")
    name.get_by_label("The name is").select_option("agreed")
    name.get_by_role("button", name="Set the name").click()
    page.wait_for_url("**/campaigns/pdvd-reco-2026c/settings/#name")
    until = timezone.localdate() + timedelta(days=9)
    shifters = panel(page, "shifters")
    shifters.get_by_label("Shifter").select_option(label="shifter1")
    shifters.locator("#appoint-until_on").fill(until.isoformat())
    shifters.get_by_role("button", name="Appoint").click()
    expect(page.locator("#messages")).to_contain_text("shifter1 is appointed and told.")

    # the shifter finds the campaign under the old address, and sets it up
    at_settings = visit("/campaigns/pdvd-autumn/settings/", as_user=shifter)
    page = at_settings.page
    assert page.url.endswith("/campaigns/pdvd-reco-2026c/settings/")
    expect(panel(page, "name")).to_have_count(0)
    work = panel(page, "work")
    work.get_by_label("Working directory").fill("dunegpvm03:/exp/dune/app/users/dunepro/pdvd-reco-2026c")
    work.get_by_label("Jobs to keep running").fill("many")
    work.get_by_role("button", name="Set how it is run").click()
    expect(panel(page, "work")).to_contain_text("Give a whole number, for example 600.")
    assert [text for text in at_settings.problems if "status of 400" not in text] == []
    at_settings.problems.clear()  # the browser tells of the refusal too
    work = panel(page, "work")
    assert work.get_by_label("Working directory").input_value().endswith("/pdvd-reco-2026c"), "what was typed stays"
    work.get_by_label("Jobs to keep running").fill("600")
    work.get_by_label("Label of link 1").fill("DocDB 34567")
    work.get_by_label("Address of link 1").fill("https://docs.example/34567")
    work.get_by_role("button", name="Set how it is run").click()
    expect(page.locator("#messages")).to_contain_text("Set: working directory, jobs to keep running, links.")

    # everybody reads it: index, page, history, text for the wiki
    page = visit("/campaigns/?detector=ProtoDUNE-VD&shifter=shifter1").page
    page.get_by_role("link", name="pdvd-reco-2026c").click()
    what = panel(page, "what")
    for words in ("shifter1", "600", "DocDB 34567", "dunegpvm03:/exp/dune/app/users/dunepro/pdvd-reco-2026c"):
        expect(what).to_contain_text(words)
    page.get_by_role("navigation", name="Pages of").get_by_role("link", name="History").click()
    history = panel(page, "history")
    for words in ("pdvd-autumn (provisional) → pdvd-reco-2026c", "requester1 submitted it", "coordinator1 accepted it"):
        expect(history).to_contain_text(words)
    page.get_by_role("link", name="For a wiki").click()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# pdvd-reco-2026c\n")
    assert "| `*reco.root` | 100,000 | 1.0 GB | 100 TB |" in copied
    campaign = Campaign.objects.get()
    page.goto(f"/c/{campaign.pk}/")
    assert page.url.endswith("/campaigns/pdvd-reco-2026c/")
    assert ProductionRequest.objects.get().campaigns.get() == campaign


def test_a_campaign_is_finished_and_taken_up_again_without_script(
    visit: Callable[..., Visit], requester: User, coordinator: User
) -> None:
    accepted(requester, coordinator, campaign_name="pdvd-reco-2026c")
    page = visit("/campaigns/pdvd-reco-2026c/settings/", as_user=coordinator, script=False).page
    for status, word in (("finished", "Finish it"), ("active", "")):
        panel(page, "status").get_by_label("Status").select_option(status)
        panel(page, "status").get_by_role("button", name="Set the status").click()
        if word:
            page.get_by_role("button", name=word).click()
        expect(page.locator("#messages")).to_contain_text(f"pdvd-reco-2026c is {status} now.")
        assert Campaign.objects.get().status == status


@pytest.fixture
def full(world: Campaign, requester: User, coordinator: User, make_user: Callable[..., User]) -> Campaign:
    """The campaign of the other browser tests, with two requests, settings, a coming shifter and a history."""
    long = "a_very_long_name_without_any_blank_" * 5
    accepted(requester, coordinator, world)
    samples = [
        {"kind": "dataset", "what": f"vd-protodune:{long}{n}", "files": "62,104", "events": "1,863,120"} for n in range(9)
    ]
    accepted(requester, coordinator, world, title=f"Second request {long}", samples=samples, datasets=[f"vd-protodune:{long}"])
    campaign_services.change_settings(
        world,
        {
            "purpose": f"Reconstruction of beam runs {long}",
            "kind": "reconstruction",
            "working_directory": f"dunegpvm03:/exp/dune/app/users/dunepro/{long}",
            "jobscript_reference": f"DUNE/{long}:v1",
            "n_jobs_reference": 600,
            "links": [{"label": "DocDB 34567", "url": f"https://docs.example/{long}"}],
        },
        actor=coordinator,
    )
    campaign_services.rename(world, "pdhd-reco-2026c", actor=coordinator, provisional=True, reason="b is another's.")
    coming = timezone.localdate() + timedelta(days=2)
    campaign_services.appoint(world, make_user("shifter2", Role.SHIFTERS), actor=coordinator, from_on=coming)
    return world


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_of_a_campaign_is_readable(
    visit: Callable[..., Visit], full: Campaign, coordinator: User, tmp_path: Path, screen: dict[str, object]
) -> None:
    base = full.get_absolute_url()
    found = []
    paths = [
        f"{base}?items=all",
        f"{base}settings/",
        f"{base}history/",
        f"{base}wiki/",
        f"{base}wiki/?as=mediawiki",
        "/campaigns/",
    ]
    for number, path in enumerate(paths):
        seen = visit(path, as_user=coordinator, **screen)
        seen.shoot(tmp_path / f"{number}.png")
        found += [f"{path}: {one}" for one in seen.axe()]
        found += [f"{path} is {seen.overflow()} pixels too wide"] if seen.overflow() > 0 else []
        seen.in_the_dark()
        found += [f"{path} in the dark: {one}" for one in seen.axe(colours_only=True)]
        seen.close()
    assert not found, "\n".join(found)
