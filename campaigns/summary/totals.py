"""Totals over all workflows of a campaign, from one query, or of many campaigns at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from campaigns.models import Campaign
from monitoring.health import NOT_BEGUN
from monitoring.models import Workflow, WorkflowState
from monitoring.numbers import ratio, ratio_problem

UNREAD = Q(tally=None) & ~Q(state__in=NOT_BEGUN)

SUMS = {
    "n_workflows": Count("pk"),
    "n_read": Count("tally"),
    "n_unknown": Count("pk", filter=UNREAD),
    "n_incomplete": Count("pk", filter=Q(tally__complete=False)),
    "n_cut": Count("pk", filter=Q(tally__jobs_complete=False)),
    "n_files_unknown": Count("pk", filter=Q(files_total=None) | (Q(files_total=0) & ~Q(state=WorkflowState.FINISHED))),
    "n_files_known": Count("files_total"),
    "jobs": Sum("tally__n_ended"),
    "exit_zero": Sum(F("tally__n_exit_zero") - F("tally__n_outputting")),
    "good": Sum("tally__n_good"),
    "running": Sum("tally__n_running"),
    "files_processed": Sum("files_processed"),
    "files_total": Sum("files_total"),
    "oldest": Min("tally__as_of", filter=Q(final_read_at=None)),
    "newest": Max("tally__as_of"),
    "listed": Max("listed_at"),
}
ADDED = [name for name in SUMS if name not in ("oldest", "newest", "listed")]


@dataclass(frozen=True)
class Totals:
    """Over all workflows of a campaign. `jobs` are jobs that ended, `exit_zero` those of them that ended with exit code 0.

    Counts of jobs are None while no workflow was read, and lower bounds unless `complete`. Files are those of stage 1.
    """

    n_workflows: int = 0
    by_state: dict[str, int] = field(default_factory=dict)  # justIN's word, '' where unknown
    jobs: int | None = 0
    exit_zero: int | None = 0
    good: int | None = 0
    running: int | None = 0
    files_processed: int | None = 0
    files_total: int | None = 0
    n_unknown: int = 0  # workflows that began, or may have begun, and whose jobs were never read
    n_incomplete: int = 0  # workflows with counts that are lower bounds
    n_cut: int = 0  # of these, with lower bounds for jobs
    n_files_unknown: int = 0  # workflows of which justIN does not tell, or does not know yet, how many files they have
    as_of: datetime | None = None  # the oldest reading among workflows still read; else the newest of all
    listed_at: datetime | None = None  # newest listing; file counts and states
    events: int | None = None  # not available yet

    @property
    def complete(self) -> bool:
        return not (self.n_unknown or self.n_incomplete)

    @property
    def success_rate(self) -> float | None:
        """Exit 0 over jobs that ended, between 0 and 1; None where a cut answer leaves the whole unknown."""
        return None if self.n_cut else ratio(self.exit_zero, self.jobs)

    @property
    def good_rate(self) -> float | None:
        return None if self.n_cut else ratio(self.good, self.jobs)

    @property
    def rate_problem(self) -> str:
        """Why there is no success rate; '' when there is one or no job ended yet."""
        return ratio_problem(self.exit_zero, self.jobs, complete=not self.n_cut)

    @property
    def files_share(self) -> float | None:
        """Files processed of the files justIN knows, between 0 and 1."""
        return ratio(self.files_processed, self.files_total)

    @property
    def files_problem(self) -> str:
        return ratio_problem(self.files_processed, self.files_total)

    @property
    def n_open(self) -> int:
        return self.n_workflows - self.by_state.get(WorkflowState.FINISHED, 0)


def campaign_totals(campaign: Campaign) -> Totals:
    """Totals of one campaign; one query."""
    return totals_of(sums_of(campaign.workflows(), "state"))


def sums_of(workflows: QuerySet[Workflow], *group: str) -> list[dict[str, Any]]:
    """The summed counts of workflows, by the fields named."""
    return list(workflows.order_by().values(*group).annotate(**SUMS))


def totals_of(sums: Iterable[dict[str, Any]]) -> Totals:
    """Add up groups of `sums_of`; each needs a `state`."""
    added: dict[str, int] = dict.fromkeys(ADDED, 0)
    by_state: dict[str, int] = {}
    oldest: list[datetime] = []
    newest: list[datetime] = []
    listed: list[datetime] = []
    for row in sums:
        for name in ADDED:
            added[name] += row[name] or 0
        by_state[row["state"]] = by_state.get(row["state"], 0) + row["n_workflows"]
        for times, name in ((oldest, "oldest"), (newest, "newest"), (listed, "listed")):
            if row[name]:
                times.append(row[name])
    jobs_known = added["n_read"] or not added["n_unknown"]
    files_known = added["n_files_known"] or not added["n_workflows"]

    def jobs(name: str) -> int | None:
        return added[name] if jobs_known else None

    def files(name: str) -> int | None:
        return added[name] if files_known else None

    return Totals(
        n_workflows=added["n_workflows"],
        by_state=dict(sorted(by_state.items())),
        jobs=jobs("jobs"),
        exit_zero=jobs("exit_zero"),
        good=jobs("good"),
        running=jobs("running"),
        files_processed=files("files_processed"),
        files_total=files("files_total"),
        n_unknown=added["n_unknown"],
        n_incomplete=added["n_incomplete"],
        n_cut=added["n_cut"],
        n_files_unknown=added["n_files_unknown"],
        as_of=min(oldest) if oldest else max(newest, default=None),
        listed_at=max(listed, default=None),
    )
