"""The pages of a campaign's steps in a real browser: nothing sticks out, nothing is hard to reach, all works without script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns import campaign_services
from campaigns.models import Campaign, Team
from campaigns.services import watch_justin_campaign
from campaigns.steps.attaching import attach_workflow
from campaigns.steps.evidence import add_evidence
from campaigns.steps.feedback import ask_feedback, give_feedback
from campaigns.steps.services import complete_step, decide, reopen_step, take_back, waive
from campaigns.steps.signing import ask_for_sign_offs, sign_step
from portal.models import User
from tests.browsing import Visit
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, begin_small, fill, ready, sign_both, stands, walk_to
from tests.factories import Jobs, make_service, make_tally, make_workflow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"width": 1440},
    "phone": {"width": 390, "height": 844},
}
LONG = "a_very_long_name_without_any_blank_" * 5
Look = Callable[..., None]


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast: Cast, requester: User) -> Campaign:
    """A campaign that serves a request, with a shifter and two workflows that its justIN campaign listed."""
    now = timezone.now()
    make_service(read_at=now, round_began_at=now, round_ended_at=now)
    campaign = accepted(requester, cast.coordinator, campaign_name="pdvd-reco-2026b").campaigns.get()
    campaign_services.appoint(campaign, cast.shifter, actor=cast.coordinator)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    fresh = {"listed_at": now, "read_at": now, "full_read_at": now}
    test = make_workflow(3302, state="finished", scope_name="usertests", files=(10, 10), **fresh)
    make_tally(test, [Jobs("CERN", "finished", 10)])
    full = make_workflow(3206, scope_name="vd-protodune", **fresh)
    make_tally(full, [Jobs("CERN", "finished", 170), Jobs("UK_Brunel", "script-error", 30, code=65)])
    return campaign


def at(campaign: Campaign, step: str) -> str:
    return f"/campaigns/{campaign.slug}/steps/{step}/"


@pytest.fixture
def look(visit: Callable[..., Visit], tmp_path: Path) -> Look:
    """`look(path, "name", user, unfold=True)`: on every screen nothing sticks out and axe finds nothing; a picture is kept."""

    def look(path: str, name: str, user: User | None = None, *, unfold: bool = False) -> None:
        for screen, how in SCREENS.items():
            seen = visit(path, as_user=user, **how)
            if unfold:
                seen.page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
            seen.shoot(tmp_path / f"{name}-{screen}.png")
            assert seen.overflow() <= 0, f"{name} on the {screen}"
            assert seen.axe() == [], f"{name} on the {screen}"
            seen.in_the_dark()
            seen.shoot(tmp_path / f"{name}-{screen}-dark.png")
            assert seen.axe(colours_only=True) == [], f"{name} on the {screen} in the dark"
            seen.close()  # pages that are open go on asking for news

    return look


def test_the_first_step_is_readable_whatever_was_given(look: Look, campaign: Campaign, cast: Cast) -> None:
    add_evidence(campaign, "working-directory", actor=cast.shifter, text="dunegpvm03:/exp/dune/app/users/dunepro/x")
    take_back(campaign, "working-directory", actor=cast.shifter, reason="another machine")
    add_evidence(campaign, "working-directory", actor=cast.shifter, text=f"dunegpvm05:/exp/dune/{LONG}")
    for number in range(6):
        add_evidence(campaign, "jobscript", actor=cast.shifter, text=f"Try {number + 1}\n" + "what was changed " * 40)
    script = SimpleUploadedFile(f"reco_{LONG[:100]}.fcl", b"physics: {}")
    add_evidence(campaign, "jobscript", actor=cast.shifter, file=script)
    add_evidence(campaign, "metadata-discussion", actor=cast.shifter, url=f"https://docs.example/{LONG}", text="The thread")
    decide(campaign, "plan-agreed", actor=cast.coordinator, is_agreed=False, note="Give the slices of the validation sample.")
    waive(campaign, "plan-drafted", actor=cast.coordinator, reason="It is in the minutes of the meeting.")
    sign_step(
        campaign, "setup", team=Team.PRODUCTION, actor=cast.production, verdict="refuse",
        comment="The working directory is a person’s own.", revision=stands(campaign, "setup").print.fingerprint,
    )  # fmt: skip
    look(at(campaign, "setup"), "setup-anonymous")
    look(at(campaign, "setup"), "setup", cast.coordinator)
    look(at(campaign, "setup"), "setup-unfolded", cast.coordinator, unfold=True)
    look(f"/campaigns/{campaign.slug}/", "overview", cast.shifter)


def test_a_test_with_a_lapsed_sign_off_and_an_alert_is_readable(look: Look, campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "test", cast)
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    fill(campaign, "test", cast)
    sign_both(campaign, "test", cast)
    add_evidence(campaign, "interactive-clean", actor=cast.shifter, workflow=3302, text="14 min, 2 events")
    work = {"jobscript_reference": "DUNE/dune-prod-utils/pdvd/reco.jobscript:v1.3"}
    campaign_services.change_settings(campaign, work, actor=cast.shifter)
    look(at(campaign, "test"), "test-lapsed", cast.production)
    attach_workflow(campaign, "test", 3206, actor=cast.shifter)
    look(at(campaign, "test"), "test-alert", cast.coordinator, unfold=True)
    look("/alerts/", "alerts", cast.coordinator, unfold=True)


def test_the_requesters_word_is_readable_from_the_question_to_the_answer(
    look: Look, campaign: Campaign, cast: Cast, requester: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk_to(campaign, "validation", cast)
    look(at(campaign, "validation"), "validation-not-asked", cast.shifter)
    ask_feedback(campaign, actor=cast.shifter, note="The datasets are advertised: run 39252.")
    look(at(campaign, "validation"), "validation-asked", requester)
    late = timezone.localdate() + timedelta(days=9)
    with monkeypatch.context() as later:
        later.setattr(timezone, "localdate", lambda *_when: late)
        look(at(campaign, "validation"), "validation-overdue", cast.coordinator, unfold=True)
    give_feedback(campaign, actor=requester, verdict="remarks", text="Good, but keep the hit ntuples.")
    look(at(campaign, "validation"), "validation-answered", cast.shifter)


def test_steps_that_are_ready_complete_not_open_or_reopened_are_readable(look: Look, campaign: Campaign, cast: Cast) -> None:
    ready(campaign, "setup", cast)
    look(at(campaign, "production"), "production-not-open", cast.shifter)
    look(at(campaign, "setup"), "setup-ready", cast.shifter)
    complete_step(campaign, "setup", actor=cast.shifter)
    walk_to(campaign, "close-out", cast)
    look(at(campaign, "production"), "production-complete", cast.coordinator)
    look(at(campaign, "close-out"), "close-out", cast.shifter)
    reopen_step(campaign, "production", actor=cast.coordinator, reason="A slice was forgotten.")
    ask_for_sign_offs(campaign, "production", actor=cast.shifter, note="The slice runs till Monday.")
    look(at(campaign, "production"), "production-reopened", cast.production)


def test_a_step_is_taken_to_its_end_without_script(visit: Callable[..., Visit], cast: Cast) -> None:
    campaign, visits = begin_small(cast), list[Visit]()

    def page_of(user: User) -> Page:
        visits.append(visit(at(campaign, "first"), as_user=user, script=False))
        return visits[-1].page

    page = page_of(cast.shifter)
    for criterion in ("Something is shown", "The jobscript"):
        one = page.locator(".criteria > li", has_text=criterion)
        one.locator("summary", has_text="Give evidence").click()
        one.get_by_label("What it shows").fill("dunegpvm03, exit 0")
        one.get_by_role("button", name="Give evidence").click()
        expect(page.locator("#messages")).to_contain_text("Your evidence is there.")
    page = page_of(cast.coordinator)
    one = page.locator("#c-agreed")
    one.locator("summary", has_text="Record decision").click()
    one.get_by_role("button", name="Record decision").click()
    expect(page.locator("#c-agreed")).to_contain_text("Agreed at the meeting of")
    one = page.locator("#c-known")
    one.locator("summary", has_text="Waive").click()
    one.get_by_role("button", name="Waive").click()
    expect(page.locator("#c-known .error")).to_have_text("Give a reason; it stays in the history.")
    expect(page.get_by_label("Reason").and_(page.locator(":focus"))).to_have_count(1)
    assert [problem for problem in visits[-1].problems if "status of 400" not in problem] == []
    visits[-1].problems.clear()  # the browser calls the page with the refused form a resource that failed
    page.locator("#c-known").get_by_label("Reason").fill("Nobody can know.")
    page.locator("#c-known").get_by_role("button", name="Waive").click()
    expect(page.locator("#c-known")).to_contain_text("coordinator1 waived this: “Nobody can know.”")
    page = page_of(cast.production)
    page.get_by_role("button", name="Sign for production").click()
    expect(page.locator("#sign-production")).to_contain_text("It holds: nothing changed since.")
    page = page_of(cast.data_manager)
    page.locator("#sign-data-management").locator("summary", has_text="Refuse").click()
    page.get_by_label("What must change").fill("Which machine?")
    page.get_by_role("button", name="Refuse with this comment").click()
    expect(page.get_by_text("sent back, 1 thing missing")).to_be_visible()
    page.get_by_role("button", name="Sign for data management").click()
    page = page_of(cast.shifter)
    page.get_by_role("button", name="Complete step 1").click()
    expect(page.locator("#messages")).to_contain_text("Step 1 is complete. Next: step 2, Second.")
