"""For every recorded workflow the tally equals counts made in another way: by SQL over the raw rows, rule by rule."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from monitoring.justin import harvest as ask
from monitoring.justin.client import JustinClient, JustinSettings
from monitoring.justin.harvest import Capped, Prior, Reading, harvest
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow, decode
from monitoring.outcomes import ENDED, Outcome
from monitoring.tally import WorkflowTally, tally_workflow
from tests.replay import Replay, body_of, index

COMPLETE = [9001, 9002, 3302, 3303, 3306, 3307, 3308]  # every event of these is recorded
COLUMNS = (
    "event_id, event_type_name, workflow_id, stage_id, file_did, jobsub_id, site_name, entry_name, rse_name, jobscript_exit"
)


def _recorded() -> dict[int, list[dict[str, Any]]]:
    """Raw rows of all recorded events by workflow, each event once; odd and repeated questions add nothing new."""
    rows: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for recording in index():
        query = dict(parse_qsl(urlsplit(recording["request"]).query))
        known = query.get("method") == "download-events" and query.get("workflow_id", "").isdigit()
        if known and query.get("format") == "json" and recording["rows_saved"] and not recording.get("file_contains"):
            for row in json.loads(body_of(recording)):
                rows[row["workflow_id"]][row["event_id"]] = row
    return {workflow_id: list(of.values()) for workflow_id, of in rows.items() if workflow_id}


RECORDED = _recorded()
ANY_TIME = datetime(2026, 11, 23, tzinfo=UTC)

OUTCOME_SQL = """
WITH job AS (SELECT DISTINCT jobsub_id, stage_id FROM event WHERE jobsub_id IS NOT NULL AND event_type_name LIKE 'JOB%'),
has AS (SELECT job.*, (SELECT group_concat(DISTINCT '|' || event_type_name || '|') FROM event e
        WHERE e.jobsub_id = job.jobsub_id AND e.stage_id = job.stage_id) AS types FROM job)
SELECT jobsub_id, stage_id, CASE
  WHEN types LIKE '%|JOB_FINISHED|%' THEN 'finished'
  WHEN types LIKE '%|JOB_SCRIPT_ERROR|%' THEN 'script-error'
  WHEN types LIKE '%|JOB_ABORT_RECORDING_RESULT|%' THEN 'result-lost'
  WHEN types LIKE '%|JOB_OUTPUTTING|%' AND (types LIKE '%|JOB_ABORT_CREATING_%' OR types LIKE '%|JOB_ABORT_METACAT_%'
       OR types LIKE '%|JOB_ABORT_RUCIO_%' OR types LIKE '%|JOB_ABORT_WEBDAV_UPLOAD|%') THEN 'output-failed'
  WHEN types LIKE '%|JOB_ABORT_CVMFS_CHECKS|%' OR types LIKE '%|JOB_ABORTED|%' THEN 'aborted'
  WHEN types LIKE '%|JOB_STALLED_%' THEN 'stalled'
  WHEN types LIKE '%|JOB_STARTED|%' OR types LIKE '%|JOB_OUTPUTTING|%' THEN 'running'
  WHEN types LIKE '%|JOB_SUBMITTED|%' THEN 'queued' END AS outcome
FROM has
"""


def _database(rows: list[dict[str, Any]]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE event ({COLUMNS}, event_time)")
    database.executemany(
        f"INSERT INTO event ({COLUMNS}, event_time) VALUES ({', '.join('?' * 11)})",
        [[*(row[name.strip()] for name in COLUMNS.split(",")), row["event_time"]] for row in rows],
    )
    database.execute("CREATE INDEX i ON event (jobsub_id, stage_id)")
    return database


def _tally(rows: list[dict[str, Any]]) -> WorkflowTally:
    readings: ask.Readings = {}
    by_question: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_question[row["stage_id"], row["event_type_name"]].append(row)
    for (stage_id, kind), some in by_question.items():
        parsed = decode(EventRow, json.dumps(some).encode())
        readings[stage_id, kind] = Reading(stage_id, kind, parsed, parsed[0].at)
    return tally_workflow(readings)


def _sql(database: sqlite3.Connection, query: str) -> dict[Any, int]:
    return {row[0] if len(row) == 2 else tuple(row[:-1]): row[-1] for row in database.execute(query)}


@pytest.mark.parametrize("workflow_id", sorted(RECORDED))
def test_every_recorded_workflow_is_counted_exactly(workflow_id: int) -> None:
    rows = RECORDED[workflow_id]
    tally, database = _tally(rows), _database(rows)

    outcomes = _sql(database, f"SELECT outcome, count(*) FROM ({OUTCOME_SQL}) WHERE outcome IS NOT NULL GROUP BY 1")
    assert {outcome.value: n for outcome, n in tally.by_outcome.items() if n} == outcomes
    assert tally.n_ended == sum(outcomes.get(outcome, 0) for outcome in ENDED)

    codes = _sql(
        database,
        "SELECT jobscript_exit, count(DISTINCT jobsub_id) FROM event e WHERE event_type_name = 'JOB_SCRIPT_ERROR'"
        " AND NOT EXISTS (SELECT 1 FROM event f WHERE f.jobsub_id = e.jobsub_id AND f.event_type_name = 'JOB_FINISHED')"
        " GROUP BY 1",
    )
    counted: dict[int | None, int] = defaultdict(int)
    sites: dict[tuple[str, str], int] = defaultdict(int)
    for key, count in tally.jobs.items():
        if key.outcome is Outcome.SCRIPT_ERROR:
            counted[key.exit_code] += count.n_jobs
            sites[key.site_name, str(key.exit_code)] += count.n_jobs
    assert counted == codes
    assert sites == _sql(
        database,
        "SELECT site_name, CAST(jobscript_exit AS TEXT), count(DISTINCT jobsub_id) FROM event e WHERE"
        " event_type_name = 'JOB_SCRIPT_ERROR' AND NOT EXISTS (SELECT 1 FROM event f WHERE f.jobsub_id = e.jobsub_id AND"
        " f.event_type_name = 'JOB_FINISHED') GROUP BY 1, 2",
    )
    (exit_zero,) = database.execute(
        "SELECT count(DISTINCT jobsub_id) FROM event WHERE event_type_name IN ('JOB_OUTPUTTING', 'JOB_FINISHED')"
    ).fetchone()
    assert tally.n_exit_zero == exit_zero == sum(count.n_exit_zero for count in tally.jobs.values())
    assert sum(count.n_jobs for count in tally.jobs.values()) == sum(outcomes.values())


@pytest.mark.parametrize("workflow_id", COMPLETE)
def test_the_hours_add_up_to_the_jobs(workflow_id: int) -> None:
    tally = _tally(RECORDED[workflow_id])
    database = _database(RECORDED[workflow_id])
    hours = tally.hours.values()
    assert sum(hour.n_started for hour in hours) == tally.n_started
    assert sum(hour.n_ended_zero + hour.n_ended_other for hour in hours) == tally.n_ended
    started = _sql(
        database,
        "SELECT substr(event_time, 1, 13), count(DISTINCT jobsub_id) FROM event"
        " WHERE event_type_name = 'JOB_STARTED' GROUP BY 1",
    )
    assert {f"{at:%Y-%m-%d %H}": hour.n_started for (_stage, at), hour in tally.hours.items() if hour.n_started} == started
    processed = database.execute(
        "SELECT count(DISTINCT file_did) FROM event WHERE event_type_name = 'FILE_PROCESSED' AND jobsub_id IN"
        " (SELECT jobsub_id FROM event WHERE event_type_name = 'JOB_FINISHED')"
    ).fetchone()[0]
    assert sum(hour.n_files_processed for hour in hours) == processed


@pytest.mark.parametrize("workflow_id", COMPLETE)
def test_a_whole_harvest_over_http_gives_the_same_tally_as_the_recorded_rows(workflow_id: int) -> None:
    """The harvest leaves out questions whose answers cannot matter; the counts must not change by it."""
    with Replay(missing="empty") as replay:
        client = JustinClient(JustinSettings(replay.url, pause_seconds=0))
        got = harvest(client, workflow_id, Prior(), full=True)
    tally = tally_workflow(got.readings)
    expected = _tally(RECORDED[workflow_id])
    assert tally.by_outcome == expected.by_outcome
    assert tally.jobs == expected.jobs
    assert tally.hours == expected.hours
    assert (tally.n_started, tally.n_exit_zero, tally.n_submitted) == (
        expected.n_started,
        expected.n_exit_zero,
        expected.n_submitted,
    )
    assert tally.complete


def test_the_recorded_answer_at_the_cap_says_at_least() -> None:
    recording = next(one for one in index() if "truncated-10000" in one["file"])
    rows = decode(EventRow, body_of(recording))
    capped = Capped("JOB_FINISHED of stage 1", len(rows), "an entry cannot be split further")
    reading = Reading(1, ask.FINISHED, rows, rows[0].at, [capped], was_split=True)
    tally = tally_workflow({(1, ask.FINISHED): reading})
    assert tally.by_outcome[Outcome.FINISHED] == 10_000
    assert not tally.complete
    assert tally.incomplete == [capped.as_dict()]


def test_file_states_of_a_retried_workflow_are_counted_with_their_attempts() -> None:
    recording = next(one for one in index() if one["file"] == "download-file-states.retried-3205.json")
    raw = json.loads(body_of(recording))
    rows = decode(FileStateRow, body_of(recording))
    reading = Reading(1, ask.FILE_STATES, rows, ANY_TIME)
    tally = tally_workflow({(1, ask.FILE_STATES): reading})
    expected: dict[tuple[int, str, int | None], int] = defaultdict(int)
    for row in raw:
        expected[1, row["state"], row["allocations"]] += 1
    assert {key: count.n_files for key, count in tally.files.items()} == expected
    assert sum(expected.values()) == 350


def test_outputs_are_files_and_bytes_by_storage() -> None:
    recording = next(one for one in index() if one["file"] == "download-output-file-stats.usertests-3302.json")
    raw = json.loads(body_of(recording))
    tally = tally_workflow({(1, ask.OUTPUTS): Reading(1, ask.OUTPUTS, decode(OutputRow, body_of(recording)), ANY_TIME)})
    assert (tally.n_output_files, tally.output_bytes) == (10, sum(row["size_bytes"] for row in raw))
    assert sum(count.n_bytes for count in tally.written_to.values()) == tally.output_bytes
