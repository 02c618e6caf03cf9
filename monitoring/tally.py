"""From justIN's events to counts: pure functions, no ORM, no HTTP. The justIN contract, section 7, is the source of each rule.

Jobs are distinct jobsub ids. A job's outcome is the first that fits: finished (JOB_FINISHED), failed with code N
(JOB_SCRIPT_ERROR, whatever follows), result lost (312), output failed (313-322, 328 after JOB_OUTPUTTING), aborted (323),
stalled (308, 311), running (JOB_STARTED), queued. Counts are numbers of jobs or files, sizes are bytes, times are justIN's.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

from monitoring.justin import harvest as ask
from monitoring.justin.harvest import Reading, Readings, all_rows
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow
from monitoring.outcomes import ENDED, Outcome

MOST_SAMPLES = 200  # of failed jobs, per workflow, outcome and code
MOST_FAILED_FILES = 2_000  # names of failed files and of those not found, per stage and state
FAILED_STATES = ("failed", "notfound")


class JobKey(NamedTuple):
    """What jobs are counted by. `exit_code` is None where justIN does not know it."""

    stage_id: int
    site_name: str
    entry_name: str
    outcome: Outcome
    exit_code: int | None


class FailedJobSample(NamedTuple):
    stage_id: int
    jobsub_id: str
    outcome: Outcome
    exit_code: int | None
    site_name: str
    entry_name: str
    rse_name: str
    file_did: str
    ended_at: datetime


class FailedFileName(NamedTuple):
    """A file that no job processed. `position`: its place among the stage's files in the order of finding, where that is
    known; `exit_code`: of the last attempt, None where none ended.
    """

    stage_id: int
    file_did: str
    state: str
    n_attempts: int
    exit_code: int | None
    position: int | None


@dataclass
class JobCount:
    n_jobs: int = 0
    n_started: int = 0
    n_exit_zero: int = 0


@dataclass
class HourCount:
    n_started: int = 0
    n_ended_zero: int = 0
    n_ended_other: int = 0
    n_files_processed: int = 0


@dataclass
class RseCount:
    n_jobs: int = 0
    n_files: int = 0
    n_bytes: int = 0


@dataclass
class FileCount:
    n_files: int = 0
    at_least: bool = False


@dataclass
class WorkflowTally:
    """All counts of one workflow. With `complete` False the counts of jobs are lower bounds, and `incomplete` says of what."""

    n_submitted: int = 0
    submitted_complete: bool = True
    n_started: int = 0
    n_exit_zero: int = 0
    by_outcome: Counter[Outcome] = field(default_factory=Counter)
    jobs: dict[JobKey, JobCount] = field(default_factory=dict)
    hours: dict[tuple[int, datetime], HourCount] = field(default_factory=dict)  # by stage and beginning of the hour
    read_from: dict[tuple[int, str, Outcome, int | None], RseCount] = field(default_factory=dict)
    written_to: dict[tuple[int, str], RseCount] = field(default_factory=dict)
    files: dict[tuple[int, str, int | None], FileCount] = field(default_factory=dict)  # by stage, state, attempts
    failed: list[FailedJobSample] = field(default_factory=list)
    failed_files: list[FailedFileName] = field(default_factory=list)
    failed_files_complete: bool = True  # else some names are left out, or justIN did not tell them
    n_output_files: int = 0
    output_bytes: int = 0
    output_bytes_estimated: bool = False
    complete: bool = True
    jobs_complete: bool = True  # the answers that jobs are counted from; files may be cut all the same
    incomplete: list[dict[str, object]] = field(default_factory=list)

    @property
    def n_ended(self) -> int:
        return sum(self.by_outcome[outcome] for outcome in ENDED)

    @property
    def n_outputting(self) -> int:
        """Jobs that exited 0 and are still putting their outputs in place: they have not ended."""
        return sum(count.n_exit_zero for key, count in self.jobs.items() if key.outcome is Outcome.RUNNING)

    def digest(self) -> str:
        """The same for equal counts, whatever the order in which they were found."""
        counts = {
            "totals": [
                self.n_submitted, self.submitted_complete, self.n_started, self.n_exit_zero, self.n_output_files,
                self.output_bytes, self.output_bytes_estimated, self.complete, self.jobs_complete,
            ],
            "outcomes": sorted((key.value, n) for key, n in self.by_outcome.items()),
            "incomplete": self.incomplete,
            "failed": sorted(sample[1] for sample in self.failed),
            "failed_files": [self.failed_files_complete, *sorted(map(str, self.failed_files))],
            **{
                name: sorted(([*map(str, key)], list(asdict(count).values())) for key, count in getattr(self, name).items())
                for name in ("jobs", "hours", "read_from", "written_to", "files")
            },
        }  # fmt: skip
        return hashlib.sha256(json.dumps(counts, separators=(",", ":")).encode()).hexdigest()


def tally_workflow(readings: Readings, *, files_processed: int | None = None, files_total: int | None = None) -> WorkflowTally:
    """Count all that was read of a workflow. The listed file counts of stage 1 are exact and mend answers cut at the cap."""
    tally = WorkflowTally()
    for stage_id in sorted({stage_id for stage_id, _kind in readings if stage_id}):
        _tally_stage(tally, readings, stage_id)
        _tally_files(tally, readings.get((stage_id, ask.FILE_STATES)), stage_id, files_processed, files_total)
    for reading in readings.values():
        tally.incomplete.extend(capped.as_dict() for capped in reading.capped)
    return tally


def _tally_stage(tally: WorkflowTally, readings: Readings, stage_id: int) -> None:
    def first_of(*kinds: str) -> dict[str, EventRow]:
        """The deciding event per job: the newest of these kinds."""
        rows = list(all_rows(readings, kinds, stage_id))
        jobs = dict(zip(map(JOB_OF, rows), rows, strict=True))
        jobs.pop(None, None)
        return jobs

    submitted = first_of(ask.SUBMITTED)
    started = first_of(ask.STARTED)
    outputting = first_of(ask.OUTPUTTING)
    finished = first_of(ask.FINISHED)
    exit_zero = outputting.keys() | finished.keys()
    upload_errors = first_of(*ask.OUTPUT_FAILED)
    ends: list[tuple[Outcome, dict[str, EventRow]]] = [
        (Outcome.FINISHED, finished),
        (Outcome.SCRIPT_ERROR, first_of(ask.SCRIPT_ERROR)),
        (Outcome.RESULT_LOST, first_of(ask.RESULT_LOST)),
        (Outcome.OUTPUT_FAILED, {job: row for job, row in upload_errors.items() if job in exit_zero}),
        (Outcome.ABORTED, first_of(*ask.ABORTED)),
        (Outcome.STALLED, first_of(*ask.STALLED)),
        (Outcome.RUNNING, started),
        (Outcome.RUNNING, outputting),
        (Outcome.QUEUED, submitted),
    ]
    last_of = {row.jobsub_id: row for row in all_rows(readings, [ask.ALLOCATED], stage_id)}
    hours = _Hours(tally, stage_id)
    seen: dict[str, tuple[Outcome, int | None]] = {}
    for outcome, rows in ends:
        new = {job: rows[job] for job in rows.keys() - seen.keys()} if seen else rows
        if not new:
            continue
        seen.update(zip(new, ((outcome, code) for code in _codes(outcome, new.values())), strict=True))
        tally.by_outcome[outcome] += len(new)
        _count_jobs(tally, stage_id, outcome, new, started, exit_zero)
        told = new.keys() & started.keys()
        if outcome in ENDED:
            ended_zero = outcome in ENDED_ZERO
            hours.add("n_ended_zero" if ended_zero else "n_ended_other", new.values())
            if outcome is not Outcome.FINISHED:
                tally.failed.extend(_samples(stage_id, outcome, new, started, last_of))
        if outcome is not Outcome.QUEUED and len(told) < len(new):
            # an end seen before the start is told implies it; at the latest the job started when it ended
            hours.add("n_started", [new[job] for job in _started_of(outcome, new, started) - told])
    hours.add("n_started", started.values())

    files: dict[str | None, EventRow] = {}
    for row in all_rows(readings, [ask.PROCESSED], stage_id):
        if row.jobsub_id in finished:
            files.setdefault(row.file_did, finished[row.jobsub_id])
    hours.add("n_files_processed", files.values())

    tally.n_started += sum(count.n_started for key, count in tally.jobs.items() if key.stage_id == stage_id)
    tally.n_exit_zero += len(exit_zero)
    tally.n_submitted += len(submitted.keys() | seen.keys())
    for (of_stage, kind), reading in readings.items():
        if of_stage == stage_id and not reading.complete:
            if kind == ask.SUBMITTED:
                tally.submitted_complete = False
            elif kind not in (ask.FILE_STATES, ask.OUTPUTS, ask.ALLOCATED, ask.PROCESSED, ask.CREATED):
                tally.complete = tally.jobs_complete = False
    _tally_storages(tally, readings, stage_id, seen)


JOB_OF = attrgetter("jobsub_id")
PLACE_AND_CODE = attrgetter("site_name", "entry_name", "jobscript_exit")
ENDED_ZERO = (Outcome.FINISHED, Outcome.OUTPUT_FAILED)


def _codes(outcome: Outcome, rows: Collection[EventRow]) -> Iterable[int | None]:
    """The exit code that goes with an outcome: justIN's for jobscript errors, 0 after exit 0, else not known."""
    if outcome is Outcome.SCRIPT_ERROR:
        return (row.jobscript_exit for row in rows)
    return repeat(0 if outcome in ENDED_ZERO else None, len(rows))


def _started_of(outcome: Outcome, new: dict[str, EventRow], started: dict[str, EventRow]) -> Set[str]:
    """Jobs that started. Every end implies a start but one: a job that HTCondor lost may never have run."""
    if outcome is Outcome.QUEUED:
        return set()
    if outcome is Outcome.STALLED:
        return {job for job, row in new.items() if job in started or row.event_type_name != ask.STALLED_HTCONDOR}
    return new.keys()


def _count_jobs(
    tally: WorkflowTally,
    stage_id: int,
    outcome: Outcome,
    new: dict[str, EventRow],
    started: dict[str, EventRow],
    exit_zero: Set[str],
) -> None:
    """Add the jobs of one outcome by place and code. Rows are many, distinct places few: they are counted as a whole."""
    # an end without a site (a job HTCondor lost) happened where the job started
    placed = {job: row if row.site_name else started.get(job, row) for job, row in new.items()}
    everywhere = Counter(map(PLACE_AND_CODE, placed.values()))
    for name, jobs in (
        ("n_jobs", new.keys()),
        ("n_started", _started_of(outcome, new, started)),
        ("n_exit_zero", new.keys() if outcome is Outcome.FINISHED else new.keys() & exit_zero),
    ):
        by_place = everywhere if len(jobs) == len(new) else Counter(map(PLACE_AND_CODE, map(placed.__getitem__, jobs)))
        for (site, entry, code), n in by_place.items():
            exit_code = code if outcome is Outcome.SCRIPT_ERROR else 0 if outcome in ENDED_ZERO else None
            count = tally.jobs.setdefault(JobKey(stage_id, site or "", entry or "", outcome, exit_code), JobCount())
            setattr(count, name, getattr(count, name) + n)


def _samples(
    stage_id: int,
    outcome: Outcome,
    new: dict[str, EventRow],
    started: dict[str, EventRow],
    last_of: dict[str | None, EventRow],
) -> Iterator[FailedJobSample]:
    """The newest failed jobs of each code, with the file each read last and from where."""
    by_code: dict[int | None, list[EventRow]] = defaultdict(list)
    for row, code in zip(new.values(), _codes(outcome, new.values()), strict=True):
        by_code[code].append(row)
    for code, rows in by_code.items():
        rows.sort(key=attrgetter("event_time", "jobsub_id"), reverse=True)
        for row in rows[:MOST_SAMPLES]:
            job = row.jobsub_id or ""
            place, read = started.get(job, row), last_of.get(job)
            yield FailedJobSample(
                stage_id, job, outcome, code, row.site_name or place.site_name or "",
                row.entry_name or place.entry_name or "", (read and read.rse_name) or "", (read and read.file_did) or "",
                row.at,
            )  # fmt: skip


class _Hours:
    """Counts by the hour of events of one stage."""

    def __init__(self, tally: WorkflowTally, stage_id: int) -> None:
        self.hours = tally.hours
        self.stage_id = stage_id

    def add(self, name: str, rows: Iterable[EventRow]) -> None:
        by_hour = Counter((time.year, time.month, time.day, time.hour) for time in map(TIME_OF, rows))
        for hour, n in by_hour.items():
            count = self.hours.setdefault((self.stage_id, datetime(*hour, tzinfo=UTC)), HourCount())
            setattr(count, name, getattr(count, name) + n)


TIME_OF = attrgetter("event_time")


def _tally_storages(
    tally: WorkflowTally,
    readings: Readings,
    stage_id: int,
    seen: dict[str, tuple[Outcome, int | None]],
) -> None:
    """Storages jobs read from, by how they ended, and storages outputs went to."""
    jobs_at: dict[tuple[int, str, Outcome, int | None], set[str]] = defaultdict(set)
    for row in all_rows(readings, [ask.ALLOCATED], stage_id):
        job = row.jobsub_id or ""
        outcome, code = seen.get(job, (Outcome.RUNNING, None))
        key = (stage_id, row.rse_name or "", outcome, code)
        jobs_at[key].add(job)
        tally.read_from.setdefault(key, RseCount()).n_files += 1
    for key, jobs in jobs_at.items():
        tally.read_from[key].n_jobs = len(jobs)

    outputs = readings.get((stage_id, ask.OUTPUTS))
    if outputs is None:
        return
    listed: dict[str, OutputRow] = {row.file_did: row for row in outputs.rows}  # type: ignore[misc]
    n_bytes = sum(row.size_bytes for row in listed.values())
    created = {row.file_did or "": row.rse_name for row in all_rows(readings, [ask.CREATED], stage_id)}
    where = created or {did: row.rse_name for did, row in listed.items()}
    mean = n_bytes / len(listed) if listed else 0.0
    estimated = outputs.capped != [] and len(where) > len(listed)
    for did, rse_name in where.items():
        count = tally.written_to.setdefault((stage_id, rse_name or ""), RseCount())
        count.n_files += 1
        count.n_bytes += listed[did].size_bytes if did in listed else round(mean)
    tally.n_output_files += len(where)
    tally.output_bytes += n_bytes + round(mean * (len(where) - len(listed))) if estimated else n_bytes
    tally.output_bytes_estimated |= estimated


def _tally_files(
    tally: WorkflowTally,
    reading: Reading | None,
    stage_id: int,
    files_processed: int | None,
    files_total: int | None,
) -> None:
    """Input files by state and attempts. A state cut at the cap gets its number from the listing where that tells it."""
    if reading is None:
        return
    rows: list[FileStateRow] = reading.rows  # type: ignore[assignment]
    for (state, attempts), n_files in Counter((row.state, row.allocations) for row in rows).items():
        tally.files[stage_id, state, attempts] = FileCount(n_files)
    by_state = Counter(row.state for row in rows)
    _name_failed_files(tally, reading, rows, stage_id)
    cut = {capped.slice.rsplit("in state ", 1)[-1] for capped in reading.capped}
    known = {"processed": files_processed} if stage_id == 1 else {}
    if stage_id == 1 and files_total and len(cut - {"processed"}) == 1 and files_processed is not None:
        (other,) = cut - {"processed"}
        known[other] = (
            files_total - files_processed - sum(n for state, n in by_state.items() if state not in ("processed", other))
        )
    for state in sorted(cut):
        total = known.get(state)
        if total is None or total < by_state[state]:
            tally.complete = False
            for key, count in tally.files.items():
                count.at_least |= key[:2] == (stage_id, state)
        elif total > by_state[state]:
            tally.files[stage_id, state, None] = FileCount(total - by_state[state])


def _name_failed_files(tally: WorkflowTally, reading: Reading, rows: list[FileStateRow], stage_id: int) -> None:
    """Names of the files that no job processed, the first ones where they are very many."""
    n_kept: Counter[str] = Counter()
    for position, row in enumerate(rows):
        if row.state not in FAILED_STATES:
            continue
        n_kept[row.state] += 1
        if n_kept[row.state] > MOST_FAILED_FILES:
            tally.failed_files_complete = False
            continue
        tally.failed_files.append(
            FailedFileName(
                stage_id, row.file_did, row.state, row.allocations, row.last_jobscript_exit or None,
                None if reading.was_split else position,
            )
        )  # fmt: skip
    cut = {capped.slice.rsplit("in state ", 1)[-1] for capped in reading.capped}
    if cut.intersection(FAILED_STATES):
        tally.failed_files_complete = False
