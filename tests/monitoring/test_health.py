"""What is wrong, in words: each way of being wrong is noticed, with since when, and a healthy workflow says nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.health import (
    bad_sites_of,
    health_of,
    is_stale,
    row_notices,
    service_notice,
    top_errors_of,
    worst_first,
)
from monitoring.models import Failure, JustinCampaign, Service, Workflow
from tests.factories import NOW, Jobs, make_service, make_tally, make_workflow

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
HEALTHY = [Jobs("CERN", "finished", 90), Jobs("NIKHEF", "finished", 45), Jobs("NIKHEF", "script-error", 5, code=1)]


def kinds(workflow: Workflow, **service: object) -> list[str]:
    workflow = Workflow.objects.with_tally().get(pk=workflow.pk)
    return [notice.kind for notice in health_of(workflow, make_service(**service), NOW)]


def test_a_workflow_that_runs_well_says_nothing() -> None:
    workflow = make_workflow(3222)
    make_tally(workflow, HEALTHY)
    assert kinds(workflow) == []


@pytest.mark.parametrize("kind", Failure.values)
def test_each_way_in_which_justin_fails_says_since_when_and_what_to_do(kind: str) -> None:
    service = make_service(failing_since=NOW - HOUR, n_failures=3, error_kind=kind, error_text="…", next_try_at=NOW + HOUR)
    (notice,) = service_notice(service, NOW)
    assert notice.level == "bad"
    assert notice.title == f"justIN {Failure(kind).label}"
    assert notice.detail
    assert (notice.since, notice.next_try_at) == (NOW - HOUR, NOW + HOUR)
    assert notice.kind == ("login-wanted" if kind == "login-wanted" else "service-failing")


def test_a_justin_that_answers_says_nothing_and_one_never_asked_says_so() -> None:
    assert service_notice(make_service(), NOW) == []
    (notice,) = service_notice(Service(name=Service.JUSTIN), NOW)
    assert (notice.level, notice.kind) == ("todo", "never-polled")


def test_a_poll_that_stands_still_is_noticed_though_nothing_failed() -> None:
    service = make_service(round_began_at=NOW - HOUR, round_ended_at=NOW - HOUR)
    (notice,) = service_notice(service, NOW)
    assert (notice.kind, notice.since) == ("no-poll", NOW - HOUR)
    assert service_notice(service, NOW - HOUR + timedelta(minutes=14)) == []


def test_a_workflow_whose_reading_fails_says_so_and_keeps_saying_when_the_numbers_are_from() -> None:
    workflow = make_workflow(
        3222, read_at=NOW - 2 * HOUR, failing_since=NOW - HOUR, error_kind=Failure.CUT, next_try_at=NOW + HOUR
    )
    make_tally(workflow, HEALTHY)
    found = health_of(workflow, make_service(), NOW)
    assert [notice.kind for notice in found] == ["reading-failing", "stale"]
    assert found[0].title == "Jobs of 3222 cannot be read: justIN sent an answer that ends in the middle"
    assert (found[0].since, found[0].next_try_at) == (NOW - HOUR, NOW + HOUR)
    assert found[1].since == NOW - 2 * HOUR


def test_an_answer_with_less_than_before_is_a_warning_as_the_numbers_were_kept() -> None:
    workflow = make_workflow(3222, failing_since=NOW, error_kind=Failure.WORSE)
    make_tally(workflow, HEALTHY)
    (notice,) = health_of(workflow, make_service(), NOW)
    assert (notice.level, notice.kind) == ("warning", "reading-failing")
    assert "earlier numbers were kept" in notice.detail


def test_pauses_by_justin_and_by_a_person_are_told_apart() -> None:
    by_justin = make_workflow(3223, state="paused", auto_paused_at=NOW - HOUR)
    by_person = make_workflow(3224, state="paused", state_since=NOW - 2 * HOUR)
    for workflow in (by_justin, by_person):
        make_tally(workflow, HEALTHY)
    assert kinds(by_justin) == ["paused-by-justin"]
    assert kinds(by_person) == ["paused-by-person"]
    assert row_notices(by_justin, None, NOW)[0].since == NOW - HOUR
    assert row_notices(by_person, None, NOW)[0].since == NOW - 2 * HOUR


def test_a_workflow_that_finished_without_files_is_bad() -> None:
    workflow = make_workflow(3230, state="finished", files=(0, 0))
    make_tally(workflow)
    assert kinds(workflow) == ["finished-without-files"]
    assert kinds(make_workflow(3231, state="submitted", files=(0, 0), read_at=None)) == []


def test_processed_files_without_any_job_are_not_taken_for_a_count_of_zero() -> None:
    workflow = make_workflow(3206, state="finished", files=(341, 350))
    (notice,) = health_of(workflow, make_service(), NOW)
    assert (notice.level, notice.kind) == ("unknown", "no-jobs")
    assert "341 of its files" in notice.detail


def test_lower_bounds_name_the_slices_that_were_cut() -> None:
    workflow = make_workflow(3225)
    cut = [{"slice": f"JOB_FINISHED of stage 1 at S{n}", "n_rows": 10_000, "why": "…"} for n in range(5)]
    make_tally(workflow, HEALTHY, complete=False, incomplete=cut)
    (notice,) = health_of(workflow, make_service(), NOW)
    assert (notice.level, notice.kind) == ("warning", "capped")
    assert "5 answers of justIN stopped at the row cap: JOB_FINISHED of stage 1 at S0" in notice.detail
    assert notice.detail.endswith("and 2 more.")


def test_a_workflow_known_by_its_id_only_says_that_its_state_is_unknown() -> None:
    workflow = make_workflow(3300, campaign=None, state="", files=(None, None))
    assert kinds(workflow) == ["nothing-known", "state-unknown"]
    Workflow.objects.filter(pk=workflow.pk).update(read_at=None)
    assert kinds(workflow) == ["never-read", "state-unknown"]


def test_a_state_that_justin_invents_is_told_in_its_own_word() -> None:
    workflow = make_workflow(3222, state="hibernating")
    make_tally(workflow, HEALTHY)
    (notice,) = health_of(workflow, make_service(), NOW)
    assert (notice.level, notice.kind) == ("unknown", "state-word")
    assert "hibernating" in notice.title


def test_a_workflow_that_justin_no_longer_lists_says_since_when_and_is_not_called_stale() -> None:
    workflow = make_workflow(3222, unlisted_since=NOW - 5 * HOUR, listed_at=NOW - 6 * HOUR, read_at=NOW - 6 * HOUR)
    make_tally(workflow, HEALTHY)
    (notice,) = health_of(workflow, make_service(), NOW)
    assert (notice.kind, notice.since) == ("unlisted", NOW - 5 * HOUR)


@pytest.mark.parametrize(
    ("ages", "stale"),
    [((0, 89), False), ((0, 91), True), ((14, 14), False), ((16, 0), True)],
)
def test_numbers_of_a_running_workflow_go_stale(ages: tuple[int, int], stale: bool, settings) -> None:
    settings.JUSTIN_POLL_SECONDS = 300.0
    listed, read = (NOW - timedelta(minutes=age) for age in ages)
    assert is_stale(make_workflow(3222, listed_at=listed, read_at=read), make_service(), NOW) is stale


def test_a_slow_poll_has_three_rounds_of_patience(settings) -> None:
    settings.JUSTIN_POLL_SECONDS = 3600.0
    workflow = make_workflow(3222, listed_at=NOW - timedelta(minutes=170), read_at=NOW)
    assert not is_stale(workflow, make_service(), NOW)
    assert is_stale(workflow, make_service(), NOW + timedelta(minutes=15))


def test_what_is_finished_or_waits_never_has_old_jobs() -> None:
    before = NOW - 50 * HOUR
    assert not is_stale(make_workflow(1, state="finished", listed_at=before, read_at=before), make_service(), NOW)
    assert not is_stale(make_workflow(2, state="submitted", read_at=None), make_service(), NOW)


def test_ages_are_counted_on_justins_clock() -> None:
    workflow = make_workflow(3222, listed_at=NOW, read_at=NOW)
    ahead = make_service(clock_offset_seconds=3600)
    assert is_stale(workflow, ahead, NOW)
    assert not is_stale(workflow, ahead, NOW - HOUR)


def test_a_site_that_fails_everything_while_others_do_not_is_named_with_its_code() -> None:
    workflow = make_workflow(3206)
    make_tally(
        workflow,
        [Jobs("UK_Brunel", "script-error", 12, code=65), Jobs("UK_Brunel", "stalled", 1), Jobs("CERN", "finished", 466),
         Jobs("CERN", "script-error", 22, code=65)],
    )  # fmt: skip
    (notice,) = health_of(workflow, make_service(), NOW)
    assert (notice.level, notice.kind) == ("bad", "bad-site")
    assert notice.title == "UK_Brunel fails everything of 3206: 13 of 13 jobs"
    assert notice.detail == "12 of them with exit 65; elsewhere 22 of 488 fail."


@pytest.mark.parametrize(
    "jobs",
    [
        [Jobs("A", "script-error", 9, code=1), Jobs("B", "finished", 500)],  # too few to say
        [Jobs("A", "script-error", 50, code=1)],  # nowhere to compare with
        [Jobs("A", "script-error", 60, code=1), Jobs("A", "finished", 40), Jobs("B", "script-error", 50, code=1),
         Jobs("B", "finished", 60)],  # bad everywhere: 40 % and 55 %
        [Jobs("", "stalled", 50), Jobs("B", "finished", 60)],  # jobs without a site blame none
    ],
)  # fmt: skip
def test_no_site_is_blamed_for_little_or_for_what_happens_everywhere(jobs: list[Jobs]) -> None:
    workflow = make_workflow(3206)
    make_tally(workflow, jobs)
    assert bad_sites_of([workflow.pk]) == {}


def test_the_commonest_error_is_told_with_its_site() -> None:
    workflow = make_workflow(3223)
    make_tally(
        workflow,
        [Jobs("US_Wisconsin", "script-error", 90, code=71), Jobs("US_Wisconsin", "script-error", 1, code=71, entry="ce2"),
         Jobs("CERN", "script-error", 5, code=1), Jobs("CERN", "stalled", 200)],
    )  # fmt: skip
    assert top_errors_of([workflow.pk]) == {workflow.pk: "91 of 96 errors are exit 71 at US_Wisconsin."}


def test_a_listing_that_fails_is_told_of_each_of_its_workflows() -> None:
    workflow = make_workflow(3222)
    make_tally(workflow, HEALTHY)
    JustinCampaign.objects.update(failing_since=NOW - HOUR, error_kind=Failure.GARBAGE)
    assert kinds(workflow) == ["listing-failing"]


def test_more_files_processed_than_there_are_is_flagged() -> None:
    workflow = make_workflow(3222, files=(351, 350))
    make_tally(workflow, HEALTHY)
    (notice,) = health_of(workflow, make_service(), NOW)
    assert notice.detail == "justIN says 351 of 350."


def test_the_worst_comes_first_and_now_is_now_when_not_given() -> None:
    workflow = make_workflow(3223, state="paused", failing_since=NOW, error_kind=Failure.SLOW, files=(9, 8))
    make_tally(workflow, HEALTHY)
    found = health_of(workflow, None)
    assert [notice.rank for notice in found] == sorted(notice.rank for notice in found)
    assert found[0].kind == "reading-failing"
    assert worst_first(reversed(found)) == found
    assert is_stale(workflow) is (timezone.now() - NOW > timedelta(minutes=15))
