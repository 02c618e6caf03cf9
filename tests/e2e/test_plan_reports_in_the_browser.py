"""From a workflow's id to its row and on to what it left, in a real browser, on every screen and without script."""

from __future__ import annotations

import pytest

from campaigns.campaign_tokens import make_token
from campaigns.models import CampaignToken, PlannedWorkflow
from campaigns.plan_reports import report_workflow
from campaigns.plan_services import draft_of, save_plan
from portal.models import User
from tests.campaigns.steps.walking import Cast
from tests.factories import Jobs, make_failed_files, make_tally
from tests.planning.plans import lbl2
from tests.planning.watched import planned, take

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PLAN = "/campaigns/lbl2-reco-2026/plan/"
FILES = [f"fardet-hd:nu_dune10kt_1x2x6_prodgenie_{at:06}_reco1.root" for at in range(250)]


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(transactional_db: None, cast: Cast):
    """A row that was recorded and left files, one that was tried twice, a workflow that fits two rows, one that fits none."""
    plan = lbl2()
    plan["rows"].append({"key": "r4b", "step": "production", "sample": "s1", "skip": 12000, "limit": 5000, "notes": "again"})
    made = planned(cast, plan)
    left = take(1650, 0, 6000, files=(5750, 6000))
    make_tally(left, [Jobs("CERN", "finished", 5750), Jobs("ES_PIC", "result-lost", 600)])
    make_failed_files(left, FILES)
    report_workflow(made, "r1", 1650, actor=cast.shifter)
    take(1513, 6000, 1000)
    take(1638, 6000, 1000, state="running")
    take(1661, 12000, 5000, description="by hand")
    take(1700, 5, 7, description="nobody's")
    make_token(made, actor=cast.shifter, scope="report", name="dunegpvm03, production", days=30)
    return made


@pytest.mark.parametrize(
    "path", [f"{PLAN}?lane=production.s1", f"{PLAN}record/1650/", f"{PLAN}recover/1650/", f"{PLAN}tokens/"]
)
def test_every_screen_shows_it_whole_and_axe_finds_nothing_serious(visit, campaign, cast, path):
    seen = visit(path, as_user=cast.shifter, width=1280)
    assert seen.axe() == []
    seen.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    seen.page.wait_for_selector("html[data-bs-theme=dark]")
    assert seen.axe(colours_only=True) == []
    phone = visit(path, as_user=cast.shifter, width=390, height=844)
    assert phone.overflow() == 0
    assert phone.axe() == []


@pytest.mark.parametrize("script", [True, False])
def test_an_id_is_recorded_chosen_and_what_was_left_is_drafted(visit, campaign, cast, script):
    page = visit(PLAN, as_user=cast.shifter, script=script).page
    page.get_by_role("button", name="It is row 7").click()
    page.wait_for_url("**#r4b")
    assert PlannedWorkflow.objects.get(workflow__justin_id=1661).how == "matched-by-choice"
    page.get_by_label("justIN’s workflow id").fill("1777")
    page.get_by_label("is row", exact=True).select_option("r5")
    page.get_by_role("button", name="Record it").click()
    page.wait_for_url("**#r5")
    page.goto(page.url.partition("?")[0].partition("#")[0] + "?lane=production.s1")
    page.get_by_role("link", name="Draft a resubmission of 250").click()
    assert page.get_by_label("Memory in MiB").input_value() == "6000"
    page.get_by_label("Site").fill("CERN")
    page.get_by_role("button", name="Draft 2 rows").click()
    page.wait_for_url("**#r1-again1")
    rows = draft_of(campaign)[0].rows[-2:]
    assert [(row.parent, row.rss_mib, row.site) for row in rows] == [("r1", 6000, "CERN")] * 2


def test_a_new_token_is_shown_once_and_copied(visit, campaign, cast):
    page = visit(f"{PLAN}tokens/", as_user=cast.shifter).page
    page.get_by_label("Used for").fill("another folder")
    page.get_by_role("button", name="Make the token").click()
    page.locator("[aria-labelledby=fresh] [data-copy-text]").first.click()
    page.wait_for_selector("[aria-labelledby=fresh] button:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith("dpt_")
    assert CampaignToken.objects.filter(name="another folder").exists()
    page.goto(page.url)
    assert page.locator("[aria-labelledby=fresh]").count() == 0


def test_the_editor_keeps_what_was_drafted_for_recovery(visit, campaign, cast):
    save_plan(campaign, lbl2(), actor=cast.shifter, version=1)
    page = visit(f"{PLAN}recover/1650/", as_user=cast.shifter).page
    page.get_by_role("button", name="Draft 2 rows").click()
    page.wait_for_url("**#r1-again1")
    before = draft_of(campaign)[0].rows
    page.goto(page.url.partition("?")[0] + "edit/")
    page.get_by_role("button", name="Save the draft").first.click()
    page.wait_for_load_state()
    assert draft_of(campaign)[0].rows == before
