"""Which workflows were run for a step: attached, detached, suggested; and rounds of the poll are heard of."""

from __future__ import annotations

import pytest

from campaigns.campaign_services import set_justin_purpose
from campaigns.models import StepEvent, StepVerb, StepWorkflow
from campaigns.services import register_workflow, watch_justin_campaign
from campaigns.steps.attaching import attach_workflow, detach_workflow, suggestions
from campaigns.steps.loading import read_situation
from campaigns.steps.services import complete_step
from campaigns.steps.states import CriterionState, SignState
from monitoring.models import JustinCampaign, Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.roles import Role
from tests.campaigns.steps.walking import Cast, begin, ready, sign_both, stands, walk_to
from tests.factories import NOW, Jobs, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


@pytest.fixture
def cast(shifter, production, data_manager, coordinator):
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast):
    """At the beginning of its test, with workflow 3302 in usertests."""
    campaign = begin(cast)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    walk_to(campaign, "test", cast)
    make_workflow(3302, scope_name="usertests")
    return campaign


def acts(campaign, verb):
    return list(StepEvent.objects.filter(campaign=campaign, verb=verb).order_by("number"))


def test_an_attached_workflow_is_kept_with_who_and_what_it_was_for(campaign, cast):
    attached = attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    assert (attached.step, attached.use, attached.added_by, attached.added_at) == ("test", "main", cast.shifter, NOW)
    [act] = acts(campaign, StepVerb.WORKFLOW_ATTACHED)
    assert (act.actor, act.step, act.data) == (cast.shifter, "test", {"workflow": 3302, "use": "main", "old_use": ""})


def test_criteria_look_at_it_at_once(campaign, cast):
    make_tally(Workflow.objects.get(justin_id=3302), [Jobs("CERN", "finished", 10)])
    Workflow.objects.update(state="finished")
    attach_workflow(campaign, "test", 3302, actor=cast.coordinator)
    step = stands(campaign, "test")
    assert step.criterion("test-scope").saw == "Workflow 3302 has the scope usertests."
    assert step.criterion("test-exit-codes").state is CriterionState.MET
    detach_workflow(campaign, 3302, actor=cast.coordinator)
    assert stands(campaign, "test").criterion("test-exit-codes").state is CriterionState.NOT_MET


def test_attaching_again_changes_nothing(campaign, cast):
    first = attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    n = StepEvent.objects.count()
    assert attach_workflow(campaign, "test", 3302, actor=cast.coordinator) == first
    assert StepEvent.objects.count() == n
    assert StepWorkflow.objects.get().added_by == cast.shifter


def test_another_use_replaces_the_first(campaign, cast):
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    attach_workflow(campaign, "test", 3302, actor=cast.shifter, use="small-run")
    assert StepWorkflow.objects.get().use == "small-run"
    assert acts(campaign, StepVerb.WORKFLOW_ATTACHED)[-1].data == {"workflow": 3302, "use": "small-run", "old_use": "main"}


def test_a_workflow_belongs_to_one_step(campaign, cast):
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    ready(campaign, "test", cast)
    complete_step(campaign, "test", actor=cast.shifter)
    with pytest.raises(Conflict, match="attached to step 2, Test by shifter1; detach it there first"):
        attach_workflow(campaign, "validation", 3302, actor=cast.shifter)
    assert StepWorkflow.objects.get().step == "test"


def test_a_workflow_registered_by_its_id_can_be_attached(campaign, cast):
    register_workflow(campaign, 3999, actor=cast.coordinator)
    attach_workflow(campaign, "test", 3999, actor=cast.shifter)
    assert stands(campaign, "test").criterion("test-scope").saw.startswith("Scope unknown")


@pytest.mark.parametrize("justin_id", [4000, 3303, 0, -1, 2**31, 10**30])
def test_a_workflow_that_is_none_of_the_campaign_is_refused_with_what_to_do(campaign, cast, justin_id):
    make_workflow(3303, campaign=900)
    with pytest.raises(Invalid, match=r"Watch it or its justIN campaign first|Give the id as justIN shows it") as refused:
        attach_workflow(campaign, "test", justin_id, actor=cast.shifter)
    assert refused.value.field == "workflow_id"
    assert not StepWorkflow.objects.exists()


def test_an_unknown_step_or_use_is_refused(campaign, cast):
    with pytest.raises(Invalid, match="There is no step tests; they are setup, test"):
        attach_workflow(campaign, "tests", 3302, actor=cast.shifter)
    with pytest.raises(Invalid, match="main, small-run"):
        attach_workflow(campaign, "test", 3302, actor=cast.shifter, use="big-run")


def test_nobody_else_attaches_or_detaches(campaign, cast, requester, outsider, make_user):
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    make_workflow(3303)
    strangers = (cast.production, cast.data_manager, requester, outsider, make_user("shifter2", Role.SHIFTERS))
    for person in strangers:
        with pytest.raises(NotAllowed, match="Only shifters of pdhd-reco-2026b and coordinators"):
            attach_workflow(campaign, "test", 3303, actor=person)
        with pytest.raises(NotAllowed):
            detach_workflow(campaign, 3302, actor=person)
    assert StepWorkflow.objects.get().workflow.justin_id == 3302


def test_a_step_that_is_not_open_takes_no_workflows_and_gives_none_back(campaign, cast):
    with pytest.raises(Conflict, match="not open yet"):
        attach_workflow(campaign, "validation", 3302, actor=cast.shifter)
    with pytest.raises(Conflict, match="Step 1, Set up was completed by shifter1 on 2026-11-23 at 18:42 UTC"):
        attach_workflow(campaign, "setup", 3302, actor=cast.shifter)
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    ready(campaign, "test", cast)
    complete_step(campaign, "test", actor=cast.shifter)
    with pytest.raises(Conflict, match="was completed by shifter1"):
        detach_workflow(campaign, 3302, actor=cast.shifter)


def test_what_was_signed_lapses_when_workflows_change(campaign, cast):
    sign_both(campaign, "test", cast)
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    assert {one.state for one in stands(campaign, "test").signs.values()} == {SignState.LAPSED}


def test_detaching_keeps_in_the_history_that_it_was_there(campaign, cast):
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    detach_workflow(campaign, 3302, actor=cast.coordinator, reason="  It was another test. ")
    assert not StepWorkflow.objects.exists()
    [act] = acts(campaign, StepVerb.WORKFLOW_DETACHED)
    assert (act.actor, act.step, act.note) == (cast.coordinator, "test", "It was another test.")
    assert act.data == {"workflow": 3302, "use": "main"}
    with pytest.raises(Invalid, match="Workflow 3302 is attached to no step"):
        detach_workflow(campaign, 3302, actor=cast.coordinator)


def test_a_workflow_of_another_campaign_with_the_same_listing_stays_there(campaign, cast):
    other = begin(cast, "pdvd-reco-2026a")
    watch_justin_campaign(other, 402, actor=cast.coordinator)
    attach_workflow(other, "setup", 3302, actor=cast.coordinator)
    attach_workflow(campaign, "test", 3302, actor=cast.coordinator)
    detach_workflow(campaign, 3302, actor=cast.coordinator)
    assert StepWorkflow.objects.get().campaign == other


# --- suggestions ---


def suggested(campaign, step):
    return [one.justin_id for one in suggestions(campaign, step, read_situation(campaign).standing)]


def test_what_fits_the_step_is_suggested_first_and_what_contradicts_it_last(campaign, cast):
    for justin_id, purpose in ((401, "test"), (402, "production"), (403, "")):
        watch_justin_campaign(campaign, justin_id, actor=cast.coordinator)
        if purpose:
            set_justin_purpose(campaign, JustinCampaign.objects.get(justin_id=justin_id), purpose, actor=cast.coordinator)
        for number in (1, 2):
            make_workflow(justin_id * 10 + number, campaign=justin_id)
    register_workflow(campaign, 5000, actor=cast.coordinator)
    assert suggested(campaign, "test") == [4012, 4011, 5000, 4032, 4031, 4022, 4021, 3302]
    assert suggested(campaign, "validation") == [4022, 4021, 3302, 5000, 4032, 4031, 4012, 4011]
    assert suggested(campaign, "setup") == [5000, 4032, 4031, 4022, 4021, 4012, 4011, 3302]


def test_what_is_attached_already_is_not_suggested(campaign, cast):
    assert suggested(campaign, "test") == [3302]
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    assert suggested(campaign, "test") == []
    assert suggested(campaign, "no-such-step") == []


def test_at_most_fifty_are_suggested_in_one_query(campaign, django_assert_num_queries):
    for number in range(60):
        make_tally(make_workflow(6000 + number), [Jobs("CERN", "finished", 1)])
    standing = read_situation(campaign).standing
    with django_assert_num_queries(1):
        found = suggestions(campaign, "test", standing)
        assert [one.tally.n_good for one in found] == [1] * 50
    assert found[0].justin_id == 6059
