"""When a site goes bad for a workflow, and when it is well again: pure, from the jobs that ended there.

Bad: as pages have it (monitoring/health.py): at least 10 jobs ended, fewer than half of them with exit 0, and the rest of the
workflow does better by 25 points. Well again: more than 60 % with exit 0; in between nothing changes, so that nothing flaps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from monitoring.health import BAD_SHARE, BETTER_BY, LEAST_ENDED

WELL_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class SiteEnds:
    """Jobs of a workflow that ended at a site, and how many of them with exit 0."""

    site: str
    ended: int
    zero: int

    @property
    def failed(self) -> int:
        return self.ended - self.zero


@dataclass(frozen=True, slots=True)
class Turn:
    """A site that went bad or is well again; `elsewhere` are the jobs of the rest of the workflow."""

    here: SiteEnds
    elsewhere: SiteEnds
    is_bad: bool

    @property
    def words(self) -> str:
        """E.g. UK_Brunel: 13 of 14 jobs failed; elsewhere 4 of 300."""
        here, rest = self.here, self.elsewhere
        return f"{here.site}: {here.failed:,} of {here.ended:,} jobs failed; elsewhere {rest.failed:,} of {rest.ended:,}"


def turns(rows: Iterable[SiteEnds], known_bad: Collection[str]) -> list[Turn]:
    """What changed at the sites of a workflow, when those in `known_bad` were bad before. In the order of their names."""
    rows = sorted(rows, key=lambda row: row.site)
    n_ended, n_zero = sum(row.ended for row in rows), sum(row.zero for row in rows)
    found = []
    for row in rows:
        rest = SiteEnds("", n_ended - row.ended, n_zero - row.zero)
        if row.site in known_bad:
            if row.ended and row.zero > row.ended * WELL_SHARE:
                found.append(Turn(row, rest, is_bad=False))
        elif row.site and _is_bad(row, rest):
            found.append(Turn(row, rest, is_bad=True))
    return found


def _is_bad(row: SiteEnds, rest: SiteEnds) -> bool:
    if row.ended < LEAST_ENDED or row.zero >= row.ended * BAD_SHARE or not rest.ended:
        return False
    return rest.zero / rest.ended - row.zero / row.ended >= BETTER_BY
