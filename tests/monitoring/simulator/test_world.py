"""The world itself: the same from the same seed, moving in time, and believable."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from monitoring.simulator.answers import ROW_CAP, download
from monitoring.simulator.clock import DEFAULT_START
from monitoring.simulator.records import Outcome
from monitoring.simulator.scenes import HOUR
from monitoring.simulator.workflow import STATES
from monitoring.simulator.world import World

GOOD_LIFE = [
    "JOB_SUBMITTED", "JOB_STARTED", "FILE_ALLOCATED", "JOB_PROCESSING", "FILE_PROCESSED", "JOB_OUTPUTTING",
    "FILE_CREATED", "JOB_FINISHED",
]  # fmt: skip
SCRIPT_ERROR_LIFE = [*GOOD_LIFE[:4], "JOB_SCRIPT_ERROR", "JOB_ABORT_SCRIPT_ERROR"]


@pytest.fixture(scope="module")
def demo() -> World:
    return World("demo")


def _events(world: World, now: int, **params: object) -> list[dict[str, Any]]:
    texts = {name: str(value) for name, value in params.items()}
    return download(world, "download-events", {"format": "json", **texts}, now).rows


def _lives(world: World, workflow_id: int, now: int) -> dict[str, list[dict[str, Any]]]:
    lives: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _events(world, now, workflow_id=workflow_id):
        if row["jobsub_id"]:
            lives[row["jobsub_id"]].append(row)
    return lives


def test_the_same_seed_gives_the_same_world():
    one, two, other = World("small"), World("small"), World("small", seed=7)
    # In another order of asking: nothing depends on who was asked for first.
    two.warm_up()
    for workflow_id in (3202, 9001):
        assert _events(one, one.start, workflow_id=workflow_id) == _events(two, one.start, workflow_id=workflow_id)
    assert _events(one, one.start, workflow_id=3202) != _events(other, one.start, workflow_id=3202)


def test_a_world_that_starts_later_is_the_same_world_later():
    one, two = World("small"), World("small", start=DEFAULT_START + timedelta(days=3))
    first = [(r["event_type_name"], r["jobsub_id"]) for r in _events(one, one.start, workflow_id=3202)]
    assert first == [(r["event_type_name"], r["jobsub_id"]) for r in _events(two, two.start, workflow_id=3202)]


def test_events_appear_when_their_time_has_come_and_never_change():
    world = World("small")
    begin = world.start - 5 * HOUR
    end = begin + 20 * HOUR
    everything = _events(world, end, workflow_id=3202)
    counts = []
    for now in range(begin, end, 2 * HOUR):
        rows = _events(world, now, workflow_id=3202)
        text = (DEFAULT_START + timedelta(seconds=now - world.start)).strftime("%Y-%m-%d %H:%M:%S")
        assert rows == [row for row in everything if row["event_time"] <= text]
        counts.append(len(rows))
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_an_id_may_be_lower_than_that_of_an_earlier_event():
    world = World("small")
    times = [row["event_time"] for row in _events(world, world.start, workflow_id=3221)]
    assert times != sorted(times)


def test_ids_are_unique_in_the_whole_service(demo: World):
    later = demo.start + 80 * HOUR
    for world in (demo, World("small")):
        ids = [event[0] for event in world.all_events(later)]
        assert len(ids) == len(set(ids))
        assert max(ids) < 2**31


def test_every_outcome_has_the_life_that_justin_writes(small_9001):
    world, lives = small_9001
    by_outcome: dict[Outcome, list[str]] = {}
    for job in world.workflow(9001).life.jobs:
        by_outcome.setdefault(job.outcome, [row["event_type_name"] for row in lives[job.jobsub_id]])
    assert by_outcome[Outcome.GOOD] == GOOD_LIFE
    assert by_outcome[Outcome.NONE_PROCESSED] == [*GOOD_LIFE[:4], "JOB_OUTPUTTING", "JOB_FINISHED"]
    assert by_outcome[Outcome.LATE] == ["JOB_SUBMITTED", "JOB_STARTED", "JOB_OUTPUTTING", "JOB_FINISHED"]
    assert by_outcome[Outcome.SCRIPT_ERROR][:5] == SCRIPT_ERROR_LIFE[:5]
    assert by_outcome[Outcome.RESULT_LOST] == [*GOOD_LIFE[:4], "JOB_ABORT_RECORDING_RESULT", "FILE_ALLOCATED_RESET"]
    upload = by_outcome[Outcome.OUTPUT_FAILED]
    assert upload[:6] == [*GOOD_LIFE[:6]]
    assert upload[6].startswith("JOB_ABORT_")
    assert upload[7] == "FILE_OUTPUTTING_RESET"
    assert by_outcome[Outcome.CVMFS] == ["JOB_SUBMITTED", "JOB_STARTED", "JOB_ABORT_CVMFS_CHECKS"]
    assert by_outcome[Outcome.STALLED_HEARTBEAT] == [*GOOD_LIFE[:4], "JOB_STALLED_HEARTBEAT", "FILE_ALLOCATED_RESET"]
    assert by_outcome[Outcome.STALLED_HTCONDOR] == [*GOOD_LIFE[:4], "JOB_STALLED_HTCONDOR", "FILE_ALLOCATED_RESET"]
    assert by_outcome[Outcome.LOST_IN_QUEUE] == ["JOB_SUBMITTED", "JOB_STALLED_HTCONDOR"]
    for fate in (Outcome.NOT_USED, Outcome.TURNED_AWAY, Outcome.WAITING):
        assert by_outcome[fate] == ["JOB_SUBMITTED"]


@pytest.fixture(scope="module")
def small_9001():
    world = World("small")
    return world, _lives(world, 9001, world.start)


def test_a_failed_jobscript_has_two_events_with_its_code_and_all_others_have_zero(small_9001):
    _, lives = small_9001
    codes = set()
    for rows in lives.values():
        with_code = [row["event_type_name"] for row in rows if row["jobscript_exit"] != 0]
        failed = [row["jobscript_exit"] for row in rows if row["event_type_name"] == "JOB_SCRIPT_ERROR"]
        assert len(with_code) == 2 * len(failed)
        codes.update(failed)
    assert codes == {1, 65, 71, 90, 127, -9}


def test_a_job_without_a_site_has_none_before_it_starts_and_one_ever_after(small_9001):
    _, lives = small_9001
    for rows in lives.values():
        assert rows[0]["site_name"] is None
        if rows[1:] and rows[1]["event_type_name"] == "JOB_STARTED":
            assert len({(row["site_name"], row["entry_name"]) for row in rows[1:]}) == 1
            assert rows[1]["site_name"]


def test_file_states_follow_justins_order(demo: World):
    allowed = {
        "finding": {"unallocated", "notfound"}, "unallocated": {"allocated"},
        "allocated": {"outputting", "unallocated", "failed"},
        "outputting": {"processed", "unallocated", "failed"}, "processed": set(), "failed": set(), "notfound": set(),
    }  # fmt: skip
    seen = set()
    for workflow_id in (3202, 3223, 2251):
        for files in demo.workflow(workflow_id).life.files:
            for file in files:
                times = [at for at, _ in file.changes]
                assert times == sorted(times)
                names = [name for _, name in file.changes]
                seen.update(names)
                assert all(b in allowed[a] for a, b in pairwise(names)), names
    assert seen >= STATES - {"failed"}


def test_monte_carlo_files_have_no_replicas_and_inputs_of_stage_two_were_not_added(demo: World):
    assert not _events(demo, demo.start, workflow_id=2251, event_type_name="REPLICA_ADDED")
    second = _events(demo, demo.start, workflow_id=3221, stage_id=2)
    types = {row["event_type_name"] for row in second}
    assert "REPLICA_ADDED" in types
    assert "FILE_ADDED" not in types
    assert (
        _events(demo, demo.start, workflow_id=2251, event_type_name="FILE_ADDED")[0]["file_did"] == "monte-carlo-002251-000001"
    )


def test_the_demo_holds_what_it_promises(demo: World):
    rows = {f.scene.workflow_id: f.row_at(demo.start) for c in demo.campaign_ids() for f in demo.campaign(c, demo.start)}
    assert rows[2251] | {"files_processed": 500, "files_total": 500, "state": "finished"} == rows[2251]
    assert [rows[i]["state"] for i in (3201, 3202, 3203, 3204, 3205)] == [
        "finished", "finished", "running", "submitted", "submitted",
    ]  # fmt: skip
    slices = [demo.workflow(i).scene.n_files for i in (3201, 3202, 3203, 3204, 3205)]
    assert sum(slices) == 20_784
    assert rows[3223]["state"] == rows[3225]["state"] == "paused"
    assert [
        r["stage_id"] for r in _events(demo, demo.start, workflow_id=3223, event_type_name="WORKFLOW_PAUSED_JOBSCRIPT_ERROR")
    ] == [0]
    assert not _events(demo, demo.start, workflow_id=3225, event_type_name="WORKFLOW_PAUSED_JOBSCRIPT_ERROR")
    assert rows[3302]["scope_name"] == "usertests"


def test_the_automatic_pause_comes_when_failures_of_an_hour_exceed_ten_and_the_good_ones(demo: World):
    life = demo.workflow(3223).life
    (at,) = life.paused_by_itself_at
    last_hour = [j for j in life.jobs if j.ended_at and at - HOUR - 60 < j.ended_at <= at]
    failed = [j for j in last_hour if j.outcome is Outcome.SCRIPT_ERROR]
    good = [j for j in last_hour if j.outcome is Outcome.GOOD]
    assert len(failed) > 10
    assert len(failed) > len(good)
    assert {j.site for j in failed if j.exit_code == 71} == {"US_Wisconsin"}
    # Nothing is given out during the pause.
    assert not [j for j in life.jobs if j.started_at and j.started_at > at]


def test_a_site_starts_to_fail_every_job_in_the_middle_of_the_demo(demo: World):
    def codes(begin: int, end: int) -> list[int]:
        jobs = (j for j in demo.workflow(3203).life.jobs if j.site == "UK_Brunel" and begin <= (j.started_at or 0) < end)
        return [j.exit_code for j in jobs]

    before = codes(0, demo.start + 2 * HOUR)
    after = codes(demo.start + 2 * HOUR, demo.start + 12 * HOUR)
    assert before.count(65) < len(before) / 3
    assert len(after) > 10
    assert set(after) == {65}


def test_one_workflow_is_past_the_cap_even_at_one_entry_and_another_is_not(demo: World):
    def n(workflow_id: int, **more: str) -> int:
        return len(_events(demo, demo.start, workflow_id=workflow_id, event_type_name="JOB_FINISHED", stage_id=1, **more))

    assert n(2988) == n(2989) == ROW_CAP
    site = {"site_name": "US_FNAL-FermiGrid"}
    assert n(2988, **site, entry_name="DUNE_US_FNAL_ce01") == ROW_CAP
    assert 0 < n(2989, **site) < ROW_CAP
    unfiltered = _events(demo, demo.start, workflow_id=2988)
    assert {row["event_type_name"] for row in unfiltered} == {"FILE_ADDED"}


def test_the_demo_goes_on_moving_for_days(demo: World):
    n_processed, newest = [], []
    for hours in range(0, 73, 3):
        rows = [f.row_at(demo.start + hours * HOUR) for c in (402, 403) for f in demo.campaign(c, demo.start + hours * HOUR)]
        n_processed.append(sum(row["files_processed"] for row in rows))
        newest.append(max(row["workflow_id"] for row in rows))
        assert any(row["state"] == "running" for row in rows)
    assert all(b > a for a, b in pairwise(n_processed))
    assert newest[-1] >= newest[0] + 10


def test_old_workflows_that_were_forgotten_are_remembered_the_same():
    world = World("demo")
    later = world.start + 60 * 24 * HOUR
    before = _events(world, later, workflow_id=3402)
    assert len(world.campaign(402, later)) > 100
    assert 3402 not in world._remembered
    assert _events(world, later, workflow_id=3402) == before
