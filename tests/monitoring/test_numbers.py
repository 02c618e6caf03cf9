"""What is told of one workflow. The tutorial's own row: workflow 12345, 10,000 jobs, finished, 9,800 with exit 0, 98 %."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.models import Workflow
from monitoring.numbers import failed_jobs, ratio, start_of_step, workflow_numbers
from monitoring.outcomes import Outcome
from tests.factories import (
    NOW,
    Jobs,
    make_failed_jobs,
    make_files,
    make_hours,
    make_storage,
    make_tally,
    make_workflow,
)

pytestmark = pytest.mark.django_db

BRUNEL = [
    Jobs("UK_Brunel", "script-error", 13, code=65),
    Jobs("CERN", "finished", 340),
    Jobs("CERN", "finished", 8, entry="ce02"),
    Jobs("CERN", "script-error", 41, code=1),
    Jobs("NIKHEF", "script-error", 22, code=65),
    Jobs("NIKHEF", "result-lost", 40),
    Jobs("NIKHEF", "output-failed", 2),
    Jobs("NIKHEF", "stalled", 3, exited_zero=1),
    Jobs("NIKHEF", "running", 7, exited_zero=5),
    Jobs("", "queued", 9),
]


def read(workflow: Workflow) -> Workflow:
    return Workflow.objects.with_tally().get(pk=workflow.pk)


def test_the_tutorials_workflow_has_98_per_cent() -> None:
    workflow = make_workflow(12345, state="finished")
    make_tally(workflow, [Jobs("CERN", "finished", 9800), Jobs("CERN", "script-error", 200, code=1)])
    jobs = workflow_numbers(workflow).jobs
    assert jobs is not None
    assert (jobs.ended, jobs.exit_zero, jobs.success_rate) == (10_000, 9_800, 0.98)


def test_a_workflow_that_was_never_read_has_no_numbers_rather_than_zeros() -> None:
    numbers = workflow_numbers(read(make_workflow(3224, state="submitted")))
    assert numbers.jobs is None
    assert numbers.outputs is None
    assert numbers.success_rate is None
    assert numbers.rate_problem == "unknown"
    assert not numbers.complete
    assert not numbers.is_read


def test_ends_are_told_0_first_then_codes_by_number_then_the_other_ways() -> None:
    workflow = make_workflow(3206)
    make_tally(workflow, BRUNEL)
    numbers = workflow_numbers(workflow)
    assert [row.key for row in numbers.ends] == ["0", "1", "65", "lost", "output", "stalled"]
    assert numbers.matrix_keys == [row.key for row in numbers.ends]
    assert sum(row.n_jobs for row in numbers.ends) == numbers.jobs.ended == 469
    code_65 = numbers.ends[2]
    assert (code_65.n_jobs, code_65.n_sites, code_65.top_site, code_65.top_site_n_jobs) == (35, 2, "NIKHEF", 22)
    assert code_65.share == pytest.approx(35 / 469)
    assert [row.fill for row in numbers.ends] == ["ok", "bad", "bad", "bad", "warning", "unknown"]


def test_exit_codes_count_for_0_the_jobs_that_exited_0_whatever_became_of_their_outputs() -> None:
    workflow = make_workflow(3206)
    make_tally(workflow, BRUNEL)
    numbers = workflow_numbers(workflow)
    assert numbers.exit_codes == {0: 356, 1: 41, 65: 35}  # 348 good, 2 without outputs, 1 stalled, 5 still outputting
    assert (numbers.jobs.exit_zero, numbers.jobs.ended_zero) == (356, 351)
    assert numbers.jobs.good == 348


def test_jobs_that_still_put_outputs_in_place_do_not_raise_success_above_the_jobs_that_ended() -> None:
    workflow = make_workflow(3222)
    make_tally(workflow, [Jobs("CERN", "finished", 100), Jobs("CERN", "running", 7, exited_zero=5)])
    jobs = workflow_numbers(workflow).jobs
    assert (jobs.exit_zero, jobs.ended_zero, jobs.outputting, jobs.running, jobs.success_rate) == (105, 100, 5, 7, 1.0)
    assert jobs.rate_problem == ""


def test_sites_come_by_ended_jobs_with_their_codes_and_waiting_jobs_have_none() -> None:
    workflow = make_workflow(3206)
    make_tally(workflow, BRUNEL)
    sites = workflow_numbers(workflow).sites
    assert [(row.site, row.ended) for row in sites] == [("CERN", 389), ("NIKHEF", 67), ("UK_Brunel", 13)]
    nikhef = sites[1]
    assert nikhef.ends == {"65": 22, "lost": 40, "output": 2, "stalled": 3}
    assert nikhef.exit_codes == {0: 8, 65: 22}
    assert (nikhef.started, nikhef.running, nikhef.exit_zero, nikhef.ended_zero, nikhef.good) == (74, 7, 8, 3, 0)
    assert sites[2].exit_codes == {0: 0, 65: 13}
    assert sites[2].success_rate == 0.0


def test_sites_and_ends_add_up_to_the_totals() -> None:
    workflow = make_workflow(3206)
    tally = make_tally(workflow, BRUNEL)
    sites = workflow_numbers(workflow).sites
    assert sum(row.ended for row in sites) == tally.n_ended
    assert sum(row.exit_zero for row in sites) == tally.n_exit_zero
    assert sum(row.ended_zero for row in sites) == tally.n_exit_zero - tally.n_outputting
    assert sum(row.good for row in sites) == tally.n_good


def test_cut_answers_about_jobs_leave_rates_and_running_jobs_unknown() -> None:
    workflow = make_workflow(3225)
    cut = [{"slice": "JOB_FINISHED of stage 1 at CERN", "n_rows": 10_000, "why": "cannot be split"}]
    make_tally(
        workflow, [Jobs("CERN", "finished", 10_000), Jobs("CERN", "running", 2305)],
        complete=False, jobs_complete=False, incomplete=cut,
    )  # fmt: skip
    numbers = workflow_numbers(workflow)
    assert (numbers.jobs.ended, numbers.jobs.running, numbers.jobs.queued) == (10_000, None, None)
    assert numbers.success_rate is None
    assert numbers.jobs.good_rate is None
    assert numbers.rate_problem == "not all jobs could be counted"
    assert numbers.incomplete == cut


def test_a_cut_answer_about_files_leaves_the_rates_of_jobs_alone() -> None:
    workflow = make_workflow(3225)
    make_tally(workflow, [Jobs("CERN", "finished", 4)], complete=False)
    numbers = workflow_numbers(workflow)
    assert numbers.success_rate == 1.0
    assert not numbers.complete


def test_more_submitted_jobs_than_justin_tells_leave_queued_unknown_only() -> None:
    workflow = make_workflow(3225)
    make_tally(workflow, [Jobs("CERN", "finished", 4), Jobs("", "queued", 3)], submitted_complete=False)
    jobs = workflow_numbers(workflow).jobs
    assert (jobs.queued, jobs.running, jobs.success_rate) == (None, 0, 1.0)


def test_exit_0_above_ended_is_flagged_and_no_rate() -> None:
    workflow = make_workflow(7)
    make_tally(workflow, [Jobs("CERN", "finished", 10)], n_exit_zero=11)
    jobs = workflow_numbers(workflow).jobs
    assert jobs.success_rate is None
    assert jobs.rate_problem == "11 of 10 is more than all"


@given(part=st.none() | st.integers(-5, 10**9), whole=st.none() | st.integers(-5, 10**9))
def test_a_ratio_is_between_0_and_1_or_none(part: int | None, whole: int | None) -> None:
    value = ratio(part, whole)
    assert value is None or 0 <= value <= 1
    if part is not None and whole and 0 <= part <= whole:
        assert value == part / whole


def test_storages_read_from_come_with_their_failures_and_those_written_to_with_bytes() -> None:
    workflow = make_workflow(3206)
    make_tally(workflow, BRUNEL)
    make_storage(workflow, "NIKHEF", outcome="script-error", exit_code=65, n_jobs=5, n_files=6)
    make_storage(workflow, "NIKHEF", outcome="finished", n_jobs=20, n_files=20, stage=2)
    make_storage(workflow, "NIKHEF", outcome="running", n_jobs=3, n_files=3)
    make_storage(workflow, "CERN_PDUNE_EOS", outcome="finished", n_jobs=100, n_files=100)
    make_storage(workflow, "", use="written", n_files=12, n_bytes=3_000_000)
    rses = workflow_numbers(workflow).rses
    assert [(row.use, row.rse_name) for row in rses] == [("read", "NIKHEF"), ("read", "CERN_PDUNE_EOS"), ("written", "")]
    assert (rses[0].n_jobs, rses[0].n_failed, rses[0].exit_codes, rses[0].n_files) == (28, 5, {65: 5}, 29)
    assert rses[0].failed_share == pytest.approx(5 / 28)
    assert (rses[2].n_files, rses[2].n_bytes, rses[2].failed_share) == (12, 3_000_000, None)


def test_files_are_told_by_stage_and_state_with_those_retried() -> None:
    workflow = make_workflow(3221)
    make_tally(workflow, [Jobs("CERN", "finished", 1)])
    make_files(workflow, {("processed", 1): 229, ("processed", 3): 112, ("failed", 3): 9})
    make_files(workflow, {("unallocated", 0): 20, ("processed", None): 321}, stage=2, at_least=True)
    numbers = workflow_numbers(workflow)
    first, second = numbers.stages
    assert [(row.state, row.n, row.n_retried, row.at_least) for row in first.files] == [
        ("processed", 341, 112, False),
        ("failed", 9, 9, False),
    ]
    assert (first.n_files, first.at_least, first.n_in("failed"), first.n_in("notfound")) == (350, False, 9, 0)
    assert (second.stage_id, second.n_files, second.at_least) == (2, 341, True)
    assert numbers.file_states == {"processed": 662, "failed": 9, "unallocated": 20}


def test_running_jobs_are_those_started_minus_those_ended_so_far() -> None:
    workflow = make_workflow(3206)
    make_tally(workflow, [Jobs("CERN", "finished", 1)])
    first = datetime(2026, 11, 18, 3, tzinfo=UTC)
    make_hours(workflow, first, [(17, 0, 1, 0), (41, 7, 6, 7)])
    make_hours(workflow, first + timedelta(hours=3), [(0, 30, 0, 30)])
    make_hours(workflow, first, [(2, 0, 0, 0)], stage=2)
    numbers = workflow_numbers(workflow)
    assert numbers.hours_step == 1
    assert [(row.hour.hour, row.started, row.ended_zero, row.ended_other, row.running) for row in numbers.hours] == [
        (3, 19, 0, 1, 18),
        (4, 41, 7, 6, 46),
        (5, 0, 0, 0, 46),  # an hour in which nothing happened is a row all the same
        (6, 0, 30, 0, 16),
    ]


@pytest.mark.parametrize(
    ("n_hours", "step", "words"),
    [(72, 1, "hour"), (73, 3, "3 hours"), (300, 6, "6 hours"), (1000, 24, "day"), (3000, 168, "week")],
)
def test_a_long_span_is_told_in_longer_steps_and_loses_no_job(n_hours: int, step: int, words: str) -> None:
    workflow = make_workflow(3206)
    make_tally(workflow, [Jobs("CERN", "finished", 1)])
    make_hours(workflow, datetime(2026, 9, 1, 5, tzinfo=UTC), [(2, 1, 0, 1)] * n_hours)
    numbers = workflow_numbers(workflow)
    assert (numbers.hours_step, numbers.hours_step_words) == (step, words)
    assert len(numbers.hours) <= 74
    assert sum(row.started for row in numbers.hours) == 2 * n_hours
    assert numbers.hours[-1].running == n_hours


def test_steps_begin_at_midnight_and_weeks_on_monday() -> None:
    at = datetime(2026, 11, 26, 17, 45, tzinfo=UTC)  # a Thursday
    assert start_of_step(at, 1) == datetime(2026, 11, 26, 17, tzinfo=UTC)
    assert start_of_step(at, 6) == datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert start_of_step(at, 24) == datetime(2026, 11, 26, tzinfo=UTC)
    assert start_of_step(at, 168) == datetime(2026, 11, 23, tzinfo=UTC)


def test_failed_jobs_are_found_by_code_by_way_and_by_site() -> None:
    workflow = make_workflow(3206)
    make_failed_jobs(workflow, 13)
    make_failed_jobs(workflow, 4, site="CERN", code=1)
    make_failed_jobs(workflow, 2, site="", outcome="stalled", code=None)
    make_failed_jobs(make_workflow(3207), 5)
    assert failed_jobs(workflow).paginator.count == 19
    assert failed_jobs(workflow, code="65").paginator.count == 13
    assert failed_jobs(workflow, code="65", site="CERN").paginator.count == 0
    assert failed_jobs(workflow, site="CERN").paginator.count == 4
    assert failed_jobs(workflow, site="").paginator.count == 2
    assert [job.outcome for job in failed_jobs(workflow, code="stalled")] == [Outcome.STALLED] * 2
    assert failed_jobs(workflow, code="drop table").paginator.count == 0


def test_failed_jobs_are_paged_newest_first_and_a_page_too_far_is_the_last() -> None:
    workflow = make_workflow(3206)
    make_failed_jobs(workflow, 30)
    page = failed_jobs(workflow)
    assert len(page) == 25
    assert page[0].ended_at == NOW
    assert failed_jobs(workflow, page=99).number == 2
    assert failed_jobs(workflow, page="abc").number == 1


def test_queries_do_not_grow_with_sites_codes_hours_or_stages(django_assert_num_queries) -> None:
    small, large = make_workflow(1), make_workflow(2)
    make_tally(small, [Jobs("CERN", "finished", 1)])
    make_tally(large, [Jobs(f"SITE_{i}", "script-error", 3, code=i % 50, entry=f"ce{i}") for i in range(1, 300)])
    make_hours(large, datetime(2026, 11, 1, tzinfo=UTC), [(3, 1, 1, 1)] * 200)
    for stage in (1, 2, 3):
        make_files(large, {("processed", n): n for n in range(1, 7)}, stage=stage)
    for workflow in (small, large):
        again = read(workflow)
        with django_assert_num_queries(4):
            workflow_numbers(again)
