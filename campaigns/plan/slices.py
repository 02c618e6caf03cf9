"""Slices of an ordered sample: what each takes, what remains, gaps, overlaps and slices past the end.

Positions count the sample's files from 0; every interval is half-open, [start, end).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from campaigns.plan.errors import WrongValue

MOST_FILES_OF_A_WORKFLOW = 8_000  # past 10,000 rows justIN's downloads are cut; late jobs and attempts need the rest
MOST_FILES = 10**12
MOST_SLICES = 10_000
_FAR = 10 * MOST_FILES  # the end of a sample whose size is not known

Id = TypeVar("Id", bound=int | str)


@dataclass(frozen=True)
class Slice:
    """`limit` files after the first `skip` ones; no limit (None, or −1 as production writes it) means to the end."""

    skip: int = 0
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.limit == -1:
            object.__setattr__(self, "limit", None)
        if not _is_count(self.skip):
            raise WrongValue("skip", f"skip is {self.skip!r}; it must be a whole number of files, 0 or more.")
        if self.limit is not None and not _is_count(self.limit):
            raise WrongValue("limit", f"limit is {self.limit!r}; it must be a whole number of files, or −1 for “to the end”.")

    def interval(self, n_files: int | None) -> tuple[int, int | None]:
        """The positions it takes of a sample of that size, (start, end); end is None where it is not known."""
        wanted = None if self.limit is None else self.skip + self.limit
        if n_files is None:
            return self.skip, wanted
        start = min(self.skip, n_files)
        return start, n_files if wanted is None else min(wanted, n_files)


@dataclass(frozen=True)
class Row:
    """A slice with what it comes to. `n_files` it takes and `remaining` after it are None where the size is not known."""

    skip: int
    limit: int | None
    n_files: int | None
    remaining: int | None
    warning: str = ""


class Gap(NamedTuple):
    """Positions that no slice takes."""

    start: int
    end: int


class Overlap(NamedTuple, Generic[Id]):
    """Positions taken more than once, and every slice with a part in that; `end` is None where it is not known."""

    start: int
    end: int | None
    ids: tuple[Id, ...]


class PastEnd(NamedTuple, Generic[Id]):
    """Positions behind the sample's last file that a slice asks for; `end` is None for a slice that is to the end."""

    start: int
    end: int | None
    id: Id


@dataclass(frozen=True)
class Coverage(Generic[Id]):
    """What slices of one sample make of it together.

    `n_distinct` counts the inputs that are taken at least once. Where the sample's size is not known, gaps are told up to
    the last position asked for, nothing is known to lie past the end, and `n_distinct` is what was asked for (None as
    soon as a slice runs to that unknown end).
    """

    n_files: int | None
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap[Id], ...]
    past_end: tuple[PastEnd[Id], ...]
    n_distinct: int | None

    @property
    def is_complete(self) -> bool:
        """Every input is known to be taken."""
        return self.n_files is not None and not self.gaps


def draft_slices(n_files: int, files_per_workflow: int) -> list[Slice]:
    """Slices of equal size over a sample, the last one to the end. Raises WrongValue."""
    if not _is_count(n_files):
        raise WrongValue("n_files", f"The sample has {n_files!r} files; it must be a whole number, 0 or more.")
    if not _is_count(files_per_workflow) or files_per_workflow < 1:
        raise WrongValue("files_per_workflow", "Say how many files one workflow takes: a whole number, 1 or more.")
    n_slices = -(-n_files // files_per_workflow)
    if n_slices > MOST_SLICES:
        raise WrongValue(
            "files_per_workflow",
            f"This would make {n_slices:,} workflows; at most {MOST_SLICES:,} are planned at once. Take more files in each.",
        )
    return [
        Slice(skip, files_per_workflow if skip + files_per_workflow < n_files else None)
        for skip in range(0, n_files, files_per_workflow)
    ]


def rows(n_files: int | None, slices: Iterable[Slice]) -> list[Row]:
    """What each slice takes and what remains of the sample after it, counting an input once however often it is taken.

    20,784 files with 0/6000, 6000/1000, 7000/5000, 12000/5000, 17000/end leave 14784, 13784, 8784, 3784, 0.
    """
    _check_size(n_files)
    taken = _Taken()
    made = []
    for piece in slices:
        start, end = piece.interval(n_files)
        n_taken = None if end is None else end - start
        if n_files is not None and end is not None:
            taken.add(start, end)
        remaining = None if n_files is None else n_files - taken.n_distinct
        made.append(Row(piece.skip, piece.limit, n_taken, remaining, warning_of(n_taken)))
    return made


def warning_of(n_files: int | None) -> str:
    """Why one workflow should not take so many files; empty when it may."""
    if n_files is None or n_files <= MOST_FILES_OF_A_WORKFLOW:
        return ""
    return (
        f"{n_files:,} files in one workflow: justIN tells only 10,000 rows of each kind, and refuses more files than its quota "
        f"allows (10,000 unless raised). Take at most {MOST_FILES_OF_A_WORKFLOW:,}."
    )


def coverage(n_files: int | None, slices: Iterable[tuple[Id, Slice]]) -> Coverage[Id]:
    """Gaps, overlaps and what lies past the end, of slices with the id by which they are told. O(n log n).

    An overlap ends where fewer than two slices run on; in between all slices with a part in it are told together.
    """
    _check_size(n_files)
    named = list(slices)
    sweep: _Sweep[Id] = _Sweep([name for name, _ in named])
    past_end: list[PastEnd[Id]] = []
    for index, (name, piece) in enumerate(named):
        start, end = piece.interval(n_files)
        sweep.add(index, start, _FAR if end is None else end)
        past = _past_end(n_files, name, piece)
        if past:
            past_end.append(past)
    sweep.run(_FAR if n_files is None else n_files)
    is_open = n_files is None and any(piece.limit is None for _, piece in named)
    return Coverage(
        n_files,
        tuple(gap for gap in sweep.gaps if gap.end < _FAR),  # not from the last slice on, where the size is not known
        tuple(sweep.overlaps),
        tuple(past_end),
        None if is_open else sweep.n_distinct,
    )


def _past_end(n_files: int | None, name: Id, piece: Slice) -> PastEnd[Id] | None:
    if n_files is None or piece.limit == 0:
        return None
    if piece.limit is None:
        return PastEnd(piece.skip, None, name) if piece.skip >= n_files else None
    end = piece.skip + piece.limit
    return PastEnd(max(piece.skip, n_files), end, name) if end > n_files else None


class _Sweep(Generic[Id]):
    """Walks over the ends of all slices, from the first position on, and notes gaps, overlaps and what is taken."""

    def __init__(self, names: Sequence[Id]) -> None:
        self.names = names
        self.starts: dict[int, list[int]] = defaultdict(list)
        self.ends: dict[int, list[int]] = defaultdict(list)
        self.gaps: list[Gap] = []
        self.overlaps: list[Overlap[Id]] = []
        self.n_distinct = 0

    def add(self, index: int, start: int, end: int) -> None:
        if start < end:
            self.starts[start].append(index)
            self.ends[end].append(index)

    def run(self, n_files: int) -> None:
        active: set[int] = set()
        shared: set[int] = set()  # slices of the overlap that is under way
        shared_from = before = 0
        for at in sorted({0, n_files, *self.starts, *self.ends}):
            if not active and before < at:
                self.gaps.append(Gap(before, at))
            elif active:
                self.n_distinct += at - before
            active.difference_update(self.ends.get(at, ()))
            if shared and len(active) < 2:
                self._tell(shared_from, at, shared)
                shared = set()
            begun: Sequence[int] = self.starts.get(at, ())
            if shared:
                shared.update(begun)
            elif len(active) + len(begun) >= 2:
                shared, shared_from = {*active, *begun}, at
            active.update(begun)
            before = at

    def _tell(self, start: int, end: int, shared: set[int]) -> None:
        names = dict.fromkeys(self.names[index] for index in sorted(shared))
        self.overlaps.append(Overlap(start, None if end == _FAR else end, tuple(names)))


class _Taken:
    """The positions taken so far, as disjoint intervals in order."""

    def __init__(self) -> None:
        self.n_distinct = 0
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        if start >= end:
            return
        first = bisect_left(self.ends, start)
        last = bisect_right(self.starts, end)
        if first < last:  # it touches those: they become one
            start, end = min(start, self.starts[first]), max(end, self.ends[last - 1])
            self.n_distinct -= sum(self.ends[at] - self.starts[at] for at in range(first, last))
        self.starts[first:last], self.ends[first:last] = [start], [end]
        self.n_distinct += end - start


def _check_size(n_files: int | None) -> None:
    if n_files is not None and not _is_count(n_files):
        raise WrongValue("n_files", f"The sample has {n_files!r} files; it must be a whole number, 0 or more.")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_FILES
