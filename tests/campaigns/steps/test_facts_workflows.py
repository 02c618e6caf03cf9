"""What rules see of the workflows attached to a step: scope, size, exit codes, a clean small run, all finished."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.services import create_campaign
from campaigns.steps.states import CriterionState
from monitoring.models import Workflow
from tests.campaigns.steps.looking import look
from tests.factories import NOW, Jobs, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
MET, NOTED, NOT_MET = CriterionState.MET, CriterionState.NOTED, CriterionState.NOT_MET
NO_PLAN = "No plan was published for this step: of the workflows attached here."
EARLIER = NOW - timedelta(hours=2)


@pytest.fixture
def campaign(db):
    return create_campaign("pdhd-reco-2026b", actor=None)


def run(campaign, justin_id, step, jobs=None, *, use="main", tally=None, **fields):
    """A workflow that was run for a step, finished unless said otherwise; with these jobs, if any."""
    defaults = {"state": "finished", "scope_name": "usertests" if step == "test" else "hd-protodune"}
    workflow = make_workflow(justin_id, **defaults | fields)
    if jobs is not None:
        make_tally(workflow, jobs, **tally or {})
    campaign.step_workflows.create(workflow=workflow, step=step, use=use)
    return workflow


def seen(campaign, rule):
    found = look(campaign, rule)
    return found.state, found.saw


def good(n=10):
    return [Jobs("CERN", "finished", n)]


def failed(n, code=65):
    return Jobs("UK_Brunel", "script-error", n, code=code)


# --- nothing attached ---


@pytest.mark.parametrize(
    "rule",
    [
        "test_scope", "test_size", "test_exit_codes", "validation_scope", "validation_small_run", "validation_finished",
        "production_scope", "production_small_run", "production_finished",
    ],
)  # fmt: skip
def test_without_workflows_nothing_is_met(campaign, rule):
    state, saw = seen(campaign, rule)
    assert state is NOT_MET
    assert saw.startswith("No workflow is attached to this step")


# --- scope ---


@pytest.mark.parametrize(
    ("step", "scope", "state", "saw"),
    [
        ("test", "usertests", MET, "Workflow 3302 has the scope usertests."),
        ("test", "hd-protodune", NOT_MET, "Workflow 3302 has the scope hd-protodune."),
        ("test", "", NOT_MET, "Scope unknown: justIN has not listed workflow 3302 yet."),
        ("validation", "hd-protodune", MET, "Workflow 3302 has the scope hd-protodune."),
        ("validation", "usertests", NOT_MET, "Workflow 3302 has the scope usertests."),
        ("production", "usertests", NOT_MET, "Workflow 3302 has the scope usertests."),
        ("production", "", NOT_MET, "Scope unknown: justIN has not listed workflow 3302 yet."),
    ],
)
def test_the_scope_that_a_step_wants(campaign, step, scope, state, saw):
    run(campaign, 3302, step, scope_name=scope)
    assert seen(campaign, f"{step}_scope") == (state, saw)


def test_every_workflow_of_the_step_must_have_the_scope_its_small_run_too(campaign):
    run(campaign, 3302, "validation")
    run(campaign, 3303, "validation", listed_at=EARLIER)
    found = look(campaign, "validation_scope")
    assert (found.state, found.saw) == (MET, "Workflows 3302 and 3303 have the scope hd-protodune.")
    assert found.as_of == EARLIER  # the oldest number tells how old the finding is
    run(campaign, 3301, "validation", use="small-run", scope_name="usertests")
    assert seen(campaign, "validation_scope") == (NOT_MET, "Workflow 3301 has the scope usertests.")


def test_a_workflow_that_was_never_listed_makes_the_age_unknown(campaign):
    run(campaign, 3302, "test", listed_at=None, scope_name="", state="")
    found = look(campaign, "test_scope")
    assert (found.state, found.as_of) == (NOT_MET, None)


def test_workflows_of_another_step_or_campaign_do_not_count(campaign):
    run(campaign, 3302, "validation")
    run(create_campaign("pdvd-reco-2026a", actor=None), 3303, "test")
    assert look(campaign, "test_scope").state is NOT_MET


# --- size of the test ---


@pytest.mark.parametrize(
    ("n", "state", "saw"),
    [
        (1, NOTED, "1 job ended; about ten are asked for."),
        (4, NOTED, "4 jobs ended; about ten are asked for."),
        (5, MET, "5 jobs ended."),
        (20, MET, "20 jobs ended."),
        (21, NOTED, "21 jobs ended; about ten are asked for."),
        (1200, NOTED, "1,200 jobs ended; about ten are asked for."),
    ],
)
def test_about_ten_jobs_and_anything_else_is_noted(campaign, n, state, saw):
    run(campaign, 3302, "test", good(n))
    assert seen(campaign, "test_size") == (state, f"{saw} Events per job: not available yet.")


def test_before_the_end_those_submitted_are_counted(campaign):
    run(campaign, 3302, "test", [*good(2), Jobs("", "queued", 8)], state="running")
    assert seen(campaign, "test_size") == (MET, "10 jobs submitted. Events per job: not available yet.")


def test_a_cut_answer_is_said_to_be_a_lower_bound(campaign):
    run(campaign, 3302, "test", good(8), state="running", tally={"submitted_complete": False})
    assert seen(campaign, "test_size")[1].startswith("At least 8 jobs submitted")


def test_a_test_whose_jobs_were_never_read_has_no_size(campaign):
    run(campaign, 3302, "test")
    assert seen(campaign, "test_size") == (NOT_MET, "The jobs of workflow 3302 were not read yet.")


def test_a_test_without_jobs_has_no_size(campaign):
    run(campaign, 3302, "test", [], state="running")
    assert seen(campaign, "test_size") == (NOT_MET, "No job was submitted yet.")


# --- exit codes of the test ---


def test_all_jobs_with_exit_code_0(campaign):
    run(campaign, 3302, "test", good(10), read_at=EARLIER)
    found = look(campaign, "test_exit_codes")
    assert (found.state, found.saw) == (MET, "10 of 10 jobs ended with exit code 0.")
    assert (found.as_of, found.data) == (EARLIER, {"n_exit_zero": 10, "n_ended": 10})


def test_a_jobscript_that_ended_with_0_counts_although_its_outputs_were_lost(campaign):
    run(campaign, 3302, "test", [*good(9), Jobs("CERN", "output-failed", 1)])
    assert look(campaign, "test_exit_codes").state is MET


def test_failures_are_told_with_the_commonest_code_first(campaign):
    run(campaign, 3302, "test", [*good(4), failed(1, 1), failed(3, 65), failed(2, 65), Jobs("CERN", "stalled", 2)])
    assert seen(campaign, "test_exit_codes") == (
        NOT_MET,
        "Workflow 3302: 4 of 12 jobs ended with exit code 0, 5 with code 65 (data error (EX_DATAERR); art: an exception was "
        "thrown), 2 stalled and 1 with code 1 (general error).",
    )


@pytest.mark.parametrize(
    ("outcome", "how"),
    [
        ("result-lost", "2 with a code that justIN lost"),
        ("aborted", "2 aborted before the jobscript"),
        ("script-error", "2 with another code"),
    ],
)
def test_jobs_whose_code_nobody_knows_are_not_clean(campaign, outcome, how):
    run(campaign, 3302, "test", [*good(8), Jobs("CERN", outcome, 2)])
    assert seen(campaign, "test_exit_codes") == (
        NOT_MET, f"Workflow 3302: 8 of 10 jobs ended with exit code 0, {how}.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("jobs", "fields", "tally", "why"),
    [
        (None, {}, {}, "The jobs of workflow 3302 were not read yet."),
        ([], {"state": "running"}, {}, "No job of workflow 3302 ended yet."),
        (good(), {}, {"jobs_complete": False}, "The numbers of workflow 3302 are lower bounds, as justIN’s answer was cut."),
        ([*good(9), Jobs("CERN", "running", 1)], {}, {}, "1 job of workflow 3302 runs or waits still."),
        ([*good(7), Jobs("", "queued", 3)], {"state": "running"}, {}, "3 jobs of workflow 3302 run or wait still."),
        (good(), {"read_at": NOW - timedelta(days=1)}, {}, "The jobs of workflow 3302 were not read since it finished."),
    ],
)
def test_what_is_not_known_yet_is_not_met(campaign, jobs, fields, tally, why):
    run(campaign, 3302, "test", jobs, tally=tally, **fields)
    assert seen(campaign, "test_exit_codes") == (NOT_MET, why)


def test_jobs_that_never_started_are_not_awaited_once_the_workflow_is_finished(campaign):
    run(campaign, 3302, "test", [*good(7), Jobs("", "queued", 3)])
    assert seen(campaign, "test_exit_codes") == (MET, "7 of 7 jobs ended with exit code 0.")


def test_one_clean_test_does_not_hide_another(campaign):
    run(campaign, 3302, "test", good(10))
    run(campaign, 3303, "test", [failed(10)])
    state, saw = seen(campaign, "test_exit_codes")
    assert state is NOT_MET
    assert saw.startswith("Workflow 3303: 0 of 10 jobs ended with exit code 0, 10 with code 65")


# --- a small run first ---


def test_a_small_run_that_ran_clean(campaign):
    run(campaign, 3310, "validation", good(8), use="small-run")
    saw = "Workflow 3310, scope hd-protodune, is finished; all of its 8 jobs ended with exit code 0."
    assert seen(campaign, "validation_small_run") == (MET, saw)


def test_a_main_workflow_of_the_validation_is_no_small_run_of_it(campaign):
    run(campaign, 3311, "validation", good(8))
    assert seen(campaign, "validation_small_run") == (NOT_MET, "No workflow is attached to this step as small run.")


@pytest.mark.parametrize(
    ("jobs", "fields", "why"),
    [
        (good(), {"state": "running"}, "Workflow 3310 is running."),
        (good(), {"state": "paused"}, "Workflow 3310 is paused."),
        (good(), {"state": ""}, "Workflow 3310 is in an unknown state."),
        (good(), {"state": "melting"}, "Workflow 3310 is melting."),
        ([*good(9), failed(1)], {}, "Workflow 3310: 9 of 10 jobs ended with exit code 0, 1 with code 65"),
        (None, {}, "The jobs of workflow 3310 were not read yet."),
        ([], {}, "No job of workflow 3310 ended yet."),
        (good(), {"scope_name": ""}, "The scope of workflow 3310 is unknown."),
        (good(), {"scope_name": "usertests"}, "Workflow 3310 has the scope usertests, which is not the final configuration."),
    ],
)
def test_why_a_small_run_does_not_count(campaign, jobs, fields, why):
    run(campaign, 3310, "validation", jobs, use="small-run", **fields)
    state, saw = seen(campaign, "validation_small_run")
    assert state is NOT_MET
    assert saw.startswith(why)


def test_a_small_run_in_another_scope_than_the_workflows_it_was_for(campaign):
    run(campaign, 3310, "validation", good(8), use="small-run", scope_name="vd-protodune")
    run(campaign, 3311, "validation", good(8))
    assert seen(campaign, "validation_small_run") == (
        NOT_MET, "Workflow 3310 has the scope vd-protodune, the workflows of this step hd-protodune.",
    )  # fmt: skip


def test_a_second_try_that_ran_clean_counts(campaign):
    run(campaign, 3309, "validation", [failed(8)], use="small-run")
    run(campaign, 3310, "validation", [Jobs("CERN", "finished", 1)], use="small-run")
    saw = "Workflow 3310, scope hd-protodune, is finished; its one job ended with exit code 0."
    assert seen(campaign, "validation_small_run") == (MET, saw)


def test_before_full_production_a_clean_validation_counts_and_its_small_run_does_not(campaign):
    run(campaign, 3310, "validation", good(8), use="small-run")
    assert look(campaign, "production_small_run").state is NOT_MET
    run(campaign, 3311, "validation", good(300))
    assert seen(campaign, "production_small_run")[1].startswith("Workflow 3311, scope hd-protodune, is finished")
    run(campaign, 3206, "production", scope_name="vd-protodune")
    assert look(campaign, "production_small_run").state is NOT_MET
    run(campaign, 3205, "production", good(5), use="small-run", scope_name="vd-protodune")
    assert seen(campaign, "production_small_run")[1].startswith("Workflow 3205, scope vd-protodune, is finished")


# --- finished ---


@pytest.mark.parametrize("step", ["validation", "production"])
def test_without_a_plan_all_finished_is_noted_at_best(campaign, step):
    for number in range(3):
        run(campaign, 3200 + number, step)
    run(campaign, 3190, step, use="small-run", state="running")  # not one of those the step is about
    found = look(campaign, f"{step}_finished")
    assert (found.state, found.saw) == (NOTED, f"3 of 3 finished. {NO_PLAN}")
    assert found.data == {"n_workflows": 3, "n_finished": 3}
    run(campaign, 3206, step, state="running", listed_at=EARLIER)
    found = look(campaign, f"{step}_finished")
    assert (found.state, found.saw) == (NOT_MET, f"3 of 4 finished: workflow 3206 is running. {NO_PLAN}")
    assert found.as_of == EARLIER


def test_a_workflow_that_justin_no_longer_lists_is_said_to_be_so(campaign):
    run(campaign, 3206, "production", state="running", unlisted_since=NOW)
    assert "workflow 3206 is no longer listed by justIN, last seen running" in seen(campaign, "production_finished")[1]
    Workflow.objects.update(state="")
    assert "last seen in an unknown state" in seen(campaign, "production_finished")[1]


def test_of_many_workflows_that_go_on_the_first_are_named(campaign):
    for number in range(30):
        run(campaign, 3200 + number, "production", state="running")
    saw = seen(campaign, "production_finished")[1]
    assert saw.startswith("0 of 30 finished: workflow 3200 is running, ")
    assert "and 25 more" in saw
    assert len(saw) < 300
