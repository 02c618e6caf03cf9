"""A campaign from its accepted request to *finished*, as six people take it there in their browsers. What was clicked once in
a step is done by the same actions in later ones, which saves time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.campaign_services import set_justin_purpose
from campaigns.models import Campaign, CampaignStatus, StepEvent
from campaigns.services import watch_justin_campaign
from monitoring.models import JustinCampaign
from portal.models import User
from portal.roles import Role
from tests.browsing import Visit
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, fill, sign_both
from tests.e2e.people import Person
from tests.factories import Jobs, make_service, make_tally, make_workflow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

HERE = "/campaigns/pdvd-reco-2026c/"
FULL = "The disk of dunegpvm03 is full; take another machine."
TEAMS = {"production": "production", "data management": "data-management"}


@pytest.fixture
def campaign(transactional_db: None, requester: User, coordinator: User) -> Campaign:
    """Of an accepted request, its name provisional; justIN's campaigns for tests and for production are read."""
    request = accepted(requester, coordinator, campaign_name="pdvd-reco-2026c")
    campaign = request.campaigns.get()
    Campaign.objects.filter(pk=campaign.pk).update(name_is_provisional=True)
    now = timezone.now()
    make_service(read_at=now, round_began_at=now, round_ended_at=now)
    for justin_id, purpose in ((437, "test"), (402, "production")):
        watched, _new = watch_justin_campaign(campaign, justin_id, actor=coordinator)
        set_justin_purpose(campaign, watched, purpose, actor=coordinator)
    JustinCampaign.objects.update(read_at=now, n_listed=2)
    fresh = {
        "state": "finished", "listed_at": now, "read_at": now, "full_read_at": now, "state_since": now - timedelta(hours=2),
        "started_at": now - timedelta(hours=9),
    }  # fmt: skip
    for justin_id, of, scope, n in (
        (3302, 437, "usertests", 10),
        (3310, 402, "vd-protodune", 10),
        (3311, 402, "vd-protodune", 100),
        (3312, 402, "vd-protodune", 900),
    ):
        workflow = make_workflow(justin_id, campaign=of, files=(n, n), scope_name=scope, description="PDVD reco", **fresh)
        make_tally(workflow, [Jobs("CERN", "finished", n)])
    return campaign


@pytest.mark.timeout(400)  # a minute on a machine of its own; beside all other tests on two processors more
def test_six_people_take_a_campaign_from_its_request_to_finished(
    visit: Callable[..., Visit],
    campaign: Campaign,
    requester: User,
    shifter: User,
    production: User,
    data_manager: User,
    coordinator: User,
    administrator: User,
    make_user: Callable[..., User],
    tmp_path: Path,
) -> None:
    make_user("production2", Role.PRODUCTION)
    cast = Cast(shifter, production, data_manager, coordinator)
    asks, leads, administers = (Person(visit, user, HERE) for user in (requester, coordinator, administrator))
    signs = {
        "production": Person(visit, production, HERE),
        "data management": Person(visit, data_manager, HERE),
    }

    # --- 1 set up: named, appointed, shown, refused once, signed ---
    administers.page.goto(f"{HERE}settings/")
    name = administers.page.locator('section[aria-labelledby="name"]')
    name.get_by_label("The name is").select_option("agreed")
    administers.press(name.get_by_role("button", name="Set the name"))
    leads.page.goto(f"{HERE}settings/")
    shifters = leads.page.locator('section[aria-labelledby="shifters"]')
    shifters.get_by_label("Shifter").select_option(label="shifter1")
    leads.press(shifters.get_by_role("button", name="Appoint"))
    leads.says("shifter1 is appointed and told.")

    works = Person(visit, shifter, HERE)
    works.page.goto(f"{HERE}settings/")
    work = works.page.locator('section[aria-labelledby="work"]')
    work.get_by_label("Working directory").fill("dunegpvm03:/exp/dune/app/users/dunepro/pdvd-reco-2026c")
    works.press(work.get_by_role("button", name="Set how it is run"))
    works.open("setup")
    for key in ("request-complete", "request-presented", "shifter-appointed", "name-agreed", "working-directory"):
        works.state(key, "met")
    works.state("plan-drafted", "not met")
    expect(works.page.get_by_role("button", name="Complete step 1")).to_have_count(0)
    works.give("metadata-discussion", "Opened with data management.", url="https://docs.example/34567")
    works.give("jobscript", file=("pdvd_reco.txt", "#!/bin/bash\nlar -c reco.fcl\n"))
    expect(works.criterion("jobscript")).to_contain_text("pdvd_reco.txt")
    leads.open("setup")
    leads.decide("plan-agreed", "One workflow for the validation sample, one for the rest.")
    leads.waive("plan-drafted", "It is in the minutes of the meeting.")
    expect(leads.criterion("plan-drafted")).to_contain_text("coordinator1 waived this")

    signs["production"].sign_from_home("production", "sign step 1")
    signs["data management"].open("setup")
    signs["data management"].refuse("data-management", FULL)
    works.open("setup")
    expect(works.missing()).to_contain_text(FULL)
    works.shoot(tmp_path / "1-setup-refused.png")
    works.give("working-directory", "dunegpvm04:/exp/dune/app/users/dunepro/pdvd-reco-2026c")
    expect(works.page.locator("#sign-data-management")).to_contain_text("waits for another look")
    expect(works.page.locator("#sign-production")).to_contain_text("lapsed")
    for team, person in signs.items():
        person.sign_from_home(team, "sign step 1")
    works.open("setup")
    works.complete(1)
    works.says("complete")

    # --- 2 test: shown, attached, signed ---
    works.open("test")
    works.attach(3302)
    for key in ("test-scope", "test-size", "test-exit-codes"):
        works.state(key, "met")
    leads.open("test")
    leads.decide("metadata-correct")
    leads.waive_what_is_not_available("Looked at by hand; the catalogue is not read yet.")
    fill(campaign, "test", cast)
    sign_both(campaign, "test", cast)
    works.open("test")
    works.shoot(tmp_path / "2-test.png")
    works.complete(2)

    # --- 3 validation sample: the requester has a word in it ---
    works.open("validation")
    works.give("events-set", "30 events per job.")
    works.attach(3310, "small run in the same configuration first")
    works.attach(3311)
    for key in ("validation-small-run", "validation-scope", "production-informed"):
        works.state(key, "met")
    works.give("validation-reported", "100 jobs, all with exit code 0.")
    ask = works.form(works.page.locator("#feedback"), "/feedback/ask/")
    ask.get_by_label("What to look at").fill("Look at the energy scale above all.")
    works.press(ask.get_by_role("button", name="Ask the requester"))
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.PAUSED
    works.shoot(tmp_path / "3-validation-asked.png")
    asks.page.goto("/")
    asks.press(asks.page.get_by_role("link", name=re.compile("look at the validation sample", re.IGNORECASE)))
    asks.page.get_by_label("Is the validation sample good?").select_option("remarks")
    asks.page.get_by_label("Remarks").fill("Good; keep the waveforms next time.")
    asks.press(asks.page.get_by_role("button", name="Answer"))
    leads.open("validation")
    leads.state("requester-feedback", "met with a note")
    leads.decide("full-production-approved")
    leads.waive_what_is_not_available("The datasets are made by hand.")
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.ACTIVE
    finish(works, signs, 3, "validation")

    # --- 4 full-scale production, reopened once ---
    works.open("production")
    works.attach(3312)
    works.state("production-small-run", "met")
    fill(campaign, "production", cast)
    sign_both(campaign, "production", cast)
    works.open("production")
    works.complete(4)
    leads.open("production")
    leads.reopen(4, "One run was forgotten.")
    expect(leads.page.locator("#sign-production")).to_contain_text("void")
    works.open("close-out")
    expect(works.missing()).to_contain_text("comes first")
    expect(works.page.get_by_role("button", name="Give evidence")).to_have_count(0)
    works.open("production")
    works.shoot(tmp_path / "4-production-reopened.png")
    works.give("progress-reported", "The forgotten run is in workflow 3312 after all.")
    finish(works, signs, 4, "production")

    # --- 5 close out ---
    works.open("close-out")
    works.give("docdb-number", "DocDB 34567")
    leads.open("close-out")
    leads.decide("finished-decided")
    leads.waive_what_is_not_available("Counted by hand, see the report.")
    fill(campaign, "close-out", cast)
    works.open("close-out")
    works.shoot(tmp_path / "5-close-out.png")
    finish(works, signs, 5, "close-out")
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.FINISHED

    # --- everybody reads what happened ---
    page = visit(HERE).page
    expect(page.get_by_text("finished", exact=True).first).to_be_visible()
    for kind, told in (("sign-offs", (FULL,)), ("steps", ("One run was forgotten.", "Counted by hand, see the report."))):
        page.goto(f"{HERE}history/?kind={kind}")
        for words in told:
            expect(page.locator('section[aria-labelledby="history"] li', has_text=words).first).to_be_visible()
    red = page.locator('section[aria-labelledby="history"] .status[data-state="bad"]')
    expect(red.first).to_be_visible()
    who = set(StepEvent.objects.filter(actor__isnull=False).values_list("actor__username", flat=True))
    assert who == {"requester1", "shifter1", "production1", "datamanager1", "coordinator1"}


def finish(works: Person, signs: dict[str, Person], number: int, step: str) -> None:
    """Both teams sign from their home pages, and the shifter completes the step."""
    for team, person in signs.items():
        person.sign_from_home(team, f"sign step {number}")
        expect(person.page.locator(f"#sign-{TEAMS[team]}")).to_contain_text("It holds")
    works.open(step)
    expect(works.missing()).to_contain_text("Nothing is missing")
    works.complete(number)
