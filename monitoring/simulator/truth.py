"""What is really so in a simulated workflow, counted from its jobs and files and never from its events.

The names follow the justIN contract, section 7; a test that compares its own counts with these has counted
in a different way.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from monitoring.simulator.life import Life
from monitoring.simulator.records import EXITS_ZERO, FINISHES, STALLS, Job, Outcome
from monitoring.simulator.workflow import Facts


@dataclass
class Truth:
    """Distinct jobs by outcome, and files, of one workflow (or one stage of it) at one instant.

    `queued` holds every job that has not started, also those turned away, as their end is told under workflow 0.
    """

    state: str = ""
    submitted: int = 0
    started: int = 0
    exit_zero: int = 0
    good: int = 0
    script_error: dict[int, int] = field(default_factory=dict)  # exit code -> jobs
    result_lost: int = 0
    output_failed: int = 0
    aborted: int = 0
    stalled: int = 0
    running: int = 0
    queued: int = 0
    not_used: int = 0  # of the queued, those turned away
    none_processed: int = 0  # of the good, those that did no file
    sites: dict[str, dict[str, int]] = field(default_factory=dict)  # site -> started, exit_zero, good, script_error
    site_codes: dict[str, dict[int, int]] = field(default_factory=dict)  # site -> exit code -> jobs
    files: list[dict[str, int]] = field(default_factory=list)  # per stage: state -> files
    outputs: int = 0  # uploaded
    outputs_bytes: int = 0

    @property
    def n_script_error(self) -> int:
        """Jobs whose jobscript exited with a code that is not zero."""
        return sum(self.script_error.values())

    @property
    def ended(self) -> int:
        """The denominator of the success rate."""
        lost = self.result_lost + self.output_failed + self.aborted + self.stalled
        return self.good + self.n_script_error + lost

    def as_dict(self) -> dict[str, Any]:
        """For JSON: keys of the inner mappings become text there."""
        return asdict(self) | {"n_script_error": self.n_script_error, "ended": self.ended}


def truth_of(life: Life, facts: Facts, now: int, stage_id: int | None = None) -> Truth:
    """The truth at `now` (seconds since 1970) about all stages, or about one."""
    truth = Truth(state=facts.state_at(now))
    for job in life.jobs:
        if stage_id in (None, job.stage_id) and job.submitted_at <= now:
            truth.submitted += 1
            _count(truth, job, now)
    truth.files = [
        dict(Counter(state for file in files if (state := file.state_at(now)) is not None))
        for number, files in enumerate(life.files, start=1)
        if stage_id in (None, number)
    ]
    uploaded = [o for o in life.outputs if o.created_at <= now and stage_id in (None, o.stage_id)]
    truth.outputs = len(uploaded)
    truth.outputs_bytes = sum(output.size_bytes for output in uploaded)
    return truth


def _count(truth: Truth, job: Job, now: int) -> None:
    ended = job.ended_at is not None and job.ended_at <= now
    outcome = job.outcome
    if job.started_at is None or job.started_at > now:
        if ended and outcome is Outcome.LOST_IN_QUEUE:
            truth.stalled += 1
        else:
            truth.queued += 1
            truth.not_used += ended and outcome in (Outcome.NOT_USED, Outcome.TURNED_AWAY)
        return
    site = truth.sites.setdefault(job.site or "", dict.fromkeys(("started", "exit_zero", "good", "script_error"), 0))
    truth.started += 1
    site["started"] += 1
    exited = job.exited_at is not None and job.exited_at <= now
    if exited and outcome in EXITS_ZERO:
        truth.exit_zero += 1
        site["exit_zero"] += 1
    if exited and outcome is Outcome.SCRIPT_ERROR:
        truth.script_error[job.exit_code] = truth.script_error.get(job.exit_code, 0) + 1
        site["script_error"] += 1
        codes = truth.site_codes.setdefault(job.site or "", {})
        codes[job.exit_code] = codes.get(job.exit_code, 0) + 1
    elif not ended:
        truth.running += 1
    elif outcome in FINISHES:
        truth.good += 1
        site["good"] += 1
        truth.none_processed += outcome is not Outcome.GOOD
    elif outcome is Outcome.RESULT_LOST:
        truth.result_lost += 1
    elif outcome is Outcome.OUTPUT_FAILED:
        truth.output_failed += 1
    elif outcome is Outcome.CVMFS:
        truth.aborted += 1
    elif outcome in STALLS:
        truth.stalled += 1
