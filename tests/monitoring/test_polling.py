"""Rounds of the poll against justIN as recorded: what is asked, what is stored, and what a failure leaves behind."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from monitoring import storing
from monitoring.justin.harvest import Prior, harvest
from monitoring.listing import apply_listing
from monitoring.models import (
    Answer,
    Failure,
    JobTally,
    JustinCampaign,
    MonitoringEvent,
    Service,
    Tally,
    Verb,
    Workflow,
)
from monitoring.polling import POLL_LOCK, justin_client, poll_round
from portal.locks import exclusive
from tests.replay import Asked, Replay, Replied, rows_of

pytestmark = pytest.mark.django_db

EVENTS = "download-events"


def _listing(workflow_id: int, **changes: object) -> list[dict[str, object]]:
    rows = rows_of("download-campaign-workflows.mc-318.json")
    return [{**rows[0], "workflow_id": workflow_id, **changes}]


def _answer_listing(replay: Replay, rows: list[dict[str, object]]) -> None:
    body = json.dumps(rows).encode()
    replay.answer = lambda asked: (
        Replied(body=body) if asked.parameters.get("method") == "download-campaign-workflows" else None
    )


def _asked(replay: Replay, method: str = EVENTS) -> list[Asked]:
    return [asked for asked in replay.asked if asked.parameters.get("method") == method]


def test_a_round_lists_the_campaign_and_reads_its_workflow(recorded: Replay, watch) -> None:
    watch(318)
    done = poll_round()
    assert (done.n_campaigns, done.n_workflows_read, done.n_changed, done.failures) == (1, 1, 1, [])
    workflow = Workflow.objects.get(justin_id=2251)
    assert (workflow.state, workflow.files_processed, workflow.mql) == ("finished", 500, "monte-carlo 500")
    assert workflow.tally.n_good == workflow.tally.n_ended == 300  # as many as the recording holds
    assert workflow.tally.complete
    assert workflow.tally.as_of == workflow.read_at


def test_every_question_about_events_names_workflow_stage_and_type(recorded: Replay, watch) -> None:
    watch(402)
    poll_round()
    assert len(_asked(recorded)) > 50
    for asked in _asked(recorded):
        assert {"workflow_id", "stage_id", "event_type_name"} <= asked.parameters.keys()
        assert all(asked.parameters.values())


def test_steady_state_costs_one_request_per_campaign(recorded: Replay, watch) -> None:
    watch(318)
    watch(441)
    poll_round()
    assert poll_round().n_requests == 2
    assert poll_round(by_person=True).n_requests == 2


def test_the_same_answers_twice_change_nothing(recorded: Replay, watch) -> None:
    watch(318)
    poll_round()
    rows = list(JobTally.objects.order_by("pk").values())
    events = MonitoringEvent.objects.count()
    recorded.date = "Mon, 23 Nov 2026 18:50:00 GMT"
    done = poll_round(everything=True)
    assert (done.n_workflows_read, done.n_changed) == (1, 0)
    assert list(JobTally.objects.order_by("pk").values()) == rows
    assert MonitoringEvent.objects.count() == events
    assert Tally.objects.get().as_of.minute == 50


@pytest.mark.parametrize("kept", [0, 299], ids=["empty", "one row fewer"])
def test_an_empty_or_worse_answer_never_replaces_good_numbers(recorded: Replay, watch, kept: int) -> None:
    watch(318)
    poll_round()
    before = Tally.objects.values().get()
    fewer = json.dumps(rows_of("download-events.finished-2251.JOB_FINISHED.json")[:kept]).encode()
    recorded.answer = lambda asked: Replied(body=fewer) if asked.parameters.get("event_type_name") == "JOB_FINISHED" else None
    done = poll_round(everything=True)
    assert len(done.failures) == 1
    assert "before it sent 300" in done.failures[0]
    assert Tally.objects.values().get() == before
    workflow = Workflow.objects.get()
    assert workflow.error_kind == Failure.WORSE
    assert MonitoringEvent.objects.filter(verb=Verb.ANSWER_REFUSED, workflow=workflow).count() == 1
    recorded.answer = lambda asked: None
    assert poll_round(everything=True).failures == []
    assert not Workflow.objects.get().is_failing


def test_an_empty_listing_leaves_the_workflows_and_says_that_they_are_gone(recorded: Replay, watch) -> None:
    watch(318)
    poll_round()
    _answer_listing(recorded, [])
    poll_round()
    workflow = Workflow.objects.get()
    assert workflow.unlisted_since is not None
    assert (workflow.files_processed, workflow.tally.n_good) == (500, 300)
    assert MonitoringEvent.objects.filter(verb=Verb.UNLISTED).count() == 1


def test_listed_counts_never_go_down(recorded: Replay, watch) -> None:
    watch(318)
    poll_round()
    _answer_listing(recorded, _listing(2251, files_processed=0, files_total=0))
    poll_round()
    workflow = Workflow.objects.get()
    assert (workflow.files_processed, workflow.files_total) == (500, 500)


def test_a_crash_in_the_middle_of_a_store_leaves_the_old_numbers_whole(recorded: Replay, watch, monkeypatch) -> None:
    watch(402)
    recorded.poll = 1
    poll_round()
    workflow = Workflow.objects.get(justin_id=3222)
    before = (Tally.objects.values().get(workflow=workflow), list(workflow.job_tallies.values().order_by("pk")))
    answers = list(workflow.answers.values_list("kind", "n_rows").order_by("kind"))
    recorded.poll = 2

    def crash(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storing, "_mark_read", crash)
    with pytest.raises(KeyboardInterrupt):
        poll_round(by_person=True, everything=True)
    workflow = Workflow.objects.get(justin_id=3222)
    assert (Tally.objects.values().get(workflow=workflow), list(workflow.job_tallies.values().order_by("pk"))) == before
    assert list(workflow.answers.values_list("kind", "n_rows").order_by("kind")) == answers
    monkeypatch.undo()
    assert poll_round(by_person=True, everything=True).failures == []
    assert Tally.objects.get(workflow=workflow).n_good == 150


def test_three_recorded_polls_of_a_running_workflow(recorded: Replay, watch) -> None:
    """Started, finished and failed jobs, as counted in the recordings' index."""
    watch(402)
    expected = {1: (237, 125, 6, 123), 2: (272, 150, 11, 148), 3: (307, 175, 21, 173)}
    for poll, (started, good, failed, processed) in expected.items():
        recorded.poll = poll
        rows = rows_of(f"poll{poll}.running.campaign.json")
        processed = next(row["files_processed"] for row in rows if row["workflow_id"] == 3222)
        done = poll_round(by_person=True)
        assert done.failures == []
        workflow = Workflow.objects.with_tally().get(justin_id=3222)
        assert workflow.files_processed == processed
        tally = workflow.tally
        assert (tally.n_started, tally.n_good, tally.n_script_error) == (started, good, failed)
        assert tally.n_running == tally.n_started - tally.n_ended
    assert done.n_workflows_due < 25  # the finished ones were read in the first round


def test_a_quick_reading_joins_new_jobs_with_what_was_read_before(recorded: Replay, watch) -> None:
    """Ten minutes later only three types are asked; the storages read an hour ago stay in the tally."""
    watch(402)
    recorded.poll = 1
    poll_round()
    storages = Workflow.objects.get(justin_id=3222).rse_tallies.count()
    recorded.poll, recorded.date = 2, "Mon, 23 Nov 2026 18:47:00 GMT"
    recorded.asked.clear()
    poll_round()
    types = {asked.parameters["event_type_name"] for asked in _asked(recorded) if asked.parameters["workflow_id"] == "3222"}
    assert types == {"JOB_STARTED", "JOB_FINISHED", "JOB_SCRIPT_ERROR"}
    workflow = Workflow.objects.get(justin_id=3222)
    assert (workflow.tally.n_started, workflow.tally.n_good) == (272, 150)
    assert workflow.tally.full_as_of < workflow.tally.as_of
    assert workflow.rse_tallies.count() >= storages > 0


def test_a_finished_workflow_is_read_once_more_two_hours_later_and_then_left_alone(recorded: Replay, watch) -> None:
    watch(318)
    poll_round()
    recorded.date = "Mon, 23 Nov 2026 20:35:59 GMT"
    assert poll_round(by_person=True).n_workflows_read == 0
    recorded.date = "Mon, 23 Nov 2026 20:36:00 GMT"
    done = poll_round()
    assert (done.n_workflows_read, done.failures) == (1, [])
    workflow = Workflow.objects.get()
    assert workflow.final_read_at is not None
    assert not Answer.objects.filter(body__isnull=False).exists()
    recorded.date = "Tue, 24 Nov 2026 20:36:00 GMT"
    assert poll_round(everything=True).n_requests == 1
    assert Workflow.objects.get().tally.n_good == 300


def test_a_workflow_that_was_not_begun_is_not_read(recorded: Replay, watch) -> None:
    watch(318)
    _answer_listing(recorded, _listing(3224, state="submitted", files_processed=0, files_total=0))
    assert poll_round(everything=False).n_requests == 1
    assert not Tally.objects.exists()


def test_a_state_that_justin_may_invent_is_kept_and_read(recorded: Replay, watch) -> None:
    watch(318)
    _answer_listing(recorded, _listing(2251, state="hibernating"))
    assert poll_round().failures == []
    assert Workflow.objects.get().state == "hibernating"
    assert Tally.objects.get().n_good == 300


def test_an_automatic_pause_is_told_from_a_persons(recorded: Replay, watch) -> None:
    watch(402)
    poll_round()
    paused = Workflow.objects.get(justin_id=3223)
    assert paused.paused_by == "justIN"
    assert MonitoringEvent.objects.filter(workflow=paused, verb=Verb.AUTO_PAUSED).count() == 1
    _answer_listing(recorded, _listing(2251, state="paused"))
    watch(318)
    poll_round(by_person=True)
    assert Workflow.objects.get(justin_id=2251).paused_by == "a person"


def test_a_workflow_registered_by_id_that_justin_does_not_know_has_no_numbers(recorded: Replay, register) -> None:
    register(424242)
    done = poll_round()
    assert done.failures == []
    workflow = Workflow.objects.get()
    assert workflow.read_at is not None
    assert workflow.state == ""
    assert not Tally.objects.exists()


def test_a_workflow_registered_by_id_is_read_without_its_campaign(recorded: Replay, register) -> None:
    register(9001)
    poll_round()
    tally = Tally.objects.get()
    assert (tally.n_started, tally.n_ended, tally.n_good, tally.n_exit_zero) == (33, 33, 3, 4)
    assert (tally.n_script_error, tally.n_result_lost, tally.n_output_failed) == (22, 5, 1)
    assert (tally.n_aborted, tally.n_stalled, tally.n_submitted, tally.n_queued) == (1, 1, 34, 1)


# --- failures ---


def test_what_concerns_justin_ends_the_round_and_waits_twice_as_long_each_time(recorded: Replay, watch) -> None:
    watch(318)
    watch(402)
    recorded.answer = lambda asked: Replied(500, b"DB connection lost")
    for n, minutes in enumerate([5, 10, 20, 40, 60, 60], start=1):
        recorded.asked.clear()
        began = timezone.now()
        done = poll_round()
        assert len(recorded.asked) == 1
        assert len(done.failures) == 1
        service = Service.justin()
        assert (service.error_kind, service.n_failures) == (Failure.SERVER_ERROR, n)
        wait = service.next_try_at - began
        assert timedelta(minutes=minutes) <= wait < timedelta(minutes=minutes, seconds=30)
        assert poll_round().skipped  # beat asks nothing before
        Service.objects.update(next_try_at=timezone.now())
    recorded.answer = lambda asked: None
    recorded.asked.clear()
    assert poll_round().failures == []
    assert not Service.justin().is_failing
    verbs = list(MonitoringEvent.objects.filter(workflow=None, justin_campaign=None).values_list("verb", flat=True))
    assert verbs == [Verb.READING_RECOVERED, Verb.READING_FAILED]


def test_a_person_cuts_a_wait_short_but_not_one_that_justin_asked_for(recorded: Replay, watch) -> None:
    watch(318)
    recorded.answer = lambda asked: Replied(500, b"DB connection lost")
    poll_round()
    recorded.answer = lambda asked: Replied(503, b"busy", {"Retry-After": "600"})
    assert "status 503" in poll_round(by_person=True).failures[0]
    recorded.asked.clear()
    done = poll_round(by_person=True)
    assert recorded.asked == []
    assert "not asked before" in done.skipped
    recorded.answer = lambda asked: None
    assert poll_round(everything=True).failures == []


def test_a_failed_round_keeps_the_numbers_and_their_age(recorded: Replay, watch) -> None:
    watch(318)
    poll_round()
    before = Tally.objects.values().get(), Workflow.objects.values().get(), Service.justin().read_at
    recorded.answer = lambda asked: Replied(302, b"", {"Location": "/dashboard/?x&login"})
    recorded.date = "Mon, 23 Nov 2026 23:36:00 GMT"
    poll_round()
    assert (Tally.objects.values().get(), Workflow.objects.values().get(), Service.justin().read_at) == before
    assert Service.justin().error_kind == Failure.LOGIN_WANTED


def test_what_concerns_one_campaign_does_not_stop_the_others(recorded: Replay, watch) -> None:
    watch(317)
    watch(318)
    recorded.answer = lambda asked: (
        Replied(body=b"<html><h1>Error</h1><p>no</p>") if asked.parameters.get("campaign_id") == "317" else None
    )
    done = poll_round()
    assert len(done.failures) == 1
    assert done.n_workflows_read == 1
    assert not Service.justin().is_failing
    failing = JustinCampaign.objects.get(justin_id=317)
    assert failing.error_kind == Failure.ERROR_PAGE
    recorded.asked.clear()
    poll_round()
    assert "317" not in {asked.parameters.get("campaign_id") for asked in recorded.asked}


def test_a_workflow_that_is_always_slow_does_not_hold_up_the_rest(recorded: Replay, watch, settings) -> None:
    settings.JUSTIN_TIMEOUT_SECONDS = 2.0
    watch(402)
    recorded.answer = lambda asked: (
        Replied(body=b"[" + b" " * 100 + b"]", drip_seconds=0.5) if asked.parameters.get("workflow_id") == "3201" else None
    )
    poll_round(by_person=True)
    done = poll_round(by_person=True)
    assert Workflow.objects.filter(read_at__isnull=False).count() == 23  # not 3201, and 3224 was not begun
    assert len(done.failures) <= 1


def test_only_one_round_at_a_time(recorded: Replay, watch, transactional_db) -> None:
    watch(318)
    began, end = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(POLL_LOCK) as held:
            assert held
            began.set()
            end.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert began.wait(10)
    assert poll_round().skipped == "another poll is going on"
    assert recorded.asked == []
    end.set()
    holder.join()
    assert poll_round().skipped == ""


def test_a_round_begins_nothing_new_once_its_time_is_up(recorded: Replay, watch) -> None:
    watch(402)
    done = poll_round(budget_seconds=0)
    assert done.n_workflows_due == 24
    assert done.n_workflows_read == 0
    assert poll_round(budget_seconds=1000).n_workflows_read == 24


def test_a_reading_made_beside_another_that_was_stored_first_is_dropped(recorded: Replay, watch) -> None:
    """Two processes read the same workflow; the second to come finds that its starting point is gone."""
    watch(318)
    poll_round()
    mine = Workflow.objects.get()
    got = harvest(justin_client(), 2251, Prior(), full=True)
    Workflow.objects.update(read_at=timezone.now())
    before = Tally.objects.values().get()
    assert storing.store_harvest(mine, got) is False
    assert Tally.objects.values().get() == before


def test_a_listing_that_changed_nothing_writes_one_row_per_campaign_and_not_one_per_workflow(
    recorded: Replay, watch, django_assert_max_num_queries
) -> None:
    campaign = watch(402)
    answer = justin_client().campaign_workflows(402)
    apply_listing(campaign, answer)
    with django_assert_max_num_queries(10):
        apply_listing(campaign, answer)


def test_processed_files_without_any_job_are_not_stored_as_zero_jobs(recorded: Replay, watch) -> None:
    """justIN archived the jobs before they were ever read: their numbers are unknown."""
    watch(318)
    recorded.answer = lambda asked: Replied() if "workflow_id" in asked.parameters else None
    assert poll_round().failures == []
    workflow = Workflow.objects.get()
    assert workflow.files_processed == 500
    assert workflow.read_at is not None
    assert not Tally.objects.exists()
