"""A campaign's files in a real browser: kept, looked at, put right, started from another campaign's, on every screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.demo.files import Files
from campaigns.jobscript_services import keep_version, newest_of, withdraw_file
from campaigns.jobscripts import current_hash
from campaigns.models import Campaign, JobscriptVersion, Team
from campaigns.plan_services import save_plan
from campaigns.steps.signing import sign_step
from tests.campaigns.steps.walking import Cast, begin, stands, walk_to
from tests.factories import NOW, make_dataset
from tests.jobscripts.keeping import COMMIT, REFERENCE
from tests.jobscripts.scripts import script
from tests.planning.plans import lbl2
from tests.planning.watched import planned

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
FILES = "/campaigns/pdhd-reco-2026b/files/"
SCREENS = [{"width": 1280}, {"width": 390}]


@pytest.fixture
def cast(shifter, production, data_manager, coordinator) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(transactional_db: None, cast: Cast) -> Campaign:
    """A first try, then a good version; an input file, one withdrawn, one that is only in git. An older campaign, too."""
    old = Files(begin(cast, "lbl2-reco-2025"), cast.shifter)
    origin = old.reco("lbl2", "lbl2_reco.fcl", "the LBL2 sample")
    campaign = begin(cast)
    files = Files(campaign, cast.shifter)
    files.first_try("pdhd", "standard_reco_protodunehd_keepup.fcl", "Beam runs")
    files.reco("pdhd", "standard_reco_protodunehd_keepup.fcl", "beam runs", note="As the linter said.", origin=origin)
    files.fcl("pdhd_reco_of_beam_runs_with_pandora.fcl")
    typo = keep_version(campaign, "typo.jobscrpt", actor=cast.shifter, version=0, text="lar\n")
    withdraw_file(campaign, typo, actor=cast.shifter, reason="A misspelt name.")
    keep_version(
        campaign, "ana.jobscript", actor=cast.shifter, version=0, git_reference=REFERENCE, git_commit=COMMIT, note="Histograms."
    )
    return campaign


def pages(campaign: Campaign) -> dict[str, str]:
    first, second = JobscriptVersion.objects.filter(campaign=campaign, name="reco.jobscript")
    in_git = newest_of(campaign, "ana.jobscript")
    assert in_git is not None
    assert second.based_on is not None
    return {
        "list": FILES,
        "empty": "/campaigns/never-kept/files/",
        "first": f"{FILES}{first.pk}/",
        "second": f"{FILES}{second.pk}/",
        "git": f"{FILES}{in_git.pk}/",
        "compare": f"{FILES}compare/?old={second.based_on.pk}&new={second.pk}",
        "find": f"{FILES}find/?q=lar+extractor",
        "new": f"{FILES}new/",
        "from": f"{FILES}new/?from={first.pk}",
        "datasets": f"{campaign.get_absolute_url()}datasets/",
        "no datasets": "/campaigns/never-kept/datasets/",
    }


@pytest.mark.parametrize(
    "name",
    ["list", "empty", "first", "second", "git", "compare", "find", "new", "from", "datasets", "no datasets"],
)
def test_every_screen_shows_it_whole_and_axe_finds_nothing_serious(visit, campaign, cast, name):
    begin(cast, "never-kept")
    make_dataset("x__full-reconstructed__v10_12_01d00__standard_reco" * 4, campaign_tag=campaign.name, is_frozen=True)
    make_dataset("gone__v1", campaign_tag=campaign.name, n_files_listed=None, created_at=None, gone_at=NOW)
    path = pages(campaign)[name]
    for number, screen in enumerate(SCREENS):
        seen = visit(path, as_user=cast.shifter, **screen)
        assert seen.overflow() <= 0, f"{path} is too wide at {screen}"
        assert seen.axe() == []
        if folder := os.environ.get("PORTAL_SHOTS"):
            seen.shoot(Path(folder) / f"{name}-{number}.png")
        seen.in_the_dark()
        assert seen.axe(colours_only=True) == []
        seen.close()


def test_a_shifter_keeps_a_first_try_sees_what_is_wrong_with_it_and_puts_it_right(visit, cast, tmp_path):
    campaign = begin(cast)
    seen = visit(FILES, as_user=cast.shifter)
    page = seen.page
    page.get_by_role("link", name="Keep a jobscript").click()
    upload = tmp_path / "my first try.jobscript"
    upload.write_text("#!/bin/bash\nlar -c reco.fcl -o reco.root $1\n")
    page.get_by_label("File", exact=True).set_input_files(upload)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("my_first_try.jobscript")
    expect(page.get_by_label("Text", exact=True)).to_have_value(upload.read_text())
    expect(page.get_by_text("justin-get-file is never called.")).to_be_visible()
    assert not JobscriptVersion.objects.exists(), "looking keeps nothing"
    page.get_by_label("Name", exact=True).fill("reco.jobscript")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("reco.jobscript version 1 is kept. The linter says")).to_be_visible()
    finding = page.locator("tr.said", has_text="Every job would write reco.root.")
    expect(finding).to_contain_text("Names of files are unique in a scope for ever.")
    expect(finding).to_contain_text("Right would be:")
    page.get_by_role("link", name="New version").click()
    page.get_by_label("Text", exact=True).fill(script("reco"))
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("Nothing to say.")).to_be_visible()
    expect(page.locator("table.diff tr.removed", has_text="reco.root $1")).to_be_visible()
    page.get_by_label("What is new").fill("As the linter said.")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("reco.jobscript version 2 is kept.")).to_be_visible()
    page.get_by_role("link", name="Files").click()
    row = page.get_by_role("row", name="reco.jobscript")
    expect(row).to_contain_text("run now")
    expect(row).to_contain_text(current_hash(campaign)[:8])
    expect(row).to_contain_text("nothing to say")
    with page.expect_download() as waiting:
        row.get_by_role("link", name="Download").click()
    assert waiting.value.suggested_filename == "reco.jobscript"
    assert Path(waiting.value.path()).read_text() == script("reco")


def test_a_new_one_starts_from_an_earlier_campaigns_found_by_what_is_in_it(visit, cast):
    Files(begin(cast, "lbl2-reco-2025"), cast.shifter).reco("lbl2", "lbl2_reco.fcl", "the LBL2 sample")
    campaign = begin(cast)
    page = visit(FILES, as_user=cast.shifter, script=False).page
    page.get_by_role("link", name="Start from an earlier campaign’s").click()
    page.get_by_label("Search files").fill("lbl2 extractor_prod")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".match", has_text="extractor_prod.py")).to_be_visible()
    page.get_by_role("link", name="Start from it").click()
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value().replace("lbl2_reco.fcl", "pdhd_reco.fcl"))
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("link", name="what differs").first.click()
    expect(page.locator("tr.added")).to_contain_text("pdhd_reco.fcl")
    expect(page.locator("tr.removed")).to_contain_text("lbl2_reco.fcl")
    kept = newest_of(campaign, "reco.jobscript")
    assert kept is not None
    assert kept.based_on is not None
    assert kept.based_on.campaign.name == "lbl2-reco-2025"


def test_of_two_who_write_the_next_version_the_second_loses_nothing_and_is_told(visit, campaign, cast):
    newest = newest_of(campaign, "reco.jobscript")
    assert newest is not None
    seen = visit(f"{FILES}new/?from={newest.pk}", as_user=cast.shifter)
    page = seen.page
    page.get_by_label("Text", exact=True).fill("#!/bin/bash\n# mine\n")
    keep_version(campaign, "reco.jobscript", actor=cast.coordinator, version=2, text="#!/bin/bash\n# theirs\n")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("coordinator1 kept version 3")).to_be_visible()
    seen.problems.clear()  # the browser complains of the 409
    expect(page.get_by_label("Text", exact=True)).to_have_value("#!/bin/bash\n# mine\n")
    page.get_by_role("button", name="Keep mine after it, as version 4").click()
    expect(page.get_by_text("reco.jobscript version 4 is kept.")).to_be_visible()


def test_whose_signature_lapses_stands_beside_the_button_and_on_the_step_afterwards(visit, cast):
    campaign = begin(cast)
    walk_to(campaign, "test", cast)
    kept = keep_version(campaign, "reco.jobscript", actor=cast.shifter, version=0, text=script("reco"))
    seen = stands(campaign, "test").print.fingerprint
    sign_step(campaign, "test", team=Team.PRODUCTION, actor=cast.production, revision=seen)
    page = visit(f"{FILES}new/?from={kept.pk}", as_user=cast.shifter).page
    expect(page.get_by_text("production1 for production, step 2")).to_be_visible()
    page.get_by_label("Text", exact=True).fill(script("many"))
    page.get_by_role("button", name="Keep it, and let sign-offs lapse").click()
    page.goto("/campaigns/pdhd-reco-2026b/steps/test/")
    sign_off = page.locator("#sign-production")
    expect(sign_off).to_contain_text("the jobscript changed since it was signed")
    expect(sign_off).to_contain_text(f"reco.jobscript version 1, {kept.short_hash}")
    expect(sign_off).to_contain_text(f"reco.jobscript version 2, {current_hash(campaign)[:8]}")


def test_commands_of_the_plan_name_the_kept_jobscript_with_version_hash_and_download(visit, cast):
    plan: dict[str, Any] = lbl2()
    del plan["common"]["jobscript_git"]
    campaign = planned(cast, plan)
    kept = keep_version(campaign, "reco.jobscript", actor=cast.shifter, version=0, text=script("reco"))
    seen = visit("/campaigns/lbl2-reco-2026/plan/", as_user=cast.shifter, width=1280)
    page = seen.page
    panel = page.locator("section", has=page.locator("#next"))
    expect(panel.locator("pre")).to_contain_text("--jobscript reco.jobscript")
    expect(panel).to_contain_text(f"reco.jobscript version 1, {kept.short_hash}")
    expect(panel.get_by_role("link", name="Download")).to_have_attribute(
        "href", f"/campaigns/lbl2-reco-2026/files/{kept.pk}/download/"
    )
    if folder := os.environ.get("PORTAL_SHOTS"):
        seen.shoot(Path(folder) / "plan.png")
    save_plan(campaign, lbl2(), actor=cast.shifter, version=1)
    page.reload()
    expect(panel.locator("pre")).to_contain_text("--jobscript-git DUNE/prod/hd/reco.jobscript:v1")
    expect(panel).to_contain_text("The plan names a jobscript that is none of the campaign’s files")
