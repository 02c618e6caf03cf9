"""What the numbers of a workflow are told in: frozen rows, each with its meaning and units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitoring.models import Tally
from monitoring.outcomes import Outcome


def ratio(part: int | None, whole: int | None) -> float | None:
    """`part` of `whole` between 0 and 1; None when either is unknown, the whole is 0 or the part is larger than it."""
    if part is None or not whole or not 0 <= part <= whole:
        return None
    return part / whole


def ratio_problem(part: int | None, whole: int | None, *, complete: bool = True) -> str:
    """Why a ratio is not told: '' when it is, or when there is nothing yet to divide by."""
    if part is None or whole is None:
        return "unknown"
    if part > whole:
        return f"{part:,} of {whole:,} is more than all"
    if not complete:
        return "not all jobs could be counted"
    return ""


@dataclass(frozen=True, slots=True)
class JobNumbers:
    """Jobs of a workflow, each counted once. With `complete` False the counts of ends are lower bounds.

    `exit_zero`: the jobscript exited 0 (justIN's JOB_OUTPUTTING); `outputting`: those of them that still put outputs in place
    and so have not ended; `ended_zero`: the others, which rates are made of. `good`: exit 0 and outputs in place.
    `running` and `queued` are None where a cut answer leaves them unknown.
    """

    submitted: int
    started: int
    ended: int
    running: int | None
    queued: int | None
    exit_zero: int
    outputting: int
    good: int
    script_error: int
    result_lost: int
    output_failed: int
    aborted: int
    stalled: int
    complete: bool = True
    submitted_complete: bool = True

    @classmethod
    def of(cls, tally: Tally) -> JobNumbers:
        return cls(
            submitted=tally.n_submitted,
            started=tally.n_started,
            ended=tally.n_ended,
            running=tally.n_running if tally.jobs_complete else None,
            queued=tally.n_queued if tally.jobs_complete and tally.submitted_complete else None,
            exit_zero=tally.n_exit_zero,
            outputting=tally.n_outputting,
            good=tally.n_good,
            script_error=tally.n_script_error,
            result_lost=tally.n_result_lost,
            output_failed=tally.n_output_failed,
            aborted=tally.n_aborted,
            stalled=tally.n_stalled,
            complete=tally.jobs_complete,
            submitted_complete=tally.submitted_complete,
        )

    @property
    def ended_zero(self) -> int:
        """Ended, and the jobscript exited 0."""
        return self.exit_zero - self.outputting

    @property
    def success_rate(self) -> float | None:
        """Exit 0 over jobs that ended, as the weekly table has it; between 0 and 1."""
        return ratio(self.ended_zero, self.ended) if self.complete else None

    @property
    def good_rate(self) -> float | None:
        """Good jobs over jobs that ended: the rate of the justIN contract, section 7; between 0 and 1."""
        return ratio(self.good, self.ended) if self.complete else None

    @property
    def rate_problem(self) -> str:
        """Why there is no success rate, in words; '' when there is one or no job ended yet."""
        return ratio_problem(self.ended_zero, self.ended, complete=self.complete)


@dataclass(frozen=True, slots=True)
class EndRow:
    """One way in which jobs ended. `key` ('0', '65', 'lost', …) names it in the matrix and in links."""

    key: str
    label: str
    outcome: Outcome
    exit_code: int | None
    meaning: str
    n_jobs: int
    share: float | None  # of the jobs that ended
    n_sites: int
    top_site: str
    top_site_n_jobs: int
    fill: str


@dataclass(frozen=True, slots=True)
class SiteRow:
    """Jobs at a site; `site` is '' where justIN names none. `ends` by key, `exit_codes` by code (0: exited 0)."""

    site: str
    started: int
    ended: int
    running: int
    exit_zero: int
    ended_zero: int
    good: int
    ends: Mapping[str, int]
    exit_codes: Mapping[int, int]

    @property
    def success_rate(self) -> float | None:
        """Between 0 and 1, of what was counted; None when nothing ended."""
        return ratio(self.ended_zero, self.ended)


@dataclass(frozen=True, slots=True)
class RseRow:
    """A storage that jobs read from (`n_jobs` by how they ended, `n_files` allocations) or wrote to (`n_files` outputs).

    A job that read from two storages counts at both. `n_failed`: ended other than good; `exit_codes`: of jobscript errors.
    """

    rse_name: str
    use: str  # RseTally.Use
    n_jobs: int
    n_failed: int
    exit_codes: Mapping[int, int]
    n_files: int
    n_bytes: int

    @property
    def failed_share(self) -> float | None:
        """Of the jobs that read from it, running ones too; between 0 and 1."""
        return ratio(self.n_failed, self.n_jobs)


@dataclass(frozen=True, slots=True)
class FileStateRow:
    state: str
    n: int
    n_retried: int  # more than one attempt, where attempts are known
    at_least: bool


@dataclass(frozen=True, slots=True)
class StageRow:
    """Input files of a stage by state."""

    stage_id: int
    files: list[FileStateRow]

    @property
    def n_files(self) -> int:
        return sum(row.n for row in self.files)

    @property
    def at_least(self) -> bool:
        return any(row.at_least for row in self.files)

    def n_in(self, state: str) -> int:
        return sum(row.n for row in self.files if row.state == state)


@dataclass(frozen=True, slots=True)
class HourRow:
    """Jobs in a step of time that begins at `hour`; `running` at its end: all started minus all ended so far."""

    hour: datetime
    started: int
    ended_zero: int
    ended_other: int
    running: int


@dataclass(frozen=True, slots=True)
class Outputs:
    """Output files that were uploaded; `estimated`: their bytes are partly told by the mean size."""

    n_files: int
    n_bytes: int
    estimated: bool


@dataclass(frozen=True)
class WorkflowNumbers:
    """All that pages tell of one workflow. `jobs`, `outputs` and the times are None while its jobs were never read."""

    jobs: JobNumbers | None
    ends: list[EndRow] = field(default_factory=list)
    sites: list[SiteRow] = field(default_factory=list)
    matrix_keys: list[str] = field(default_factory=list)
    rses: list[RseRow] = field(default_factory=list)
    stages: list[StageRow] = field(default_factory=list)
    hours: list[HourRow] = field(default_factory=list)
    hours_step: int = 1  # hours in each row of `hours`
    outputs: Outputs | None = None
    incomplete: list[dict[str, Any]] = field(default_factory=list)
    complete: bool = False
    as_of: datetime | None = None
    full_as_of: datetime | None = None

    @property
    def is_read(self) -> bool:
        return self.jobs is not None

    @property
    def success_rate(self) -> float | None:
        return self.jobs.success_rate if self.jobs else None

    @property
    def good_rate(self) -> float | None:
        return self.jobs.good_rate if self.jobs else None

    @property
    def rate_problem(self) -> str:
        return self.jobs.rate_problem if self.jobs else "unknown"

    @property
    def exit_codes(self) -> dict[int, int]:
        """Jobs by jobscript exit code: 0 for those that exited 0, N for jobscript errors with that code."""
        if self.jobs is None:
            return {}
        codes = {row.exit_code: row.n_jobs for row in self.ends if row.outcome is Outcome.SCRIPT_ERROR}
        return {0: self.jobs.exit_zero} | {code: n for code, n in codes.items() if code is not None}

    @property
    def hours_step_words(self) -> str:
        return {1: "hour", 24: "day", 168: "week"}.get(self.hours_step, f"{self.hours_step} hours")

    @property
    def file_states(self) -> dict[str, int]:
        """Input files by state, all stages together."""
        states: dict[str, int] = defaultdict(int)
        for stage in self.stages:
            for row in stage.files:
                states[row.state] += row.n
        return dict(states)
