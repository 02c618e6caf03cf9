"""Rows that run again what a workflow left: files that failed or were not found, by their names where these are known. Pure but
for `lost_of`, which reads what is known of a workflow's failures.

A file is asked for by its DID, at most 200 in a row: MetaCat fails on sets of many thousand names, and a query must fit into a
command. One whose name no query can hold is taken by its place, skip and limit of one, where the workflow's query is ordered.
Where names are missing, nothing less than the whole slice is certain to hold them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from django.db.models import Sum

from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import DID, Parsed, naming, parse_mql, sliced
from campaigns.plan.slices import Slice
from campaigns.planning.content import Common, PlanContent, PlannedRow
from monitoring.exit_codes import meaning
from monitoring.models import FailedFile, FileTally, JobTally, Workflow
from monitoring.outcomes import ENDED, Outcome
from portal.wording import counted, listed

MOST_NAMES = 200
LONGEST_QUERY = 20_000  # characters; a DID has some hundred
MORE_MEMORY = 1.5
ROUNDED_TO_MIB = 100
KILLED = (-9, 9)  # what a job that took too much memory says, where it can still say anything
MOST_PLACES = 3


@dataclass(frozen=True)
class LostFile:
    """A file of stage 1. `position`: its place in what the workflow took, from 0, where that is known."""

    did: str
    state: str
    position: int | None = None


@dataclass(frozen=True)
class Ends:
    """How jobs of stage 1 that did not end well ended, and where: numbers by exit code (None: not known) and by site."""

    n: int = 0
    n_killed: int = 0  # by signal 9, or with a result that justIN could not take: above all codes over 127
    by_code: dict[int | None, int] = field(default_factory=dict)
    by_site: dict[str, int] = field(default_factory=dict)

    @property
    def says_memory(self) -> bool:
        """Whether half of them ended as jobs end that took more memory than they had asked for."""
        return bool(self.n) and self.n_killed * 2 >= self.n

    @property
    def words(self) -> str:
        if not self.n:
            return "No job of it is known to have failed."
        codes = sorted(((n, code) for code, n in self.by_code.items() if code is not None), key=lambda one: -one[0])
        told = [f"{n:,} with exit code {code}{_means(code)}" for n, code in codes[:MOST_PLACES]]
        if self.n_killed:
            told.insert(0, f"{self.n_killed:,} were killed or lost their code, as jobs do that take too much memory")
        sites = sorted(self.by_site.items(), key=lambda one: -one[1])[:MOST_PLACES]
        where = f" Most at {listed(f'{site} ({n:,})' for site, n in sites)}." if sites else ""
        return f"Of {counted(self.n, 'job')} that did not end well, {listed(told)}.{where}" if told else where.strip()


@dataclass(frozen=True)
class Lost:
    """What a workflow left. `n_failed` and `n_not_found` are counts; with `is_complete` all their names are in `files`."""

    n_failed: int
    n_not_found: int
    files: Sequence[LostFile] = ()
    is_complete: bool = False
    ends: Ends = field(default_factory=Ends)

    @property
    def n(self) -> int:
        return self.n_failed + self.n_not_found

    def of(self, *, with_not_found: bool) -> Lost:
        """Without the files that had no replica, unless these are wanted."""
        if with_not_found:
            return self
        return replace(self, n_not_found=0, files=[one for one in self.files if one.state != "notfound"])


@dataclass(frozen=True)
class Changed:
    """What is to be otherwise than in the row; None leaves it as it is."""

    rss_mib: int | None = None
    max_distance: int | None = None
    site: str = ""


@dataclass(frozen=True)
class Recovery:
    """The rows, and in words what they take. `n_unreached`: files that no row can take; `n_twice`: processed ones in them."""

    rows: list[PlannedRow]
    words: str
    n_unreached: int = 0
    n_twice: int = 0


def lost_of(workflow: Workflow) -> Lost:
    """What is known of the files and jobs of stage 1. Three queries."""
    states = FileTally.objects.filter(workflow=workflow, stage_id=1, state__in=("failed", "notfound"))
    n = dict(states.values_list("state").annotate(Sum("n_files")))
    rows = FailedFile.objects.filter(workflow=workflow, stage_id=1).order_by("pk")
    files = [LostFile(*row) for row in rows.values_list("file_did", "state", "position")]
    tally = getattr(workflow, "tally", None)
    is_complete = tally is not None and tally.failed_files_complete and len(files) == sum(n.values())
    return Lost(n.get("failed", 0), n.get("notfound", 0), files, is_complete, _ends(workflow))


def _ends(workflow: Workflow) -> Ends:
    ended_badly = [outcome for outcome in ENDED if outcome is not Outcome.FINISHED]
    jobs = JobTally.objects.filter(workflow=workflow, stage_id=1, outcome__in=ended_badly)
    ends = Ends()
    n = n_killed = 0
    for site, outcome, code, n_jobs in jobs.values_list("site_name", "outcome", "exit_code").annotate(Sum("n_jobs")):
        n += n_jobs
        if outcome == Outcome.RESULT_LOST or code in KILLED:
            n_killed += n_jobs
        elif outcome == Outcome.SCRIPT_ERROR:
            ends.by_code[code] = ends.by_code.get(code, 0) + n_jobs
        if site:
            ends.by_site[site] = ends.by_site.get(site, 0) + n_jobs
    return replace(ends, n=n, n_killed=n_killed)


def proposed(common: Common, row: PlannedRow, ends: Ends) -> Changed:
    """What a person would begin from: half as much memory again where jobs ran out of it."""
    now = row.rss_mib or common.rss_mib
    rss_mib = now
    if now is not None and ends.says_memory:
        rss_mib = ceil(now * MORE_MEMORY / ROUNDED_TO_MIB) * ROUNDED_TO_MIB
    return Changed(rss_mib, row.max_distance if row.max_distance is not None else common.max_distance, row.site)


def recover(content: PlanContent, row: PlannedRow, parsed: Parsed, lost: Lost, changed: Changed) -> Recovery:
    """Rows under `row` for what its workflow left, `parsed` being what that took. Raises WrongValue when there is nothing."""
    if not lost.n:
        raise WrongValue("workflow", "Nothing failed and nothing was missing: there is nothing to run again.")
    new = _maker(content, row, changed)
    if parsed.n_monte_carlo is not None:
        return Recovery([new(n_jobs=lost.n)], f"{counted(lost.n, 'Monte Carlo job')} anew: these have no inputs to be named.")
    if parsed.problem:
        raise WrongValue("workflow", f"What it took is not certain, so nothing can be taken again: {parsed.problem}")
    if not lost.is_complete:
        return _whole(content, row, parsed, lost, new)
    named = [one for one in lost.files if _can_be_named(one.did)]
    others = [one for one in lost.files if not _can_be_named(one.did)]
    rows = [new(mql=naming(names)) for names in _parts([one.did for one in named])]
    placed = [one.position for one in others if one.position is not None] if parsed.is_ordered and not parsed.named else []
    runs = list(_runs(placed))
    rows += [_slice(content, row, parsed, Slice(parsed.skip + start, n), new) for start, n in runs]
    told = []
    if named:
        told.append(f"{counted(len(named), 'file')} by name, in {counted(len(rows) - len(runs), 'row')}")
    if placed:
        told.append(f"{counted(len(placed), 'file')} by place, in {counted(len(runs), 'row')}")
    n_unreached = len(others) - len(placed)
    if not rows:
        raise WrongValue("workflow", f"The names of its {counted(n_unreached, 'file')} cannot be asked for, nor their places.")
    return Recovery(rows, f"{listed(told)}.", n_unreached)


Maker = Callable[..., PlannedRow]


def _maker(content: PlanContent, row: PlannedRow, changed: Changed) -> Maker:
    """Makes rows under a row, each with a key of its own; only what differs from the common settings is written."""
    used = {one.key for one in content.rows}
    common = content.common

    def new(**values: object) -> PlannedRow:
        number = 1
        while (key := f"{row.key[:30]}-again{number}") in used:
            number += 1
        used.add(key)
        more = {
            "rss_mib": None if changed.rss_mib == common.rss_mib else changed.rss_mib,
            "max_distance": None if changed.max_distance == common.max_distance else changed.max_distance,
        }
        return PlannedRow(key, row.step, row.sample, row.use, parent=row.key, site=changed.site, **more, **values)  # type: ignore[arg-type]

    return new


def _whole(content: PlanContent, row: PlannedRow, parsed: Parsed, lost: Lost, new: Maker) -> Recovery:
    if parsed.named:
        made = new(mql=naming(parsed.named))
        size: int | None = len(parsed.named)
    else:
        made = _slice(content, row, parsed, parsed.as_slice(), new)
        size = parsed.limit
    n_twice = max(size - lost.n, 0) if size is not None else 0
    words = "Names of files are missing, so that all of what it took is run again: what was processed will be there twice."
    return Recovery([made], words, n_twice=n_twice)


def _slice(content: PlanContent, row: PlannedRow, parsed: Parsed, piece: Slice, new: Maker) -> PlannedRow:
    """A row for positions of what the workflow read: a slice of the plan's sample, or a query of its own where that differs."""
    sample = content.sample(row.sample)
    is_of_sample = sample is not None and bool(sample.mql) and parse_mql(sample.mql).sample == parsed.sample
    if is_of_sample:
        return new(skip=piece.skip, limit=piece.limit)
    return new(mql=sliced(parsed.sample, piece))


def _parts(names: Sequence[str]) -> Iterator[list[str]]:
    """The names in parts that a query can hold."""
    part: list[str] = []
    length = 0
    for name in names:
        if part and (len(part) == MOST_NAMES or length + len(name) + 2 > LONGEST_QUERY):
            yield part
            part, length = [], 0
        part.append(name)
        length += len(name) + 2
    if part:
        yield part


def _runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours together: (first, how many)."""
    start = n = 0
    for position in sorted(set(positions)):
        if n and position == start + n:
            n += 1
            continue
        if n:
            yield start, n
        start, n = position, 1
    if n:
        yield start, n


def _can_be_named(did: str) -> bool:
    return DID.fullmatch(did) is not None and len(did) < LONGEST_QUERY


def _means(code: int) -> str:
    text = meaning(code)
    return f" ({text})" if text else ""
