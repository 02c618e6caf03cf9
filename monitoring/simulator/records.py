"""What really happened to the jobs and files of a simulated workflow; all times are seconds since 1970."""

from dataclasses import dataclass, field
from enum import Enum


class Outcome(Enum):
    """How a job ended (or will end), before anybody writes events about it."""

    GOOD = "good"
    NONE_PROCESSED = "none processed"  # exit 0, outputs in place, but no file was done
    LATE = "late"  # found no file, exit 0
    SCRIPT_ERROR = "script error"
    RESULT_LOST = "result lost"
    OUTPUT_FAILED = "output failed"
    CVMFS = "cvmfs"  # worker node without CVMFS
    STALLED_HEARTBEAT = "stalled, no heartbeat"
    STALLED_HTCONDOR = "stalled, gone from HTCondor"
    # The jobscript never started:
    NOT_USED = "not used"
    TURNED_AWAY = "turned away"
    LOST_IN_QUEUE = "lost in the queue"
    WAITING = "waiting"


EXITS_ZERO = {Outcome.GOOD, Outcome.NONE_PROCESSED, Outcome.LATE, Outcome.OUTPUT_FAILED}
FINISHES = {Outcome.GOOD, Outcome.NONE_PROCESSED, Outcome.LATE}
STALLS = {Outcome.STALLED_HEARTBEAT, Outcome.STALLED_HTCONDOR, Outcome.LOST_IN_QUEUE}


@dataclass(slots=True)
class Job:
    """One job. `exited_at` is when the jobscript ended, `ended_at` when justIN knows the job's end."""

    jobsub_id: str
    stage_id: int
    submitted_at: int
    outcome: Outcome
    site: str | None = None
    entry: str | None = None
    started_at: int | None = None
    allocated_at: int | None = None
    exited_at: int | None = None
    ended_at: int | None = None
    reset_at: int | None = None  # when the Finder takes its files back
    exit_code: int = 0
    abort_event: str | None = None  # the event that tells why logs or outputs could not be saved
    files: "list[File]" = field(default_factory=list)
    outputs: "list[Output]" = field(default_factory=list)


@dataclass(slots=True)
class File:
    """One input file of a stage, `number` in the order of finding.

    `changes` are (time, state) and `attempts` are (time, job, RSE), both in order.
    """

    number: int
    did: str
    added_at: int
    size_bytes: int
    rses: tuple[str, ...]
    max_allocations: int
    changes: list[tuple[int, str]] = field(default_factory=list)
    attempts: list[tuple[int, Job, str]] = field(default_factory=list)
    processed_at: int | None = None
    given_up_at: int | None = None  # failed or notfound

    def state_at(self, now: int) -> str | None:
        """justIN's name of the state, or None before the file was found."""
        state = None
        for at, name in self.changes:
            if at > now:
                break
            state = name
        return state


@dataclass(slots=True)
class Output:
    """One file made by a job. `created_at` is the end of its upload, `confirmed_at` when the job finished."""

    did: str
    job: Job
    stage_id: int
    rse: str | None  # None for scratch
    size_bytes: int
    upload_seconds: float
    recorded_at: int
    created_at: int
    confirmed_at: int
    for_next_stage: bool
