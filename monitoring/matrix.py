"""The table of sites against ways of ending: the largest sites one by one, the others together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.numbers import SiteRow, WorkflowNumbers

SITES_SHOWN = 15


@dataclass(frozen=True)
class Cell:
    """Jobs of one row that ended in one way."""

    key: str
    n_jobs: int


@dataclass(frozen=True)
class MatrixRow:
    """A site, or several together (`n_sites` of them)."""

    site: str
    n_sites: int
    ended: int
    exit_zero: int
    good: int
    running: int
    cells: list[Cell]

    @property
    def success_rate(self) -> float | None:
        """Exit 0 over ended; None while nothing ended."""
        return self.exit_zero / self.ended if self.ended and self.exit_zero <= self.ended else None


@dataclass(frozen=True)
class Matrix:
    """`more` holds the sites beyond the largest, together; None when all are shown."""

    keys: list[str]
    rows: list[MatrixRow]
    more: MatrixRow | None
    total: MatrixRow


def matrix_of(numbers: WorkflowNumbers, *, all_sites: bool = False) -> Matrix:
    """Rows by falling number of ended jobs: all of them, or the largest and a row for the rest."""
    keys = list(numbers.matrix_keys)
    shown = len(numbers.sites) if all_sites or len(numbers.sites) <= SITES_SHOWN + 1 else SITES_SHOWN
    rest = numbers.sites[shown:]
    return Matrix(
        keys=keys,
        rows=[_row(keys, [site], site.site) for site in numbers.sites[:shown]],
        more=_row(keys, rest) if rest else None,
        total=_row(keys, numbers.sites),
    )


def _row(keys: list[str], sites: Sequence[SiteRow], name: str = "") -> MatrixRow:
    ends: Counter[str] = Counter()
    for site in sites:
        ends.update(site.ends)
    return MatrixRow(
        site=name,
        n_sites=len(sites),
        ended=sum(site.ended for site in sites),
        exit_zero=sum(site.ended_zero for site in sites),
        good=sum(site.good for site in sites),
        running=sum(site.running for site in sites),
        cells=[Cell(key, ends[key]) for key in keys],
    )
