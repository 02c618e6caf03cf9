"""The lanes of a plan's page: rows that take from one sample for one purpose, drawn and told. No query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from campaigns.plan.mql import parse_mql
from campaigns.plan.slices import Coverage, Gap, Overlap, Slice, coverage
from campaigns.planning.actual import Read, RowActual, SampleCoverage, closed
from campaigns.planning.content import PlanContent, PlannedSample
from campaigns.planning.rows import LANE, Layout
from campaigns.views.plan_drawing import Drawing, Piece, draw
from campaigns.views.plan_rows import Known, RowLine, RowTotals, line_of, sample_name, totals_of
from campaigns.views.plan_words import capped, coverage_words, lane_name, rows_words, slice_words, span, workflows_words
from portal.wording import counted

ORDER = {"test": 0, "validation": 1, "production": 2}


@dataclass(frozen=True)
class LanePanel:
    """One panel: rows with what became of them. `key` names it in the address."""

    key: str
    name: str
    chip: str
    sample: PlannedSample
    lines: list[RowLine]
    totals: RowTotals
    drawing: Drawing | None = None
    covered: SampleCoverage | None = None
    planned_words: str = ""
    troubles: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    clashes: dict[int, list[str]] = field(default_factory=dict)  # by number of an open row: what it would take again

    @property
    def is_monte_carlo(self) -> bool:
        return all(line.laid.is_monte_carlo for line in self.lines)

    @property
    def same_outputs(self) -> list[str]:
        """Datasets that every row writes to, where these are the same; said once instead of in each row."""
        found = {tuple(line.laid.outputs) for line in self.lines}
        only = found.pop() if len(found) == 1 else ()
        return list(only) if not any("$" in name for name in only) else []

    @property
    def takes_all(self) -> bool:
        """Whether its rows are to take the whole sample."""
        return self.covered is not None and self.sample.n_files is not None

    @property
    def n_wanted(self) -> int | None:
        """Files that its rows are to process, those of the whole sample in full production; None where it is not known."""
        if self.takes_all:
            return self.sample.n_files
        if any(line.row.mql and not line.row.parent for line in self.lines):
            return None
        wanted = [line.row.n_jobs if line.laid.is_monte_carlo else line.laid.n_files for line in self.first_lines]
        return None if None in wanted else sum(n for n in wanted if n is not None)

    @property
    def n_done(self) -> int | None:
        """Files that were processed, each once; in full production a lower bound unless `done_is_exact`."""
        return self.covered.processed if self.covered is not None else self.totals.done

    @property
    def done_is_exact(self) -> bool:
        return self.covered is None or self.covered.processed_is_exact

    @property
    def first_lines(self) -> list[RowLine]:
        """Without rows that run again what was left of others."""
        return [line for line in self.lines if not line.row.parent]

    @property
    def n_finished(self) -> int:
        return sum(line.newest is not None and line.newest.is_finished for line in self.lines)

    @property
    def step(self) -> str:
        return self.lines[0].row.step

    @property
    def problems(self) -> list[str]:
        return [f"Row {line.laid.number}: {text}" for line in self.lines for text in line.laid.problems]

    @property
    def warnings(self) -> list[str]:
        return [f"Row {line.laid.number}: {line.laid.warning}" for line in self.lines if line.laid.warning]


@dataclass(frozen=True)
class SamplePanel:
    """What was submitted of a sample that is not in the plan."""

    key: str
    covered: SampleCoverage
    drawing: Drawing | None
    twice: list[str]
    never: list[str]
    workflows: list[tuple[Read, str]]


def lane_key(lane: LANE) -> str:
    step, use, sample = lane
    return f"{step}.{sample}" if use == "main" else f"{step}.{use}.{sample}"


def lanes_of(
    content: PlanContent,
    layout: Layout,
    actuals: Sequence[RowActual],
    reads: Sequence[Read],
    covered: Sequence[SampleCoverage],
    known: Known,
) -> list[LanePanel]:
    """A panel for each lane: tests first, then small runs, validation, and each sample in full production."""
    reads = closed(content, reads)
    by_lane: dict[LANE, list[RowActual]] = defaultdict(list)
    for actual in actuals:
        by_lane[actual.laid.lane].append(actual)
    place = {sample.key: number for number, sample in enumerate(content.samples)}
    ordered = sorted(by_lane, key=lambda lane: (ORDER[lane[0]], lane[1] == "main", place[lane[2]]))
    queries = {sample.key: parse_mql(sample.mql).sample if sample.mql else "" for sample in content.samples}
    by_query: dict[str, SampleCoverage] = {}
    for one in covered:
        by_query.setdefault(one.sample, one)
    n_of_kind: dict[tuple[str, str], int] = defaultdict(int)
    for step, use, _sample in ordered:
        n_of_kind[step, use] += 1
    return [
        _panel(lane, by_lane[lane], layout, queries[lane[2]], reads, by_query, known, n_of_kind[lane[0], lane[1]])
        for lane in ordered
    ]


def _panel(
    lane: LANE,
    actuals: list[RowActual],
    layout: Layout,
    query: str,
    reads: Sequence[Read],
    by_query: Mapping[str, SampleCoverage],
    known: Known,
    n_of_kind: int,
) -> LanePanel:
    sample, is_full = actuals[0].laid.sample, lane[:2] == ("production", "main")
    lines = _ordered([line_of(actual, known, query) for actual in actuals])
    name = lane_name(lane)
    label = sample_name(sample)
    chip = label if is_full else name if n_of_kind == 1 else f"{name}, {label}"
    panel = LanePanel(lane_key(lane), f"{name}, {label}", chip, sample, lines, totals_of(lines))
    planned = layout.coverages.get(lane)
    if planned is None:
        return panel
    members = full_reads(reads, query, actuals) if is_full else _newest(actuals)
    offered = {read.workflow.pk for actual in actuals for read in actual.may_be}  # it may be the row that it would clash with
    told = [read for read in members if read.workflow.pk not in offered]
    seen = _compared(sample.n_files, lines, told, is_full=is_full)
    return LanePanel(
        panel.key, panel.name, panel.chip, sample, lines, panel.totals,
        _drawing(panel.key, sample, lines, members, planned, seen, is_full=is_full),
        by_query.get(query) if is_full else None,
        coverage_words(planned, is_whole=is_full),
        seen.troubles,
        list(seen.never),
        _clashes(lines, planned, seen),
    )  # fmt: skip


def _ordered(lines: Sequence[RowLine]) -> list[RowLine]:
    """In the order of the plan, but what runs again what was left of a row stands under it."""
    keys = {line.row.key for line in lines}
    under: dict[str, list[RowLine]] = defaultdict(list)
    for line in lines:
        if line.row.parent in keys:
            under[line.row.parent].append(line)
    found: list[RowLine] = []

    def put(line: RowLine) -> None:
        found.append(line)
        for child in under.pop(line.row.key, []):
            put(child)

    for line in lines:
        if line.row.parent not in keys:
            put(line)
    found += [line for lost in under.values() for line in lost]  # two rows that name each other as parent
    return found


@dataclass(frozen=True)
class _Compared:
    """Overlaps of what was submitted, those that open rows would add, and inputs in neither."""

    twice: list[Overlap[str]]
    would_be: list[Overlap[str]]
    never: list[Gap]
    troubles: list[str]


def _compared(n_files: int | None, lines: Sequence[RowLine], members: Sequence[Read], *, is_full: bool) -> _Compared:
    submitted = [(str(read.workflow.justin_id), read.parsed.as_slice()) for read in members]
    still_open = [
        (f"row {line.laid.number}", Slice(line.row.skip, line.row.limit))
        for line in lines
        if line.newest is None and line.takes_slice and not line.row.parent
    ]
    now: Coverage[str] = coverage(n_files, submitted)
    in_the_end: Coverage[str] = coverage(n_files, [*submitted, *still_open])
    twice = list(now.overlaps)
    # an overlap of the plan with itself is told with the plan
    would_be = [one for name, piece in still_open for one in _taken_already(n_files, name, piece, submitted)]
    never = list(in_the_end.gaps) if is_full and submitted else []
    troubles = [
        f"workflow {line.newest.justin_id} is not row {line.laid.number}: {line.differs}"
        for line in lines
        if line.differs and line.newest is not None
    ]
    troubles += [f"taken twice: {_stretch(one)} in {workflows_words(one.ids)}" for one in twice]
    troubles += [f"would be taken twice: {_stretch(one)} in {_names(one)}" for one in would_be]
    troubles += [f"in no workflow and no row: {_stretch(gap)}" for gap in never]
    return _Compared(twice, would_be, never, troubles)


def _clashes(lines: Sequence[RowLine], planned: Coverage[int], seen: _Compared) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    numbers = {line.laid.number for line in lines if line.newest is None}
    for one in seen.would_be:
        for number in numbers.intersection(int(name[4:]) for name in one.ids if name.startswith("row ")):
            found[number].append(f"would be taken twice: {_stretch(one)} in {_names(one)}")
    for same in planned.overlaps:
        for number in numbers.intersection(same.ids):
            found[number].append(f"{span(same.start, same.end)} is in {rows_words(same.ids)}")
    return dict(found)


def _drawing(
    key: str,
    sample: PlannedSample,
    lines: Sequence[RowLine],
    members: Sequence[Read],
    planned: Coverage[int],
    seen: _Compared,
    *,
    is_full: bool,
) -> Drawing | None:
    rows = [
        Piece(str(line.laid.number), Slice(line.row.skip, line.row.limit))
        for line in lines
        if line.takes_slice and not line.row.parent
    ]
    described = f"Planned: {coverage_words(planned, is_whole=is_full)}"
    if members:
        described += f" Submitted: {workflows_words(read.workflow.justin_id for read in members)}."
    described += "".join(f" {text[:1].upper()}{text[1:]}." for text in capped(seen.troubles))
    n_files = sample.n_files if is_full else _length(sample, [*rows, *_pieces(members)])
    gaps = planned.gaps if is_full else ()
    return draw(
        key.replace(".", "-"), n_files, rows, _pieces(members),
        plan_coverage=Coverage(n_files, gaps, planned.overlaps, (), None),
        twice=[(one.start, one.end) for one in seen.twice], again=[(one.start, one.end) for one in seen.would_be],
        never=seen.never, described=described,
    )  # fmt: skip


def sample_panel(number: int, covered: SampleCoverage, reads: Sequence[Read]) -> SamplePanel:
    """What workflows took of a sample, whatever was planned."""
    members = full_reads(reads, covered.sample, [])
    twice = [f"{_stretch(one)} in {workflows_words(one.ids)}" for one in covered.submitted.overlaps]
    never = [_stretch(gap) for gap in covered.submitted.gaps]
    described = f"Submitted: {workflows_words(covered.workflows)}." if covered.workflows else ""
    described += f" Twice: {', '.join(capped(twice))}." if twice else ""
    described += f" In no workflow: {', '.join(capped(never))}." if never else ""
    drawing = draw(
        f"also-{number}", covered.n_files, [], _pieces(members), plan_coverage=None,
        twice=[(one.start, one.end) for one in covered.submitted.overlaps], never=covered.submitted.gaps,
        described=described.strip(),
    )  # fmt: skip
    told = [(read, slice_words(read.parsed.skip, read.parsed.limit)) for read in members]
    return SamplePanel(f"also-{number}", covered, drawing, capped(twice), capped(never), told)


def full_reads(reads: Sequence[Read], query: str, actuals: Sequence[RowActual]) -> list[Read]:
    """Workflows that take of a sample for good, in order of their ids: an attempt that was made again gives way to the last
    of its row."""
    again = {read.workflow.pk for actual in actuals for read in actual.attempts[:-1]}
    parents = {read.workflow.pk for actual in actuals if actual.laid.row.parent for read in actual.attempts}
    return [
        read
        for read in reads
        if not (read.is_test or read.is_trial or read.took_nothing or read.parsed.problem)
        and read.parsed.n_monte_carlo is None
        and read.parsed.sample == query
        and read.workflow.pk not in again | parents
    ]


def _length(sample: PlannedSample, pieces: Sequence[Piece]) -> int | None:
    """A part that is taken on purpose is drawn in its own length."""
    ends = [piece.slice.skip + piece.slice.limit for piece in pieces if piece.slice.limit is not None]
    return max(ends) if len(ends) == len(pieces) else sample.n_files


def _newest(actuals: Sequence[RowActual]) -> list[Read]:
    found = [actual.newest for actual in actuals if not actual.laid.row.parent]
    return [read for read in found if read and not read.parsed.problem and read.parsed.n_monte_carlo is None]


def _pieces(members: Sequence[Read]) -> list[Piece]:
    return [
        Piece(str(read.workflow.justin_id), read.parsed.as_slice(), "done" if read.workflow.is_finished else "")
        for read in members
    ]


def _stretch(one: Overlap[str] | Overlap[int] | Gap) -> str:
    size = "" if one.end is None else f" ({counted(one.end - one.start, 'file')})"
    return f"{span(one.start, one.end)}{size}"


def _taken_already(n_files: int | None, name: str, piece: Slice, submitted: Sequence[tuple[str, Slice]]) -> list[Overlap[str]]:
    """What an open row would take that workflows have, each stretch with those workflows and the row last."""
    start, end = _bounds(n_files, piece)
    shared = []
    for workflow, other in submitted:
        first, last = _bounds(n_files, other)
        if max(start, first) < min(end, last):
            shared.append((max(start, first), min(end, last), workflow))
    found: list[Overlap[str]] = []
    for first, last, workflow in sorted(shared):
        before = found[-1] if found else None
        if before is not None and (before.end is None or first < before.end):
            stop = None if before.end is None else max(before.end, int(last))
            found[-1] = Overlap(before.start, stop, (*sorted((*before.ids[:-1], workflow), key=int), name))
        else:
            found.append(Overlap(int(first), None if last == inf else int(last), (workflow, name)))
    return found


def _bounds(n_files: int | None, piece: Slice) -> tuple[float, float]:
    start, end = piece.interval(n_files)
    return start, inf if end is None else end


def _names(one: Overlap[str]) -> str:
    ids = [name for name in one.ids if not name.startswith("row")]
    numbers = [name.removeprefix("row ") for name in one.ids if name.startswith("row")]
    return f"{workflows_words(ids)} and {rows_words(numbers)}"
