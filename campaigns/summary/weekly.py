"""The tutorial's weekly table: workflow, jobs, status, jobs with exit code 0, success rate, events, comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import overload

from django.db.models import Case, Expression, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, NullIf
from django.utils import timezone

from campaigns.models import Campaign, WorkflowComment
from campaigns.summary.totals import Totals, campaign_totals
from monitoring.health import Notice, is_stale, justin_service, row_notices, worst_first
from monitoring.models import Service, Workflow, WorkflowState
from monitoring.numbers import JobNumbers, ratio, ratio_problem

DEFAULT_SORT = "-workflow"
ZERO = F("tally__n_exit_zero") - F("tally__n_outputting")


def _rate(part: Expression | F) -> Case:
    """The rate as `ratio` has it, for sorting; empty where there is none."""
    return Case(
        When(
            tally__jobs_complete=True,
            then=Cast(part, FloatField()) / NullIf(Cast(F("tally__n_ended"), FloatField()), Value(0.0)),
        ),
        default=None,
        output_field=FloatField(),
    )


SORTS: dict[str, Expression | F] = {
    "workflow": F("justin_id"),
    "status": NullIf(F("state"), Value("")),
    "jobs": F("tally__n_ended"),
    "exit_zero": ZERO,
    "success": _rate(ZERO),
    "good": F("tally__n_good"),
    "running": F("tally__n_running"),
    "files": F("files_processed"),
    "comment": NullIf(F("comment"), Value("")),
}


@dataclass(frozen=True, slots=True)
class WeeklyRow:
    """A workflow in the weekly table. Counts of jobs are None if they were never read, lower bounds unless `complete`.

    `jobs`: those that ended; `exit_zero`: those of them with exit code 0. Files are those of stage 1, as justIN lists them.
    """

    workflow: Workflow
    jobs: int | None
    exit_zero: int | None
    good: int | None
    running: int | None
    success_rate: float | None
    rate_problem: str
    files_processed: int | None
    files_total: int | None
    complete: bool
    as_of: datetime | None
    is_stale: bool
    notices: list[Notice]
    comment: WorkflowComment | None
    events: int | None = None  # not available yet

    @property
    def comment_text(self) -> str:
        return self.comment.text if self.comment else ""

    @property
    def status(self) -> str:
        """justIN's word; '' where it is not known."""
        return self.workflow.state

    @property
    def files_share(self) -> float | None:
        return ratio(self.files_processed, self.files_total)

    @property
    def files_problem(self) -> str:
        return ratio_problem(self.files_processed, self.files_total)


@dataclass
class WeeklyRows(Sequence[WeeklyRow]):
    """The table's rows, fetched when counted, sliced or gone through: two queries for each slice."""

    workflows: QuerySet[Workflow]
    service: Service
    now: datetime
    _count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = self.workflows.count()
        return self._count

    @overload
    def __getitem__(self, index: int) -> WeeklyRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[WeeklyRow]: ...
    def __getitem__(self, index: int | slice) -> WeeklyRow | list[WeeklyRow]:
        if isinstance(index, slice):
            return self._rows(list(self.workflows[index]))
        return self._rows([self.workflows[index]])[0]

    def __iter__(self) -> Iterator[WeeklyRow]:
        return iter(self._rows(list(self.workflows)))

    def _rows(self, workflows: list[Workflow]) -> list[WeeklyRow]:
        comments = WorkflowComment.objects.select_related("author").in_bulk(
            [workflow.comment_id for workflow in workflows if workflow.comment]  # type: ignore[attr-defined]
        )
        return [self._row(workflow, comments.get(workflow.comment_id)) for workflow in workflows]  # type: ignore[attr-defined]

    def _row(self, workflow: Workflow, comment: WorkflowComment | None) -> WeeklyRow:
        tally = getattr(workflow, "tally", None)
        jobs = JobNumbers.of(tally) if tally is not None else None
        return WeeklyRow(
            workflow=workflow,
            jobs=jobs.ended if jobs else None,
            exit_zero=jobs.ended_zero if jobs else None,
            good=jobs.good if jobs else None,
            running=jobs.running if jobs else None,
            success_rate=jobs.success_rate if jobs else None,
            rate_problem=jobs.rate_problem if jobs else "unknown",
            files_processed=workflow.files_processed,
            files_total=workflow.files_total,
            complete=tally.complete if tally is not None else False,
            as_of=tally.as_of if tally is not None else None,
            is_stale=is_stale(workflow, self.service, self.now),
            notices=worst_first(row_notices(workflow, self.service, self.now)),
            comment=comment,
        )


@dataclass(frozen=True)
class Chips:
    """How many workflows each quick filter would show."""

    n_all: int
    n_open: int
    n_commented: int


@dataclass(frozen=True)
class WeeklyTable:
    """`rows` after filters, to be sliced for a page; `totals` and `filters` over all workflows whatever the filter."""

    rows: WeeklyRows
    totals: Totals
    filters: Chips
    sort: str
    state: str = ""
    q: str = ""
    commented: bool = False
    states: list[str] = field(default_factory=list)  # justIN's words in this campaign, for the choice; '' is unknown


def weekly_table(
    campaign: Campaign,
    *,
    sort: str = DEFAULT_SORT,
    state: str = "",
    q: str = "",
    commented: bool = False,
    now: datetime | None = None,
    service: Service | None = None,
) -> WeeklyTable:
    """The weekly table of a campaign, sorted and filtered by the database.

    `sort`: a key of SORTS, '-' before it for falling; unknown keys give the default; unknown values come last either way.
    `state`: justIN's word, 'open' for all but finished, 'unknown' for those without one. `q`: part of the workflow's id,
    description, MQL, scope or comment. `commented`: only those with a comment.
    """
    newest = WorkflowComment.objects.filter(campaign=campaign, workflow=OuterRef("pk")).order_by("-at", "-pk")
    workflows = campaign.workflows().with_tally().annotate(
        comment_id=Subquery(newest.values("pk")[:1]), comment=Subquery(newest.values("text")[:1])
    )  # fmt: skip
    n_commented = workflows.filter(comment__gt="").count()
    totals = campaign_totals(campaign)
    sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    q, state = q.replace("\x00", "").strip(), state.replace("\x00", "")  # PostgreSQL takes no null characters
    if state == "open":
        workflows = workflows.exclude(state=WorkflowState.FINISHED)
    elif state:
        workflows = workflows.filter(state="" if state == "unknown" else state)
    if commented:
        workflows = workflows.filter(comment__gt="")
    if q:
        workflows = workflows.filter(
            Q(justin_id__contains=q)
            | Q(description__icontains=q)
            | Q(mql__icontains=q)
            | Q(scope_name__icontains=q)
            | Q(comment__icontains=q)
        )
    by = SORTS[sort.removeprefix("-")]
    order = by.desc(nulls_last=True) if sort.startswith("-") else by.asc(nulls_last=True)
    return WeeklyTable(
        rows=WeeklyRows(
            workflows.order_by(order, "-justin_id"),
            service or justin_service(),
            now or timezone.now(),
            None if state or q or commented else totals.n_workflows,
        ),
        totals=totals,
        filters=Chips(totals.n_workflows, totals.n_open, n_commented),
        sort=sort,
        state=state,
        q=q,
        commented=commented,
        states=list(totals.by_state),
    )
