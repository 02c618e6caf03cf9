"""Rows of the plan's page: what was planned, what became of it, and where the two differ. No query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from campaigns.models import PlannedWorkflow
from campaigns.plan.commands import parse_command
from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import parse_mql
from campaigns.plan.slices import Slice
from campaigns.planning.actual import Read, RowActual
from campaigns.planning.content import PlanContent, PlannedRow, PlannedSample
from campaigns.planning.keys import TO_THE_END
from campaigns.planning.rows import LaidOut, submission_of
from campaigns.steps.standing import short_print
from campaigns.views.plan_words import slice_words
from monitoring.health import NOT_BEGUN
from monitoring.models import Workflow
from monitoring.numbers import JobNumbers, ratio
from portal.wording import listed

ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


@dataclass(frozen=True)
class LostFiles:
    """Files of stage 1 that failed or were not found; `at_least`: there may be more."""

    failed: int = 0
    not_found: int = 0
    at_least: bool = False


@dataclass(frozen=True)
class Numbers:
    """What justIN says of a row's newest workflow. None is unknown; `lost` is None where its files were never read."""

    jobs: int | None = None
    exit_zero: int | None = None
    is_whole: bool = True
    done: int | None = None
    lost: LostFiles | None = None
    has_begun: bool = False

    @property
    def rate(self) -> float | None:
        return ratio(self.exit_zero, self.jobs) if self.is_whole else None


@dataclass(frozen=True)
class Tried:
    """A workflow that served a row before the newest one."""

    workflow: Workflow
    numbers: Numbers
    number: int  # of the try, from 1
    differs: str = ""
    record: PlannedWorkflow | None = None

    @property
    def name(self) -> str:
        return f"{ORDINALS.get(self.number, f'{self.number}th')} try"


@dataclass(frozen=True)
class RowLine:
    """A row of the table. `differs` says how it was submitted otherwise than planned, '' where it was not. `record`: who
    said that its newest workflow is the row, None where the portal matched them. `recovery`: what is left to run again.
    """

    actual: RowActual
    numbers: Numbers
    differs: str = ""
    notes: list[str] = field(default_factory=list)
    is_next: bool = False
    tried: list[Tried] = field(default_factory=list)
    record: PlannedWorkflow | None = None
    recovery: Recovery | None = None

    @property
    def laid(self) -> LaidOut:
        return self.actual.laid

    @property
    def row(self) -> PlannedRow:
        return self.actual.laid.row

    @property
    def newest(self) -> Workflow | None:
        return self.actual.newest.workflow if self.actual.newest else None

    @property
    def attempt(self) -> str:
        """ "2nd try", '' for the first."""
        n = len(self.actual.attempts)
        return f"{ORDINALS.get(n, f'{n}th')} try" if n > 1 else ""

    @property
    def outputs(self) -> list[str]:
        """Datasets that its files go to; what justIN fills in of a workflow is filled in once there is one."""
        return [_filled(name, self.laid.scope, self.newest) for name in self.laid.outputs]

    @property
    def own_query_words(self) -> str:
        """What a row with a query of its own takes: named files are counted."""
        n = len(parse_mql(self.row.mql).named)
        return f"{n:,} file{'' if n == 1 else 's'} by name" if n else "its own query"

    @property
    def limit_words(self) -> str:
        return TO_THE_END if self.row.limit is None else f"{self.row.limit:,}"

    @property
    def takes_slice(self) -> bool:
        return not self.laid.is_monte_carlo and not self.row.mql


@dataclass(frozen=True)
class Recovery:
    """Files of a finished row that are to be run again: so many, drafted already as `rows` (numbers) or not yet."""

    workflow: int
    failed: int
    not_found: int
    rows: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        return self.failed + self.not_found


@dataclass(frozen=True)
class RowTotals:
    """Sums over the newest workflow of each row; None as soon as one that began is unknown."""

    n_rows: int
    n_submitted: int
    jobs: int | None
    exit_zero: int | None
    done: int | None
    failed: int | None
    not_found: int | None
    is_whole: bool

    @property
    def rate(self) -> float | None:
        return ratio(self.exit_zero, self.jobs) if self.is_whole else None


@dataclass(frozen=True)
class Known:
    """What is known of workflows and rows together: files that were lost by workflow, who recorded what by the ids of
    workflows, the key of the next row, and numbers of rows that run again what was left of a row, by its key.
    """

    lost: Mapping[int, LostFiles] = field(default_factory=dict)
    records: Mapping[int, PlannedWorkflow] = field(default_factory=dict)
    next_key: str = ""
    again: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    jobscript_sha256: str = ""  # of the kept version that commands name now


def line_of(actual: RowActual, known: Known, query: str) -> RowLine:
    """`query`: of the row's sample, as parse_mql has it; '' for Monte Carlo."""
    row, lost, records = actual.laid.row, known.lost, known.records
    is_next = row.key == known.next_key
    newest = actual.newest
    if newest is None:
        return RowLine(actual, Numbers(), notes=_notes(actual, None, None, ""), is_next=is_next)
    record = records.get(newest.workflow.justin_id)
    tried = [
        Tried(
            one.workflow, numbers_of(one.workflow, lost), number, _difference(actual.laid, one, query),
            records.get(one.workflow.justin_id),
        )
        for number, one in enumerate(actual.attempts[:-1], start=1)
    ]  # fmt: skip
    notes = _notes(actual, newest, record, known.jobscript_sha256)
    recovery = _recovery(newest.workflow, lost, known.again.get(row.key, ()))
    differs = _difference(actual.laid, newest, query)
    return RowLine(actual, numbers_of(newest.workflow, lost), differs, notes, is_next, tried, record, recovery)


def _recovery(workflow: Workflow, lost: Mapping[int, LostFiles], again: tuple[int, ...]) -> Recovery | None:
    found = lost.get(workflow.pk)
    if not workflow.is_finished or found is None or not (found.failed or found.not_found):
        return None
    return Recovery(workflow.justin_id, found.failed, found.not_found, again)


def numbers_of(workflow: Workflow, lost: Mapping[int, LostFiles]) -> Numbers:
    tally = getattr(workflow, "tally", None)
    jobs = JobNumbers.of(tally) if tally is not None else None
    return Numbers(
        jobs=jobs.ended if jobs else None,
        exit_zero=jobs.ended_zero if jobs else None,
        is_whole=jobs.complete if jobs else False,
        done=workflow.files_processed,
        lost=lost.get(workflow.pk),
        has_begun=workflow.state not in NOT_BEGUN,
    )


def totals_of(lines: Sequence[RowLine]) -> RowTotals:
    told = [line.numbers for line in lines if line.newest is not None and line.numbers.has_begun]

    def added(values: Iterable[int | None]) -> int | None:
        known = list(values)
        return None if None in known else sum(value for value in known if value is not None)

    return RowTotals(
        n_rows=len(lines),
        n_submitted=sum(line.newest is not None for line in lines),
        jobs=added(one.jobs for one in told),
        exit_zero=added(one.exit_zero for one in told),
        done=added(one.done for one in told),
        failed=added(one.lost.failed if one.lost else None for one in told),
        not_found=added(one.lost.not_found if one.lost else None for one in told),
        is_whole=all(one.is_whole for one in told),
    )


def reads_back(content: PlanContent, laid: LaidOut) -> bool:
    """Whether the command, read again, is this row."""
    try:
        return parse_command(laid.command) == submission_of(content, laid.row)
    except WrongValue:
        return False


def sample_name(sample: PlannedSample) -> str:
    return sample.label or sample.mql or sample.key


def _difference(laid: LaidOut, read: Read, query: str) -> str:
    """In which way the workflow is not what was planned; `query` is that of the row's sample."""
    row, parsed = laid.row, read.parsed
    wrong = []
    if laid.scope and read.workflow.scope_name and read.workflow.scope_name != laid.scope:
        wrong.append(f"scope {read.workflow.scope_name}")
    if parsed.problem:
        wrong.append("its query cannot be read")
    elif laid.is_monte_carlo:
        if parsed.n_monte_carlo != row.n_jobs:
            wrong.append(f"{parsed.n_monte_carlo:,} jobs" if parsed.n_monte_carlo is not None else "files, no Monte Carlo")
    elif parsed.n_monte_carlo is not None:
        wrong.append(f"Monte Carlo, {parsed.n_monte_carlo:,} jobs")
    elif not row.mql and parsed.sample != query:
        wrong.append("another sample")
    elif not row.mql and _interval(laid, parsed.as_slice()) != _interval(laid, Slice(row.skip, row.limit)):
        wrong.append(slice_words(parsed.skip, parsed.limit))
    return ", ".join(wrong)


def _interval(laid: LaidOut, piece: Slice) -> tuple[int, int | None]:
    """To the end, and as many as are left, are the same."""
    return piece.interval(laid.sample.n_files)


def _notes(actual: RowActual, newest: Read | None, record: PlannedWorkflow | None, jobscript: str) -> list[str]:
    """What a person should know of the row, beside what the columns say."""
    laid = actual.laid
    notes = [laid.row.notes] if laid.row.notes else []
    if laid.row.parent:
        notes.append(f"again what is left of {laid.row.parent}")
    if newest is not None and newest.parsed.problem:
        notes.append(newest.parsed.problem)
    if record is not None and record.command_sha and laid.command and not is_command(laid, record.command_sha):
        notes.append("submitted with another command than the row has now")
    if record is not None and jobscript and record.jobscript_sha256 not in ("", jobscript):
        notes.append(f"submitted with another version of the jobscript, {short_print(record.jobscript_sha256)}")
    if record is not None and record.is_waiting:
        notes.append("not attached to its step, which is not open")
    for read in actual.attempts[:-1]:
        n = read.workflow.files_processed
        notes.append(f"{read.workflow.justin_id} before it processed {n:,} files: they may be there twice" if n else "")
    if actual.may_be:
        notes.append(f"may be workflow {listed(read.workflow.justin_id for read in actual.may_be)}: several rows fit")
    return [note for note in notes if note]


def is_command(laid: LaidOut, fingerprint: str) -> bool:
    """Whether a fingerprint, as scripts know commands, is that of the row's command."""
    return sha256(laid.command.encode()).hexdigest().startswith(fingerprint)


def _filled(name: str, scope: str, workflow: Workflow | None) -> str:
    values = {"SCOPE": scope, "WORKFLOW_ID": str(workflow.justin_id) if workflow else ""}
    for variable, value in values.items():
        if value:
            name = name.replace(f"${{JUSTIN_{variable}}}", value).replace(f"$JUSTIN_{variable}", value)
    return name


def lost_by_workflow(rows: Iterable[tuple[int, str, int, int]]) -> dict[int, LostFiles]:
    """From (workflow, state of its files, how many, how many answers of them were cut)."""
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for workflow, state, n, n_cut in rows:
        sums[workflow][state] += n
        sums[workflow]["cut"] += n_cut
    return {pk: LostFiles(of["failed"], of["notfound"], bool(of["cut"])) for pk, of in sums.items()}
