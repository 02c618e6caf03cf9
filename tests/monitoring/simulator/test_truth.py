"""The truth of the world's own records against counts made from the downloads, by the justIN contract, section 7."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from monitoring.simulator.answers import download
from monitoring.simulator.scenes import HOUR
from monitoring.simulator.truth import truth_of
from monitoring.simulator.world import World

OUTPUT_ABORTS = {
    "JOB_ABORT_CREATING_LOGS_TGZ", "JOB_ABORT_METACAT_LOGS_CREATION", "JOB_ABORT_METACAT_LOGS_REGISTRATION",
    "JOB_ABORT_RUCIO_UPLOAD_LOGS", "JOB_ABORT_WEBDAV_UPLOAD", "JOB_ABORT_CREATING_METADATA",
    "JOB_ABORT_METACAT_REGISTRATION", "JOB_ABORT_RUCIO_UPLOAD_FILE", "JOB_ABORT_METACAT_UPLOADED",
    "JOB_ABORT_METACAT_CONFIRMED", "JOB_ABORT_RUCIO_SILENT_FAILURE",
}  # fmt: skip
OUTCOMES = (
    "good", "script_error", "result_lost", "output_failed", "aborted", "stalled", "running", "queued",
)  # fmt: skip


def _rows(world: World, method: str, now: int, **params: Any) -> list[dict[str, Any]]:
    texts = {name: str(value) for name, value in params.items()}
    return download(world, f"download-{method}", {"format": "json", **texts}, now, cap=10**9).rows


def _outcome(types: set[str]) -> str:
    if "JOB_FINISHED" in types:
        return "good"
    if "JOB_SCRIPT_ERROR" in types:
        return "script_error"
    if "JOB_ABORT_RECORDING_RESULT" in types:
        return "result_lost"
    if "JOB_OUTPUTTING" in types and types & OUTPUT_ABORTS:
        return "output_failed"
    if types & {"JOB_ABORTED", "JOB_ABORT_CVMFS_CHECKS"}:
        return "aborted"
    if types & {"JOB_STALLED_HEARTBEAT", "JOB_STALLED_HTCONDOR"}:
        return "stalled"
    return "running" if "JOB_STARTED" in types else "queued"


def _check(world: World, workflow_id: int, now: int) -> Counter[str]:
    types: dict[str, set[str]] = defaultdict(set)
    codes: Counter[int] = Counter()
    site_codes: dict[str, Counter[int]] = defaultdict(Counter)
    for row in _rows(world, "events", now, workflow_id=workflow_id):
        if row["jobsub_id"] is None:
            continue
        types[row["jobsub_id"]].add(row["event_type_name"])
        if row["event_type_name"] == "JOB_SCRIPT_ERROR":
            codes[row["jobscript_exit"]] += 1
            site_codes[row["site_name"]][row["jobscript_exit"]] += 1
    outcomes = Counter(_outcome(each) for each in types.values())
    workflow = world.workflow(workflow_id)
    assert workflow
    facts = workflow.facts()
    truth = truth_of(workflow.life, facts, now)
    assert {name: outcomes[name] for name in OUTCOMES} == {
        "script_error": truth.n_script_error,
        **{name: getattr(truth, name) for name in OUTCOMES if name != "script_error"},
    }
    assert truth.submitted == len(types)
    assert truth.started == sum("JOB_STARTED" in each for each in types.values())
    assert truth.exit_zero == sum("JOB_OUTPUTTING" in each for each in types.values())
    assert truth.script_error == codes
    assert truth.site_codes == site_codes
    for stage, states in enumerate(truth.files, start=1):
        rows = _rows(world, "file-states", now, workflow_id=workflow_id, stage_id=stage)
        assert states == Counter(row["state"] for row in rows)
    row = facts.row_at(now)
    first = truth.files[0] if truth.files else {}
    assert row["files_processed"] == first.get("processed", 0)
    assert row["files_total"] == sum(first.values())
    outputs = [r for s in (1, 2) for r in _rows(world, "output-file-stats", now, workflow_id=workflow_id, stage_id=s)]
    assert (truth.outputs, truth.outputs_bytes) == (len(outputs), sum(r["size_bytes"] for r in outputs))
    return outcomes


@pytest.mark.parametrize("hours", [-40, -3, 0, 7, 60])
def test_every_workflow_of_the_small_world_counts_the_same_both_ways(hours):
    world = World("small")
    now = world.start + hours * HOUR
    seen: Counter[str] = Counter()
    for workflow_id in world.workflow_ids(now):
        seen += _check(world, workflow_id, now)
    if hours == 0:
        assert set(seen) == set(OUTCOMES)


@pytest.fixture(scope="module")
def demo() -> World:
    return World("demo")


@pytest.mark.parametrize("workflow_id", [2988, 3203, 3402, 3404, 3405])
def test_large_and_recurring_workflows_of_the_demo_count_the_same_both_ways(demo, workflow_id):
    assert _check(demo, workflow_id, demo.start + 30 * HOUR)["good"] > 50


def test_the_truth_is_also_given_over_http(ask):
    got = ask.get("/simulator/truth/9001").json()
    assert got["good"] == ask.simulator.truth(9001).good > 20
    assert got["script_error"]["65"] == 1
    assert ask.get("/simulator/truth/1").status_code == 400


def test_the_truth_of_one_stage_is_a_part_of_the_whole(justin):
    whole, first, second = justin.truth(3221), justin.truth(3221, 1), justin.truth(3221, 2)
    assert whole.good == first.good + second.good
    assert whole.files == [*first.files, *second.files]
    assert second.good > 0
