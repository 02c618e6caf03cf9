"""From justIN's events to counts: pure functions, no ORM, no HTTP. The justIN contract, section 7, is the source of each rule.

Jobs are distinct jobsub ids. A job's outcome is the first that fits: finished (JOB_FINISHED), failed with code N
(JOB_SCRIPT_ERROR, whatever follows), result lost (312), output failed (313-322, 328 after JOB_OUTPUTTING), aborted (323),
stalled (308, 311), running (JOB_STARTED), queued. Counts are numbers of jobs or files, sizes are bytes, times are justIN's.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import NamedTuple

from monitoring.justin import harvest as ask
from monitoring.justin.harvest import Reading, Readings, all_rows
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow
from monitoring.outcomes import ENDED, Outcome

MOST_SAMPLES = 200  # of failed jobs, per workflow, outcome and code


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
            **{
                name: sorted(([*map(str, key)], list(asdict(count).values())) for key, count in getattr(self, name).items())
                for name in ("jobs", "hours", "read_from", "written_to", "files")
            },
        }  # fmt: skip
        return hashlib.sha256(json.dumps(counts, separators=(",", ":")).encode()).hexdigest()


def tally_workflow(
    readings: Readings, *, files_processed: int | None = None, files_total: int | None = None
) -> WorkflowTally:
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
        return {row.jobsub_id: row for row in all_rows(readings, kinds, stage_id) if row.jobsub_id}

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
    allocations = list(all_rows(readings, [ask.ALLOCATED], stage_id))
    last_allocation = {row.jobsub_id: row for row in allocations}

    seen: dict[str, tuple[Outcome, EventRow]] = {}
    failed: dict[tuple[Outcome, int | None], list[FailedJobSample]] = defaultdict(list)
    hours: dict[datetime, HourCount] = defaultdict(HourCount)
    hour_of: dict[datetime, datetime] = {}

    def hour(at: datetime) -> HourCount:
        start = hour_of.get(at)
        if start is None:
            start = hour_of[at] = at.replace(minute=0, second=0)
        return hours[start]

    n_started = 0
    for outcome, rows in ends:
        has_ended = outcome not in (Outcome.RUNNING, Outcome.QUEUED)
        ended_zero = outcome in (Outcome.FINISHED, Outcome.OUTPUT_FAILED)
        for job, row in rows.items():
            if job in seen:
                continue
            seen[job] = outcome, row
            start = started.get(job, row)
            code = row.jobscript_exit if outcome is Outcome.SCRIPT_ERROR else 0 if ended_zero else None
            key = JobKey(stage_id, row.site_name or start.site_name, row.entry_name or start.entry_name, outcome, code)
            count = tally.jobs.get(key)
            if count is None:
                count = tally.jobs[key] = JobCount()
            count.n_jobs += 1
            # an end seen before the start is told implies it; a job that HTCondor lost may never have started
            if job in started or (outcome is not Outcome.QUEUED and row.event_type_name != ask.STALLED_HTCONDOR):
                count.n_started += 1
                n_started += 1
            if job in exit_zero:
                count.n_exit_zero += 1
            if has_ended:
                end = hour(row.at)
                if ended_zero:
                    end.n_ended_zero += 1
                else:
                    end.n_ended_other += 1
                if outcome is not Outcome.FINISHED:
                    read = last_allocation.get(job)
                    failed[outcome, code].append(
                        FailedJobSample(
                            stage_id, job, outcome, code, key.site_name, key.entry_name,
                            read.rse_name if read else "", read.file_did if read else "", row.at,
                        )
                    )  # fmt: skip
            tally.by_outcome[outcome] += 1
    for row in started.values():
        hour(row.at).n_started += 1
    for job, (outcome, row) in seen.items():
        if job not in started and outcome is not Outcome.QUEUED and row.event_type_name != ask.STALLED_HTCONDOR:
            hour(row.at).n_started += 1  # its start was not told; at the latest it started when it ended

    files_at: dict[str, datetime] = {}
    for row in all_rows(readings, [ask.PROCESSED], stage_id):
        if row.jobsub_id in finished:
            files_at.setdefault(row.file_did, finished[row.jobsub_id].at)
    for at in files_at.values():
        hour(at).n_files_processed += 1

    tally.hours.update(((stage_id, at), count) for at, count in hours.items())
    tally.n_started += n_started
    tally.n_exit_zero += len(exit_zero)
    tally.n_submitted += len(submitted.keys() | seen.keys())
    for key_, reading in readings.items():
        if key_[0] == stage_id and not reading.complete:
            if reading.kind == ask.SUBMITTED:
                tally.submitted_complete = False
            elif reading.kind not in (
                ask.FILE_STATES,
                ask.OUTPUTS,
                ask.ALLOCATED,
                ask.PROCESSED,
                ask.CREATED,
            ):
                tally.complete = tally.jobs_complete = False
    for samples in failed.values():
        samples.sort(key=lambda sample: (sample.ended_at, sample.jobsub_id), reverse=True)
        tally.failed.extend(samples[:MOST_SAMPLES])
    _tally_storages(tally, readings, stage_id, allocations, seen)


def _tally_storages(
    tally: WorkflowTally,
    readings: Readings,
    stage_id: int,
    allocations: Iterable[EventRow],
    seen: dict[str, tuple[Outcome, EventRow]],
) -> None:
    """Storages jobs read from, by how they ended, and storages outputs went to."""
    jobs_at: dict[tuple[int, str, Outcome, int | None], set[str]] = defaultdict(set)
    for row in allocations:
        outcome, end = seen.get(row.jobsub_id, (Outcome.RUNNING, None))
        code = end.jobscript_exit if end is not None and outcome is Outcome.SCRIPT_ERROR else None
        key = (stage_id, row.rse_name, outcome, code)
        jobs_at[key].add(row.jobsub_id)
        tally.read_from.setdefault(key, RseCount()).n_files += 1
    for key, jobs in jobs_at.items():
        tally.read_from[key].n_jobs = len(jobs)

    outputs = readings.get((stage_id, ask.OUTPUTS))
    if outputs is None:
        return
    listed: dict[str, OutputRow] = {row.file_did: row for row in outputs.rows}  # type: ignore[union-attr, misc]
    n_bytes = sum(row.size_bytes for row in listed.values())
    created = {row.file_did: row.rse_name for row in all_rows(readings, [ask.CREATED], stage_id)}
    where = created or {did: row.rse_name for did, row in listed.items()}
    mean = n_bytes / len(listed) if listed else 0.0
    estimated = outputs.capped != [] and len(where) > len(listed)
    for did, rse_name in where.items():
        count = tally.written_to.setdefault((stage_id, rse_name), RseCount())
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
    for (state, attempts), n_files in Counter((row.state, row.n_allocations) for row in rows).items():
        tally.files[stage_id, state, attempts] = FileCount(n_files)
    by_state = Counter(row.state for row in rows)
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
