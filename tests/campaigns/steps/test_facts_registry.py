"""Every rule that the steps name is there, and none claims what the portal cannot know."""

from __future__ import annotations

import json

import pytest

from campaigns.models import Alert
from campaigns.steps.facts import RULES, read_material, see
from campaigns.steps.facts.later import WAITING
from campaigns.steps.loading import read_situation
from campaigns.steps.process import Criterion, Kind, Who, file_content, read_process
from campaigns.steps.states import HOLDS, CriterionState
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, begin, walk_to
from tests.factories import NOW, Jobs, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
PROCESS = read_process(file_content())
NAMED = {one.rule for step in PROCESS.steps for one in step.criteria if one.rule}
AUTO = {one.key for step in PROCESS.steps for one in step.criteria if one.kind is Kind.AUTO}


def criteria():
    return [one for step in PROCESS.steps for one in step.criteria]


def material_of(campaign):
    situation = read_situation(campaign)
    return read_material(situation, NOW)


@pytest.fixture
def cast(shifter, production, data_manager, coordinator):
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def busy(cast, requester):
    """A campaign in full production, with a request and a workflow that ran clean attached to each step."""
    campaign = begin(cast)
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "production", cast)
    for number, step in enumerate(("test", "validation", "production")):
        workflow = make_workflow(3300 + number, state="finished", scope_name="usertests" if step == "test" else "hd-protodune")
        make_tally(workflow, [Jobs("CERN", "finished", 10)])
        campaign.step_workflows.create(workflow=workflow, step=step)
    assert not Alert.objects.exists()
    return campaign


def test_every_rule_that_the_steps_name_is_registered_and_no_other():
    assert set(RULES) == NAMED


def test_whatever_needs_other_systems_says_what_it_waits_for_and_never_that_it_holds(busy):
    found = see(criteria(), material_of(busy))
    for one in criteria():
        if one.rule in WAITING:
            assert found[one.key].state is CriterionState.NOT_AVAILABLE
            assert found[one.key].saw.startswith("Needs ")


def test_rules_wait_for_other_systems_exactly_where_the_portal_has_none_yet():
    assert set(WAITING) == {
        "metadata_uploaded", "test_dataset", "validation_datasets",
        "events_produced", "datasets_complete",
    }  # fmt: skip


def test_every_finding_is_a_sentence_with_data_that_can_be_kept(busy):
    for finding in see(criteria(), material_of(busy)).values():
        assert finding.saw.endswith((".", "?"))
        assert json.loads(json.dumps(dict(finding.data))) == dict(finding.data)


def test_nothing_holds_of_a_campaign_that_has_only_a_name(cast):
    campaign = begin(cast)
    campaign.appointments.all().delete()
    found = see(criteria(), material_of(campaign))
    assert [key for key, finding in found.items() if finding.state in HOLDS] == []
    assert set(found) >= AUTO


def test_rules_ask_nothing_beyond_what_was_read(busy, django_assert_num_queries):
    situation = read_situation(busy)
    with django_assert_num_queries(15):  # no justIN campaign serves for anything here, so none can be contradicted
        material = read_material(situation, NOW)
    with django_assert_num_queries(0):
        see(criteria(), material)


def test_a_rule_that_a_later_portal_no_longer_has_is_not_available(busy):
    gone = Criterion("moon-phase", "The moon is full", Kind.AUTO, Who.SHIFTERS, rule="moon_phase")
    found = see([gone], material_of(busy))["moon-phase"]
    assert found.state is CriterionState.NOT_AVAILABLE
    assert "moon_phase" in found.saw
