"""Whose the number of files of each sample is, and whether MetaCat has another one by now. Pure: rows come from outside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from campaigns.planning.content import PlanContent, PlannedRow, PlannedSample
from monitoring.models import QueryCount

METACAT = "MetaCat"


@dataclass(frozen=True)
class SampleSize:
    """A sample with what MetaCat told of its query. `open_ended`: rows of full production that run to its end, by number."""

    sample: PlannedSample
    count: QueryCount | None = None
    open_ended: tuple[tuple[int, PlannedRow], ...] = ()
    n_rows: int = 0

    @property
    def has_query(self) -> bool:
        return bool(self.sample.mql.strip())

    @property
    def known(self) -> int | None:
        """MetaCat's last good number, if nothing is doubtful about it."""
        return self.count.n_files if self.count is not None and not self.count.doubt else None

    @property
    def is_of_metacat(self) -> bool:
        """Whether the plan's number was taken from MetaCat."""
        return self.sample.n_files_from.startswith(METACAT)

    @property
    def is_confirmed(self) -> bool:
        return self.known is not None and self.known == self.sample.n_files

    @property
    def difference(self) -> int | None:
        """Files that came (or, below zero, went) since planning; None where one of the numbers is not known or they agree."""
        if self.known is None or self.sample.n_files is None or self.known == self.sample.n_files:
            return None
        return self.known - self.sample.n_files

    @property
    def since(self) -> datetime | None:
        """When MetaCat first told the number of today; None where the plan never had the one before."""
        row = self.count
        return row.changed_at if row is not None and row.n_files_before == self.sample.n_files else None

    @property
    def difference_words(self) -> str:
        """ "17 more"."""
        n = self.difference or 0
        return f"{abs(n):,} {'more' if n > 0 else 'fewer'}"

    @property
    def change_words(self) -> str:
        """ "planned with 20,784 files, MetaCat has 20,801: 17 files more"; '' where nothing changed."""
        n = self.difference
        if n is None:
            return ""
        more = f"{_files(abs(n))} {'more' if n > 0 else 'fewer'}"
        return f"planned with {_files(self.sample.n_files or 0)}, MetaCat has {self.known:,}: {more}"

    def effect_words(self, submitted: Collection[str] = ()) -> str:
        """What the change means for the rows; `submitted` are keys of rows for whose workflow justIN found its files."""
        n = self.difference
        if n is None or not self.n_rows:
            return ""
        if n < 0:
            return (
                "Files that went shift the positions of all after them: slices submitted from now on may leave out files, "
                "and the last ones find fewer."
            )
        waiting = [str(number) for number, row in self.open_ended if row.key not in submitted]
        gone = [str(number) for number, row in self.open_ended if row.key in submitted]
        if waiting:
            return f"{_rows(waiting)} to the end and take{'s' if len(waiting) == 1 else ''} them; slices with a limit do not."
        if gone:
            return f"{_rows(gone)} to the end, but justIN found {_its(gone)} files before: what came since is in none."
        return "No row runs to the end of the sample, so that none takes them."


def sizes_of(content: PlanContent, counts: Mapping[str, QueryCount]) -> dict[str, SampleSize]:
    """By key of the sample, in the plan's order. `counts` by text of the query."""
    rows: dict[str, list[tuple[int, PlannedRow]]] = {sample.key: [] for sample in content.samples}
    for number, row in enumerate(content.rows, start=1):
        if (row.step, row.use) == ("production", "main") and not (row.parent or row.mql):
            rows[row.sample].append((number, row))
    return {
        sample.key: SampleSize(
            sample,
            counts.get(sample.mql.strip()) if sample.mql.strip() else None,
            tuple((number, row) for number, row in rows[sample.key] if row.limit is None and row.n_jobs is None),
            len(rows[sample.key]),
        )
        for sample in content.samples
    }


def changed(sizes: Iterable[SampleSize]) -> list[SampleSize]:
    """Those of which MetaCat has another number than the plan."""
    return [size for size in sizes if size.difference is not None]


def told_by_metacat(row: QueryCount) -> str:
    """What a plan keeps beside a number that was taken from MetaCat: the moment it was true."""
    at = row.read_at or timezone.now()
    return f"{METACAT}, {at:%-d %b %Y %H:%M} UTC"


def typed_by(who: str, at: datetime | None = None) -> str:
    return f"typed by {who} on {at or timezone.now():%-d %b %Y}"


def change_notes(sizes: Iterable[SampleSize]) -> list[str]:
    """For a criterion, e.g. "MetaCat has 17 files more of s1 than planned"."""
    return [
        f"MetaCat has {_files(abs(size.difference or 0))} {'more' if (size.difference or 0) > 0 else 'fewer'} "
        f"of {size.sample.key} than planned"
        for size in changed(sizes)
    ]


def _files(n: int) -> str:
    return f"{n:,} file{'' if n == 1 else 's'}"


def _rows(numbers: list[str]) -> str:
    return f"Row{'' if len(numbers) == 1 else 's'} {', '.join(numbers)} run{'s' if len(numbers) == 1 else ''}"


def _its(numbers: list[str]) -> str:
    return "its" if len(numbers) == 1 else "their"
