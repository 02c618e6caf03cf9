"""What rules see of people and of how a campaign is set up."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from campaigns.campaign_services import appoint, change_settings, end_appointment, rename, set_status
from campaigns.models import Campaign, CampaignEvent, CampaignVerb, StepVerb
from campaigns.services import create_campaign
from campaigns.steps.evidence import add_evidence
from campaigns.steps.facts.configuration import names_a_version
from campaigns.steps.loading import held
from campaigns.steps.recording import record
from campaigns.steps.services import take_back
from campaigns.steps.states import CriterionState
from portal.roles import Role
from tests.campaigns.serving import accepted
from tests.campaigns.steps.looking import look
from tests.campaigns.steps.walking import Cast, stands, walk_to
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
MET, NOTED, NOT_MET = CriterionState.MET, CriterionState.NOTED, CriterionState.NOT_MET
OURS = "dunegpvm03:/exp/dune/app/users/dunepro/pdhd-reco-2026b"
PERSONAL = "dunegpvm03:/exp/dune/app/users/shifter1/pdhd-reco-2026b"


@pytest.fixture
def cast(shifter, production, data_manager, coordinator):
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(coordinator):
    return create_campaign("pdhd-reco-2026b", actor=coordinator)


def seen(campaign, rule):
    found = look(campaign, rule)
    return found.state, found.saw


# --- shifters ---


def test_who_is_on_shift_is_named(campaign, shifter, coordinator, make_user):
    assert seen(campaign, "shifter_appointed") == (NOT_MET, "Nobody is appointed.")
    appoint(campaign, shifter, actor=coordinator)
    assert seen(campaign, "shifter_appointed") == (MET, "On shift: shifter1.")
    appoint(campaign, make_user("shifter2", Role.SHIFTERS), actor=coordinator)
    assert seen(campaign, "shifter_appointed") == (MET, "On shift: shifter1 and shifter2.")


def test_an_appointment_of_later_is_told_with_its_day(campaign, shifter, coordinator):
    appoint(campaign, shifter, actor=coordinator, from_on=NOW.date() + timedelta(days=7))
    assert seen(campaign, "shifter_appointed") == (
        NOT_MET, "Nobody is on shift; shifter1 is appointed from 2026-11-30 on.",
    )  # fmt: skip


def test_an_appointment_that_is_over_does_not_count(campaign, shifter, coordinator, time_machine_at):
    one = appoint(campaign, shifter, actor=coordinator)
    end_appointment(one, actor=coordinator, until_on=NOW.date() + timedelta(days=1))
    time_machine_at(NOW + timedelta(days=1))
    assert look(campaign, "shifter_appointed").state is MET
    time_machine_at(NOW + timedelta(days=2))
    assert seen(campaign, "shifter_appointed") == (
        NOT_MET, "Nobody is on shift; the last appointment, of shifter1, ended with 2026-11-24.",
    )  # fmt: skip


def test_somebody_who_can_no_longer_log_in_is_on_no_shift(campaign, shifter, coordinator):
    appoint(campaign, shifter, actor=coordinator)
    shifter.is_active = False
    shifter.save()
    assert look(campaign, "shifter_appointed").state is NOT_MET


def test_production_was_informed_when_validation_opened(campaign, cast):
    assert seen(campaign, "production_informed") == (NOT_MET, "Nobody was told yet.")
    appoint(campaign, cast.shifter, actor=cast.coordinator)
    walk_to(campaign, "validation", cast)
    assert seen(campaign, "production_informed") == (
        MET, "1 person of the production group told on 2026-11-23 at 18:42 UTC.",
    )  # fmt: skip


@pytest.mark.parametrize("n", [0, None, "many"])
def test_telling_nobody_is_noted(campaign, n):
    with held(campaign):
        record(campaign, StepVerb.TOLD, actor=None, step="test", what="something-else", n_people=4)
        assert look(campaign, "production_informed").state is NOT_MET
        record(campaign, StepVerb.TOLD, actor=None, step="validation", what="validation-opened", n_people=n)
    found = look(campaign, "production_informed")
    assert found.state is NOTED
    assert "nobody to tell" in found.saw


# --- name ---


def test_a_name_nobody_agreed_on_is_not_met(campaign):
    assert seen(campaign, "name_agreed") == (
        NOT_MET, "Nobody recorded that a meeting agreed on the name pdhd-reco-2026b.",
    )  # fmt: skip


def test_accepting_a_request_into_the_campaign_agrees_on_its_name(campaign, requester, coordinator):
    request = accepted(requester, coordinator, campaign)
    assert seen(campaign, "name_agreed") == (
        MET,
        f"Request {request.pk} was accepted into pdhd-reco-2026b at the meeting of 2026-11-23 (recorded by coordinator1).",
    )


def test_a_provisional_name_is_agreed_by_setting_it_so(requester, coordinator):
    campaign = Campaign.objects.get(requests=accepted(requester, coordinator))
    assert seen(campaign, "name_agreed") == (NOT_MET, f"The name {campaign.name} is provisional.")
    rename(campaign, "pdhd-reco-2026c", actor=coordinator, provisional=True)
    assert look(campaign, "name_agreed").state is NOT_MET
    rename(campaign, "pdhd-reco-2026c", actor=coordinator)
    assert seen(campaign, "name_agreed") == (MET, "coordinator1 set the name pdhd-reco-2026c as agreed on 2026-11-23.")


def test_a_name_that_changed_without_anybody_saying_so_is_not_agreed(campaign, requester, coordinator):
    accepted(requester, coordinator, campaign)
    Campaign.objects.update(name="something-else")
    assert look(campaign, "name_agreed").state is NOT_MET


# --- working directory ---


def test_the_directory_of_the_settings_is_told_with_who_set_it(campaign, coordinator):
    assert seen(campaign, "working_directory") == (NOT_MET, "No working directory is in the campaign’s settings.")
    change_settings(campaign, {"working_directory": OURS}, actor=coordinator)
    assert seen(campaign, "working_directory") == (MET, f"{OURS}, set by coordinator1 on 2026-11-23.")
    CampaignEvent.objects.filter(verb=CampaignVerb.CHANGED).update(data={"changes": ["odd", None, {"field": 3}]})
    assert seen(campaign, "working_directory") == (MET, f"{OURS}.")
    CampaignEvent.objects.filter(verb=CampaignVerb.CHANGED).update(data={"changes": None})
    assert look(campaign, "working_directory").state is MET


def test_a_personal_directory_is_noted(campaign, coordinator):
    change_settings(campaign, {"working_directory": PERSONAL}, actor=coordinator)
    found = look(campaign, "working_directory")
    assert found.state is NOTED
    assert "It is a personal directory" in found.saw


def test_a_personal_directory_given_as_evidence_is_noted_until_it_is_taken_back(campaign, coordinator):
    add_evidence(campaign, "working-directory", actor=coordinator, text=OURS)
    assert stands(campaign, "setup").criterion("working-directory").state is MET
    add_evidence(campaign, "working-directory", actor=coordinator, text=PERSONAL)
    criterion = stands(campaign, "setup").criterion("working-directory")
    assert criterion.state is NOTED
    assert "personal directory" in criterion.saw
    take_back(campaign, "working-directory", actor=coordinator)
    assert stands(campaign, "setup").criterion("working-directory").state is NOT_MET


# --- jobscript ---


def test_the_jobscript_is_told_with_the_beginning_of_its_hash(campaign, coordinator):
    assert seen(campaign, "jobscript_recorded") == (
        NOT_MET,
        "No jobscript is among the campaign’s files, and none is in its settings.",
    )
    reference = "DUNE/prod-jobscripts/pdhd-reco.jobscript:v1.2"
    change_settings(campaign, {"jobscript_reference": reference}, actor=coordinator)
    short = hashlib.sha256(reference.encode()).hexdigest()[:8]
    assert seen(campaign, "jobscript_recorded") == (MET, f"{reference}, hash {short}, set by coordinator1 on 2026-11-23.")


def test_a_jobscript_without_version_is_noted(campaign, coordinator):
    change_settings(campaign, {"jobscript_reference": "DUNE/prod-jobscripts/pdhd-reco.jobscript"}, actor=coordinator)
    found = look(campaign, "jobscript_recorded")
    assert found.state is NOTED
    assert "no tag or commit" in found.saw


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("DUNE/prod/jobs/x.jobscript:v1.2", True),
        ("DUNE/prod/jobs/x.jobscript@v1.2", True),
        ("DUNE/prod/jobs/x.jobscript:8f3ab21", True),
        ("https://github.com/DUNE/prod/blob/v1_2/x.jobscript", True),
        ("https://github.com/DUNE/prod/commit/8f3ab21", True),
        ("https://github.com/DUNE/prod/blob/main/x.jobscript", False),
        ("DUNE/prod/jobs/x.jobscript:main", False),
        ("DUNE/prod/jobs/x.jobscript:feature/x", False),
        ("DUNE/prod/jobs/x.jobscript", False),
        ("dunegpvm03:/exp/dune/app/users/dunepro/x.jobscript", False),
        ("https://git.example.org:8443/x.jobscript", False),
        ("x.jobscript", False),
        (":", False),
    ],
)
def test_a_version_is_a_tag_or_commit_and_no_branch(reference, says):
    assert names_a_version(reference) is says


# --- paused ---


def test_a_paused_campaign_is_seen_with_who_paused_it(campaign, coordinator):
    assert look(campaign, "campaign_paused").state is NOT_MET
    set_status(campaign, "paused", actor=coordinator)
    assert seen(campaign, "campaign_paused") == (MET, "The campaign is paused since 2026-11-23, by coordinator1.")


def test_a_pause_counts_when_it_came_after_the_test(campaign, cast, time_machine_at):
    appoint(campaign, cast.shifter, actor=cast.coordinator)
    set_status(campaign, "paused", actor=cast.coordinator)
    set_status(campaign, "active", actor=cast.coordinator)
    time_machine_at(NOW + timedelta(days=1))
    walk_to(campaign, "validation", cast)
    assert seen(campaign, "campaign_paused") == (
        NOT_MET, "The campaign is active and was not paused since this step opened.",
    )  # fmt: skip
    time_machine_at(NOW + timedelta(days=2))
    set_status(campaign, "paused", actor=cast.coordinator)
    set_status(campaign, "active", actor=cast.coordinator)
    assert seen(campaign, "campaign_paused") == (MET, "The campaign was paused on 2026-11-25 by coordinator1.")


def test_a_row_that_says_paused_without_an_event_is_believed(campaign):
    Campaign.objects.update(status="paused")
    assert seen(campaign, "campaign_paused") == (MET, "The campaign is paused.")
