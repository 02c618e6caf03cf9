"""What was planned against what was submitted: which workflow serves which row, and what workflows cover of each sample. Pure
but for `workflows_of`, which reads the campaign's workflows once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from campaigns.models import Campaign, StepWorkflow
from campaigns.plan.mql import Parsed, parse_mql
from campaigns.plan.slices import Coverage, Slice, coverage
from campaigns.plan.submission import TEST_SCOPE
from campaigns.planning.content import PlanContent, PlannedRow
from campaigns.planning.rows import LaidOut, Layout, description_of
from monitoring.models import Workflow, WorkflowState


@dataclass(frozen=True)
class Read:
    """A workflow and what its MQL says it takes."""

    workflow: Workflow
    parsed: Parsed
    step: str = ""  # that it was attached to
    use: str = ""

    @property
    def is_test(self) -> bool:
        return self.workflow.scope_name == TEST_SCOPE or self.step == "test"

    @property
    def took_nothing(self) -> bool:
        """It is over and never had a file: its query found none, or more than justIN lets one workflow have."""
        return self.workflow.is_finished and self.workflow.files_total == 0

    @property
    def is_trial(self) -> bool:
        """Whether it runs over inputs that full production runs over again."""
        return self.step == "validation" or self.use == StepWorkflow.Use.SMALL_RUN


@dataclass(frozen=True)
class RowActual:
    """A planned row with the workflows that serve it, oldest first (attempts), and those that may (several rows fit)."""

    laid: LaidOut
    attempts: list[Read] = field(default_factory=list)
    may_be: list[Read] = field(default_factory=list)

    @property
    def newest(self) -> Read | None:
        return self.attempts[-1] if self.attempts else None


@dataclass(frozen=True)
class SampleCoverage:
    """What workflows cover of one sample. Counts are distinct inputs; `processed` is a lower bound unless it is exact.

    `planned` is None where nothing was planned, `n_files` where nobody knows how many the sample has.
    """

    sample: str
    label: str
    n_files: int | None
    planned: int | None
    submitted: Coverage[int]
    processed: int | None
    processed_is_exact: bool
    workflows: list[int]
    unread: list[tuple[int, str]] = field(default_factory=list)
    again: list[int] = field(default_factory=list)  # ran again what others had left: attempts, no slices


def workflows_of(campaign: Campaign) -> list[Read]:
    """Every workflow of the campaign but drafts, oldest first, with its MQL read. Two queries."""
    attached = {one.workflow_id: one for one in StepWorkflow.objects.filter(campaign=campaign)}
    found = []
    for workflow in campaign.workflows().with_tally().order_by("justin_id"):
        if workflow.state == WorkflowState.DRAFT:
            continue
        use = attached.get(workflow.pk)
        found.append(Read(workflow, parse_mql(workflow.mql), use.step if use else "", use.use if use else ""))
    return found


def against(content: PlanContent, layout: Layout, reads: Sequence[Read], reported: Mapping[int, str]) -> list[RowActual]:
    """The rows with their workflows. `reported`: keys of rows by the ids of workflows that people gave.

    Without a report a workflow serves the row whose description it has, else the one whose slice it takes in the right kind
    of scope; where several rows fit, it is offered to each and given to none.
    """
    by_key: dict[str, list[Read]] = defaultdict(list)
    offered: dict[str, list[Read]] = defaultdict(list)
    descriptions = {description_of(content, row): row.key for row in content.rows}
    sizes, by_taken = _by_taken(layout)
    for read in reads:
        key = reported.get(read.workflow.justin_id) or descriptions.get(read.workflow.description.strip(), "")
        if key:
            by_key[key].append(read)
            continue
        fits = [one.row.key for one in by_taken.get(_taken(read.parsed, sizes), []) if _fits(one, read)]
        if len(fits) == 1:
            by_key[fits[0]].append(read)
        for fit in fits if len(fits) > 1 else []:
            offered[fit].append(read)
    return [RowActual(one, by_key.get(one.row.key, []), offered.get(one.row.key, [])) for one in layout.rows]


TAKEN = tuple[str, int, int | None]  # query, skip and limit; of Monte Carlo how many


def _by_taken(layout: Layout) -> tuple[Mapping[str, int | None], dict[TAKEN, list[LaidOut]]]:
    """Sizes of samples by their queries, and rows by what they take. Each query is read once: a plan of many rows meets many
    workflows."""
    samples = {one.sample.key: one.sample for one in layout.rows}
    queries = {key: parse_mql(sample.mql).sample for key, sample in samples.items() if sample.mql}
    sizes = {query: samples[key].n_files for key, query in queries.items()}
    found: dict[TAKEN, list[LaidOut]] = defaultdict(list)
    for one in layout.rows:
        row = one.row
        if one.is_monte_carlo:
            found["", row.n_jobs or 0, None].append(one)
        elif row.mql:
            found[_taken(parse_mql(row.mql), sizes)].append(one)
        else:
            found[_to_the_end(queries[row.sample], row.skip, row.limit, sizes)].append(one)
    return sizes, found


def _taken(parsed: Parsed, sizes: Mapping[str, int | None]) -> TAKEN:
    if parsed.n_monte_carlo is not None:
        return "", parsed.n_monte_carlo, None
    return _to_the_end(parsed.sample, parsed.skip, parsed.limit, sizes)


def _to_the_end(query: str, skip: int, limit: int | None, sizes: Mapping[str, int | None]) -> TAKEN:
    """All that is left, and exactly as many as are left, are one slice; so is more than there is."""
    size = sizes.get(query)
    return query, skip, None if size is not None and limit is not None and skip + limit >= size else limit


def _fits(laid: LaidOut, read: Read) -> bool:
    """Whether a workflow that takes what the row takes was run for the row's step."""
    row = laid.row
    if read.parsed.problem or (row.step == "test") != read.is_test:
        return False
    return not read.step or read.step == row.step


def coverages(content: PlanContent | None, reads: Iterable[Read], actuals: Sequence[RowActual] = ()) -> list[SampleCoverage]:
    """What workflows cover of each sample, planned or not, samples of the plan first.

    Tests, small runs, validation samples (which full production runs over again) and Monte Carlo take nothing of a sample.
    Nor do those that run again what another had left, by rows with a parent or by files' names: they are attempts, and what
    they process was taken before. Workflows whose MQL cannot be read are named, not guessed.
    """
    by_sample: dict[str, list[Read]] = defaultdict(list)
    unread: list[tuple[int, str]] = []
    again = _again(actuals)
    attempts = {read.workflow.pk for rows in again.values() for tries in rows for read in tries}
    for read in reads:
        if read.is_test or read.is_trial or read.took_nothing or read.parsed.n_monte_carlo is not None:
            continue
        if read.parsed.named or read.workflow.pk in attempts:
            continue
        if read.parsed.problem:
            unread.append((read.workflow.justin_id, read.parsed.problem))
            continue
        by_sample[read.parsed.sample].append(read)
    found = []
    for sample in content.samples if content else []:
        query = parse_mql(sample.mql).sample if sample.mql else ""
        if not query:
            continue
        planned = [row for row in content.rows if row.sample == sample.key] if content else []
        found.append(
            _of_sample(query, sample.label, sample.n_files, planned, by_sample.pop(query, []), again.get(sample.key, []))
        )
    found += [_of_sample(query, "", _size(members), None, members) for query, members in by_sample.items()]
    if unread:
        nothing: Coverage[int] = coverage(None, [])
        found.append(SampleCoverage("", "not read", None, None, nothing, None, False, [n for n, _why in unread], unread))
    return found


def _again(actuals: Sequence[RowActual]) -> dict[str, list[list[Read]]]:
    """Tries of each row in full production that runs again what was left of another row, by sample."""
    found: dict[str, list[list[Read]]] = defaultdict(list)
    for actual in actuals:
        if actual.laid.row.parent and actual.laid.row.step == "production" and actual.attempts:
            found[actual.laid.row.sample].append(actual.attempts)
    return found


def _of_sample(
    query: str,
    label: str,
    n_files: int | None,
    planned: list[PlannedRow] | None,
    members: list[Read],
    again: Sequence[Sequence[Read]] = (),
) -> SampleCoverage:
    submitted = coverage(n_files, [(read.workflow.justin_id, read.parsed.as_slice()) for read in members])
    n_planned = None
    if planned is not None:
        full = [row for row in planned if row.step == "production" and not row.mql and not row.parent]
        n_planned = coverage(n_files, [(row.key, Slice(row.skip, row.limit)) for row in full]).n_distinct
    known = [read.workflow.files_processed for read in members]
    processed = sum(n for n in known if n is not None) if members else 0
    exact = None not in known and not submitted.overlaps
    if submitted.overlaps:
        slices = [(read.parsed.as_slice().interval(n_files), read.workflow.files_processed or 0) for read in members]
        processed = least_processed([(start, end, n) for (start, end), n in slices])
    for tries in again:
        # files that are named had failed before, so that each is one more; of a slice run again some were there already
        counts = [read.workflow.files_processed for read in tries]
        by_name = all(read.parsed.named for read in tries)
        processed += max((n or 0 for n in counts), default=0) if by_name else 0
        exact = exact and by_name and len(tries) == 1 and None not in counts
    if again and submitted.n_distinct is not None and processed > submitted.n_distinct:
        processed, exact = submitted.n_distinct, False
    return SampleCoverage(
        query, label, n_files, n_planned, submitted, processed, exact, [read.workflow.justin_id for read in members],
        again=[read.workflow.justin_id for tries in again for read in tries],
    )  # fmt: skip


def least_processed(members: Iterable[tuple[int, int | None, int]]) -> int:
    """Distinct inputs that were surely processed, of slices (start, end, how many of it were processed; end None: not known).

    The larger of two bounds: the best choice of slices that do not overlap, and all slices from the fullest on, each without
    what it shares with those before it.
    """
    slices = [(start, FAR if end is None else end, n) for start, end, n in members]
    return max(_best_apart(slices), _less_shared(slices))


FAR = 10**15


def _best_apart(slices: Sequence[tuple[int, int, int]]) -> int:
    """Weighted intervals, by their ends."""
    ends, best = [0], [0]  # up to this position so many
    for start, end, n in sorted(slices, key=lambda one: one[1]):
        before = best[bisect_right(ends, start) - 1]
        ends.append(end)
        best.append(max(best[-1], before + n))
    return best[-1]


def _less_shared(slices: Sequence[tuple[int, int, int]]) -> int:
    """Whatever was processed of what two share may be the same inputs."""
    starts: list[int] = []
    ends: list[int] = []  # what was taken so far, as disjoint intervals in order
    total = 0
    for start, end, n in sorted(slices, key=lambda one: -one[2]):
        first, last = bisect_right(ends, start), bisect_left(starts, end)
        shared = sum(min(end, ends[at]) - max(start, starts[at]) for at in range(first, last))
        if n <= shared:
            continue
        total += n - shared
        if first < last:
            start, end = min(start, starts[first]), max(end, ends[last - 1])
        starts[first:last], ends[first:last] = [start], [end]
    return total


def _size(members: list[Read]) -> int | None:
    """Of a sample that nobody planned: known when a workflow takes it to its end and justIN has found its files."""
    ends = [
        read.parsed.skip + read.workflow.files_total
        for read in members
        if read.parsed.limit is None and read.workflow.files_total
    ]
    return max(ends, default=None)
