"""Acts on steps are told in the log, in the transaction that wrote them, and each once."""

from __future__ import annotations

import pytest
from django.db import transaction

from campaigns.campaign_services import change_settings
from campaigns.log.of_steps import note_act
from campaigns.models import Alert, Campaign, CampaignJustinCampaign, LogEntry, StepEvent, StepVerb, Team
from campaigns.steps.alerts import close_alert
from campaigns.steps.loading import held
from campaigns.steps.refreshing import refresh
from campaigns.steps.services import complete_step, decide, reopen_step
from campaigns.steps.signing import sign_step
from portal.errors import NotAllowed
from tests.campaigns.steps.conftest import cast, small
from tests.campaigns.steps.walking import Cast, begin, fill, ready, sign_both, stands
from tests.factories import make_workflow

__all__ = ["cast", "small"]
pytestmark = pytest.mark.django_db


def told(campaign: Campaign, *topics: str) -> list[LogEntry]:
    return list(LogEntry.objects.filter(campaign=campaign, topic__in=topics).order_by("number"))


def test_completing_and_reopening_a_step_are_told_with_who_did_it(small: Campaign, cast: Cast):
    ready(small, "first", cast)
    complete_step(small, "first", actor=cast.shifter)
    reopen_step(small, "first", actor=cast.coordinator, reason="The jobscript\nwas another.")
    completed, reopened = told(small, "step-completed", "step-reopened")
    assert completed.body == "@shifter1 completed step 1, First."
    assert reopened.body == "@coordinator1 reopened step 1, First.\n\n> The jobscript\n> was another."
    assert (completed.step, completed.state, reopened.state) == ("first", "ok", "warning")
    assert completed.author is None


def test_sign_offs_given_refused_and_lapsed_are_told(small: Campaign, cast: Cast):
    fill(small, "first", cast)
    sign_both(small, "first", cast)
    complete_step(small, "first", actor=cast.shifter)
    fill(small, "second", cast)
    sign_step(small, "second", team=Team.PRODUCTION, actor=cast.production, revision=stands(small, "second").print.fingerprint)
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.jobscript:v2"}, actor=cast.shifter)
    sign_step(
        small, "second", team=Team.DATA_MANAGEMENT, actor=cast.data_manager, verdict="refuse", comment="No metadata.",
        revision=stands(small, "second").print.fingerprint,
    )  # fmt: skip
    entries = told(small, "signed", "lapsed", "refused")
    assert [one.body for one in entries] == [
        "@production1 signed step 1, First for production.",
        "@datamanager1 signed step 1, First for data management.",
        "@production1 signed step 2, Second for production.",
        "The sign-off of step 2, Second for production lapsed: the jobscript changed since it was signed.",
        "@datamanager1 refused to sign step 2, Second for data management.\n\n> No metadata.",
    ]
    assert [one.state for one in entries] == ["ok", "ok", "ok", "lapsed", "refused"]
    assert entries[-1].references.get().value == "second-data-management"


def test_a_decision_is_told_with_its_meeting_whichever_way_it_went(small: Campaign, cast: Cast):
    decide(small, "agreed", actor=cast.coordinator, is_agreed=False, note="Ask the group again.")
    decide(small, "agreed", actor=cast.coordinator, is_agreed=True)
    no, yes = told(small, "decided")
    on = StepEvent.objects.filter(verb=StepVerb.DECIDED).latest("number").data["meeting_on"]
    assert yes.body == f"Agreed at the meeting of {on}: “A meeting agrees”. Recorded by @coordinator1."
    assert no.body.startswith("Not agreed at the meeting of ")
    assert no.body.endswith("\n\n> Ask the group again.")
    assert (no.state, yes.state) == ("refused", "ok")


def test_a_broken_guard_is_told_and_so_is_the_end_of_its_alert(cast: Cast):
    campaign = begin(cast)
    workflow = make_workflow(3206, scope_name="hd-protodune")
    assert workflow.justin_campaign is not None
    CampaignJustinCampaign.objects.create(campaign=campaign, justin_campaign=workflow.justin_campaign, purpose="test")
    for _twice in range(2):
        with held(campaign):
            refresh(campaign)
    close_alert(Alert.objects.get(), actor=cast.coordinator, reason="A trial of the scope.")
    broken, mended = told(campaign, "guard-broken", "guard-mended")
    assert broken.body.startswith("Guard broken: Workflow 3206 of justIN campaign 402")
    assert broken.references.get(kind="workflow").value == "3206"
    assert mended.body.startswith("Alert closed by @coordinator1: Workflow 3206")
    assert mended.body.endswith("> A trial of the scope.")
    assert (broken.state, mended.state) == ("bad", "ok")


def test_an_act_that_is_told_again_makes_no_second_entry(small: Campaign, cast: Cast):
    decide(small, "agreed", actor=cast.coordinator, is_agreed=True)
    for event in StepEvent.objects.filter(campaign=small):
        assert note_act(event) is None
    assert len(told(small, "decided")) == 1


def test_an_act_that_fails_leaves_no_entry(small: Campaign, cast: Cast):
    with pytest.raises(NotAllowed):
        decide(small, "agreed", actor=cast.shifter, is_agreed=True)
    with transaction.atomic():
        decide(small, "agreed", actor=cast.coordinator, is_agreed=True)
        assert len(told(small, "decided")) == 1
        transaction.set_rollback(True)
    assert told(small, "decided") == []
