"""What justIN writes down about a workflow's life: its events, in the order of their ids."""

from collections.abc import Iterator
from typing import Any, Final

from monitoring.simulator.life import Life
from monitoring.simulator.records import Job, Outcome

# Ids are tick * LANES + lane: unique over all workflows although each one's events are made by themselves.
# A tick is a second, or the next free number where many events share one.
LANES = 64
KEYS = (
    "event_id", "event_type_name", "workflow_id", "stage_id", "file_did", "jobsub_id", "site_name", "entry_name",
    "rse_name", "event_time", "jobscript_exit",
)  # fmt: skip
# Positions in an event.
TYPE: Final = 1
WORKFLOW: Final = 2
STAGE: Final = 3
FILE: Final = 4
JOB: Final = 5
SITE: Final = 6
ENTRY: Final = 7
RSE: Final = 8
TIME: Final = 9
EXIT: Final = 10

# One event as it will be answered, in the order of KEYS; the time is still a number.
Event = tuple[int, str, int, int, str | None, str | None, str | None, str | None, str | None, int, int]
_Step = tuple[int, str, str | None, str | None, int]  # time, type, file, RSE, exit code

_UNSTARTED = {
    Outcome.NOT_USED: "JOB_NOTUSED",
    Outcome.TURNED_AWAY: "JOB_ABORTED",
    Outcome.LOST_IN_QUEUE: "JOB_STALLED_HTCONDOR",
}
_STALLED = {
    Outcome.STALLED_HEARTBEAT: "JOB_STALLED_HEARTBEAT",
    Outcome.STALLED_HTCONDOR: "JOB_STALLED_HTCONDOR",
}


def events_of(life: Life, lane: int, origin: int) -> list[Event]:
    """Every event of a life by ascending id; those of turned-away jobs carry workflow 0.

    `origin` is the time (seconds since 1970) at which the ids of the world begin.
    """
    drafts: list[tuple[int, tuple[Any, ...]]] = []
    workflow_id = life.scene.workflow_id
    for stage_id, files in enumerate(life.files, start=1):
        for file in files:
            if stage_id == 1:
                drafts.append((file.added_at, ("FILE_ADDED", workflow_id, 1, file.did) + (None,) * 4 + (file.added_at, 0)))
            found_at = file.changes[1][0]
            if file.rses != ("MONTECARLO",):
                drafts += [
                    (found_at, ("REPLICA_ADDED", workflow_id, stage_id, file.did, None, None, None, rse, found_at, 0))
                    for rse in file.rses
                ]
    for at in life.paused_by_itself_at:
        drafts.append((at, ("WORKFLOW_PAUSED_JOBSCRIPT_ERROR", workflow_id, 0) + (None,) * 5 + (at, 0)))
    if life.scene.too_many_files and life.finished_at:
        at = life.finished_at
        drafts.append((at, ("WORKFLOW_FAILED_TOO_MANY_FILES", workflow_id, 0) + (None,) * 5 + (at, 0)))
    for number, job in enumerate(life.jobs):
        # Ids are given before a row is seen, so two jobs' ids may be in the other order than their times.
        late = number * 7 % 3
        drafts += [(row[8] + late, row) for row in _job_rows(job, workflow_id)]
    drafts.sort(key=lambda draft: draft[0])
    tick = 0
    events: list[Event] = []
    for key, row in drafts:
        tick = max(tick + 1, key - origin)
        events.append((tick * LANES + lane, *row))
    return events


def _job_rows(job: Job, workflow_id: int) -> Iterator[tuple[Any, ...]]:
    yield "JOB_SUBMITTED", workflow_id, job.stage_id, None, job.jobsub_id, None, None, None, job.submitted_at, 0
    if job.started_at is None:
        if job.ended_at is not None:
            name = _UNSTARTED[job.outcome]
            known = job.outcome is Outcome.LOST_IN_QUEUE
            yield (
                name, workflow_id if known else 0, job.stage_id if known else 0, None, job.jobsub_id,
                None, None, None, job.ended_at, 0,
            )  # fmt: skip
        return
    for at, name, did, rse, exit_code in _steps(job):
        yield name, workflow_id, job.stage_id, did, job.jobsub_id, job.site, job.entry, rse, at, exit_code


def _steps(job: Job) -> Iterator[_Step]:
    """The events of a started job, from JOB_STARTED to the Finder's taking its files back."""
    started_at, ended_at = job.started_at or 0, job.ended_at or 0
    exited_at = ended_at if job.exited_at is None else job.exited_at
    yield started_at, "JOB_STARTED", None, None, 0
    for number, file in enumerate(job.files):
        at, rse = next((at, rse) for at, other, rse in file.attempts if other is job)
        yield at, "FILE_ALLOCATED", file.did, rse, 0
        if number == 0:
            yield at, "JOB_PROCESSING", None, None, 0
    outcome = job.outcome
    if outcome is Outcome.CVMFS:
        yield ended_at, "JOB_ABORT_CVMFS_CHECKS", None, None, 0
    elif outcome is Outcome.RESULT_LOST:
        yield ended_at, "JOB_ABORT_RECORDING_RESULT", None, None, 0
    elif outcome is Outcome.SCRIPT_ERROR:
        yield exited_at, "JOB_SCRIPT_ERROR", None, None, job.exit_code
        yield ended_at, job.abort_event or "JOB_ABORT_SCRIPT_ERROR", None, None, job.exit_code
    elif outcome in _STALLED:
        yield ended_at, _STALLED[outcome], None, None, 0
    else:
        if outcome in (Outcome.GOOD, Outcome.OUTPUT_FAILED):
            for file in job.files:
                yield exited_at, "FILE_PROCESSED", file.did, None, 0
        yield exited_at, "JOB_OUTPUTTING", None, None, 0
        for output in job.outputs:
            # The filter allows no "/" but the column holds a scratch address whole.
            yield output.created_at, "FILE_CREATED", output.did, output.rse, 0
        if outcome is Outcome.OUTPUT_FAILED:
            yield ended_at, job.abort_event or "", None, None, 0
        else:
            yield ended_at, "JOB_FINISHED", None, None, 0
    if job.reset_at is not None:
        reset = "FILE_OUTPUTTING_RESET" if outcome is Outcome.OUTPUT_FAILED else "FILE_ALLOCATED_RESET"
        for file in job.files:
            given_up = file.given_up_at == job.reset_at
            yield job.reset_at, "FILE_SET_TO_FAILED" if given_up else reset, file.did, None, 0
