"""What a check looks at, read from the tallies of a campaign's workflows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.services import register_workflow
from campaigns.shift.looking import concentrated, look, spans_of
from campaigns.shift.points import points_of
from campaigns.shift.windows import Span
from monitoring.models import HourTally
from tests.factories import NOW, Jobs, make_campaign, make_hours, make_service, make_storage, make_tally, make_workflow

pytestmark = pytest.mark.django_db
YESTERDAY = NOW - timedelta(days=1)
HOURS = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(time_machine_at):
    time_machine_at(NOW)
    make_service()


def words(seen, before=None):
    return {one.key: one.words for one in points_of(seen, before)}


def test_numbers_of_workflows_that_go_on_are_added_and_those_of_others_are_not():
    campaign = make_campaign("pdhd-reco-2026b", 402, n_jobs_reference=600)
    make_tally(make_workflow(3221), [Jobs("CERN", "finished", 90), Jobs("CERN", "running", 300), Jobs("", "queued", 9)])
    make_tally(make_workflow(3222), [Jobs("UK_Brunel", "finished", 10), Jobs("UK_Brunel", "stalled", 8)])
    make_tally(make_workflow(3223, state="draft"), [Jobs("CERN", "finished", 5)])
    make_tally(make_workflow(3224, state="finished", seen_finished_at=YESTERDAY), [Jobs("CERN", "finished", 5)])
    seen = look(campaign, since=NOW - 9 * HOURS, now=NOW)
    assert set(seen.workflows) == {3221, 3222}
    assert [seen.total(name) for name in ("ended", "exit_zero", "running", "queued", "stalled")] == [108, 100, 300, 9, 8]
    assert (seen.reference, seen.finished, seen.as_of, seen.unknown_since) == (600, {}, NOW, None)


def test_what_finished_since_the_last_check_is_there_with_its_numbers():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    one = make_workflow(3220, state="finished", files=(341, 350), seen_finished_at=NOW - 2 * HOURS)
    make_tally(one, [Jobs("CERN", "finished", 341), Jobs("CERN", "aborted", 9)])
    seen = look(campaign, since=NOW - 9 * HOURS, now=NOW)
    assert words(seen)["finished"] == "3220 (341 of 350 files, 341 of 350 jobs zero)"
    assert look(campaign, since=NOW - HOURS, now=NOW).finished == {}


def test_what_was_over_long_before_the_portal_met_it_is_no_news():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_workflow(3219, state="finished", finished_at=NOW - 60 * HOURS, seen_finished_at=NOW - HOURS)
    make_workflow(3220, state="finished", finished_at=NOW - 20 * HOURS, seen_finished_at=NOW - HOURS)
    assert set(look(campaign, since=NOW - 9 * HOURS, now=NOW).finished) == {3220}


def test_times_are_the_portals_though_justins_clock_differs():
    make_service(clock_offset_seconds=120, read_at=NOW + timedelta(seconds=120))
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_workflow(3220, state="finished", seen_finished_at=NOW + timedelta(seconds=60))
    make_tally(make_workflow(3221, listed_at=NOW + timedelta(seconds=120), read_at=NOW + timedelta(seconds=120)))
    seen = look(campaign, since=NOW - timedelta(seconds=90), now=NOW)
    assert (seen.as_of, seen.finished[3220].at) == (NOW, NOW - timedelta(seconds=60))
    assert look(campaign, since=NOW - timedelta(seconds=30), now=NOW).finished == {}


def test_a_code_is_told_with_the_site_at_which_it_is_concentrated():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    jobs = [Jobs("UK_Brunel", "script-error", 40, code=65), Jobs("CERN", "script-error", 7, code=65)]
    make_tally(make_workflow(3221), [*jobs, Jobs("UK_Brunel", "finished", 60), Jobs("CERN", "finished", 565)])
    [error] = look(campaign, since=YESTERDAY, now=NOW).errors
    assert (error.code, error.n, error.place, error.place_kind, error.n_at_place) == (65, 47, "UK_Brunel", "site", 40)


def test_a_code_is_told_with_the_storage_where_no_site_stands_out():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    workflow = make_workflow(3221)
    sites = ["UK_Brunel", "CERN", "US_FNAL"]
    make_tally(
        workflow,
        [Jobs(site, "script-error", 10, code=65) for site in sites] + [Jobs(site, "finished", 200) for site in sites],
    )
    make_storage(workflow, "NIKHEF", outcome="script-error", exit_code=65, n_jobs=28)
    make_storage(workflow, "RAL-PP", outcome="script-error", exit_code=65, n_jobs=2)
    make_storage(workflow, "NIKHEF", outcome="finished", n_jobs=20)
    make_storage(workflow, "RAL-PP", outcome="finished", n_jobs=580)
    [error] = look(campaign, since=YESTERDAY, now=NOW).errors
    assert (error.place, error.place_kind, error.n_at_place) == ("NIKHEF", "RSE", 28)


def test_errors_are_where_the_jobs_are_unless_they_are_many_more_there():
    assert concentrated({"A": 50, "B": 5}, {"A": 900, "B": 100}) == ""
    assert concentrated({"A": 50, "B": 5}, {"A": 300, "B": 700}) == "A"
    assert concentrated({"A": 3}, {"A": 3, "B": 900}) == ""  # too few to mean anything
    assert concentrated({"": 50}, {"": 50, "B": 900}) == ""  # nowhere is no place


def test_numbers_that_were_not_read_for_long_are_unknown_since_then():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    then = NOW - 3 * HOURS
    make_tally(make_workflow(3221, listed_at=then, read_at=then), [Jobs("CERN", "running", 447)])
    seen = look(campaign, since=YESTERDAY, now=NOW)
    assert seen.unknown_since == then
    assert words(seen)["paused"] == "unknown since 23 Nov 15:42 UTC (nothing newer was read of 3221); then: none"
    assert words(seen)["running"].startswith("unknown; then: 447;")


def test_a_poller_that_stands_still_makes_everything_unknown():
    make_service(read_at=NOW - 2 * HOURS, round_began_at=NOW - 2 * HOURS, round_ended_at=NOW - 2 * HOURS)
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(3221), [Jobs("CERN", "running", 447)])
    seen = look(campaign, since=YESTERDAY, now=NOW)
    assert seen.unknown_since == NOW - 2 * HOURS
    assert "has not been asked for some time" in seen.unknown_why


def test_one_failed_question_makes_nothing_unknown_while_the_numbers_are_fresh():
    make_service(read_at=NOW - timedelta(minutes=6), failing_since=NOW - timedelta(minutes=1), error_kind="slow")
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(3221), [Jobs("CERN", "running", 447)])
    assert look(campaign, since=YESTERDAY, now=NOW).unknown_since is None


def test_a_workflow_whose_jobs_were_never_read_is_unknown_and_one_that_has_not_begun_is_not():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_workflow(3221)
    make_workflow(3222, state="submitted")
    seen = look(campaign, since=YESTERDAY, now=NOW)
    assert seen.unread == [3221]
    assert seen.workflows[3222].running == 0


def test_jobs_that_wait_while_none_runs_are_told_with_the_hour_of_the_last_start():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    workflow = make_workflow(3221)
    make_tally(workflow, [Jobs("CERN", "finished", 20), Jobs("", "queued", 120)])
    make_hours(workflow, NOW.replace(minute=0) - 8 * HOURS, [(20, 0, 0, 0), (0, 20, 0, 20)])
    assert HourTally.objects.count() == 2
    assert words(look(campaign, since=YESTERDAY, now=NOW))["held"] == (
        "120 jobs wait and none runs, the last job started 23 Nov 10:00"
    )


def test_queries_do_not_grow_with_workflows_and_sites():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    n = []
    for number in (3221, 3222, 3223, 3224):
        sites = [f"SITE_{k}" for k in range(number - 3219)]
        jobs = [Jobs(site, "script-error", 30, code=65) for site in sites[:1]] + [Jobs(site, "finished", 50) for site in sites]
        make_tally(make_workflow(number), jobs)
        with CaptureQueriesContext(connection) as queries:
            look(campaign, since=YESTERDAY, now=NOW)
        n.append(len(queries))
    assert len(set(n)) == 1
    assert n[0] <= 8


def test_spans_tell_when_something_ran():
    campaign = make_campaign("pdhd-reco-2026b", 402)
    began = NOW - 30 * HOURS
    make_workflow(3221, started_at=began)
    make_workflow(3222, state="finished", started_at=began, seen_finished_at=NOW - 2 * HOURS)
    make_workflow(3223, state="finished", started_at=began, seen_finished_at=NOW - 28 * HOURS)
    make_workflow(3224, state="draft", started_at=None)
    assert sorted(spans_of(campaign, YESTERDAY), key=lambda one: one.until is None) == [
        Span(began, NOW - 2 * HOURS), Span(began),
    ]  # fmt: skip


def test_a_workflow_of_unknown_state_goes_on_while_it_has_jobs(coordinator):
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(77, campaign=None, state="", started_at=None), [Jobs("CERN", "running", 3)])
    make_tally(make_workflow(78, campaign=None, state="", started_at=None), [Jobs("CERN", "finished", 3)])
    for number in (77, 78):
        register_workflow(campaign, number, actor=coordinator)
    assert set(look(campaign, since=YESTERDAY, now=NOW).workflows) == {77}
