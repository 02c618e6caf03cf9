"""Rows of a plan laid out: what each takes, what remains, its command, and what is wrong with it. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from campaigns.plan.commands import command_of
from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import sliced
from campaigns.plan.slices import Coverage, Slice, coverage, rows
from campaigns.plan.submission import TEST_SCOPE, Output, Stage, Submission, problems_of
from campaigns.planning.content import PlanContent, PlannedRow, PlannedSample

LANE = tuple[str, str, str]  # step, use and sample: rows of one lane take slices of the same inputs for the same purpose


@dataclass(frozen=True)
class LaidOut:
    """A planned row and all that follows from it. `n_files` and `remaining` are None where they are not known."""

    row: PlannedRow
    sample: PlannedSample
    number: int
    n_files: int | None
    remaining: int | None
    scope: str
    warning: str = ""
    command: str = ""
    problems: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()  # datasets that its files go to, as they are asked for

    @property
    def is_monte_carlo(self) -> bool:
        return not (self.row.mql or self.sample.mql)

    @property
    def lane(self) -> LANE:
        return self.row.step, self.row.use, self.row.sample


@dataclass(frozen=True)
class Layout:
    """The whole plan laid out. `coverages` are those of lanes that process files and whose rows are no later attempts."""

    rows: list[LaidOut] = field(default_factory=list)
    coverages: dict[LANE, Coverage[int]] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        return [f"Row {one.number}: {problem}" for one in self.rows for problem in one.problems]


def lay_out(content: PlanContent) -> Layout:
    """Lay out a plan. Rows of a lane take from its sample one after the other; attempts of another row take nothing anew."""
    samples = {one.key: one for one in content.samples}
    lanes: dict[LANE, list[tuple[int, PlannedRow]]] = defaultdict(list)
    for number, row in enumerate(content.rows, start=1):
        if not row.parent and _takes_files(row, samples[row.sample]):
            lanes[row.step, row.use, row.sample].append((number, row))
    taken: dict[int, tuple[int | None, int | None, str]] = {}
    coverages: dict[LANE, Coverage[int]] = {}
    for lane, numbered in lanes.items():
        n_files = samples[lane[2]].n_files
        pieces = [Slice(row.skip, row.limit) for _number, row in numbered]
        for (number, _row), made in zip(numbered, rows(n_files, pieces), strict=True):
            taken[number] = (made.n_files, made.remaining, made.warning)
        coverages[lane] = coverage(n_files, [(number, piece) for (number, _row), piece in zip(numbered, pieces, strict=True)])
    laid = [
        _laid(content, number, row, samples[row.sample], taken.get(number)) for number, row in enumerate(content.rows, start=1)
    ]
    return Layout(laid, coverages)


def submission_of(content: PlanContent, row: PlannedRow) -> Submission:
    """The row as it is submitted. Raises WrongValue when its sample cannot be sliced."""
    sample, common = content.sample(row.sample), content.common
    assert sample is not None  # read_content looked
    is_test = row.step == "test"
    takes_files = _takes_files(row, sample)
    stage = Stage(
        jobscript=common.jobscript,
        jobscript_git=common.jobscript_git,
        wall_seconds=common.wall_seconds,
        rss_mib=row.rss_mib or common.rss_mib,
        processors=common.processors,
        max_distance=row.max_distance if row.max_distance is not None else common.max_distance,
        lifetime_days=common.lifetime_days,
        outputs=tuple(Output(*text.partition(":")[::2]) for text in common.output_patterns),
        env=tuple(text.partition("=")[::2] for text in common.env),
        site=row.site,
    )
    return Submission(
        scope=TEST_SCOPE if is_test else common.scope,
        stages=(stage,),
        description=description_of(content, row),
        mql=row.mql or (sliced(sample.mql, Slice(row.skip, row.limit)) if takes_files else ""),
        n_monte_carlo=None if takes_files or row.mql else row.n_jobs,
        campaign_id=common.test_campaign_id if is_test else common.campaign_id,
        workflow_id_file=f"{row.key}.id",
    )


def description_of(content: PlanContent, row: PlannedRow) -> str:
    """What justIN will show of the row: by it a workflow is found again."""
    return f"{content.common.description} {row.key}".strip()


def _laid(
    content: PlanContent, number: int, row: PlannedRow, sample: PlannedSample, taken: tuple[int | None, int | None, str] | None
) -> LaidOut:
    n_files, remaining, warning = taken or (None, None, "")
    problems: list[str] = []
    outputs: tuple[str, ...] = ()
    command = scope = ""
    try:
        submission = submission_of(content, row)
        scope, outputs = submission.scope, _outputs(submission)
        problems = [one.message for one in problems_of(submission, step_key=row.step)]
        if not problems:
            command = command_of(submission, step_key=row.step)
    except WrongValue as wrong:
        problems.append(wrong.message)
    return LaidOut(row, sample, number, n_files, remaining, scope, warning, command, tuple(problems), outputs)


def _outputs(submission: Submission) -> tuple[str, ...]:
    made = [one for stage in submission.stages for one in stage.outputs if one.destination and not one.for_next_stage]
    return tuple(dict.fromkeys(one.destination for one in made))


def _takes_files(row: PlannedRow, sample: PlannedSample) -> bool:
    """Whether it is a slice of its sample: neither Monte Carlo nor a query of its own."""
    return bool(sample.mql) and not row.mql
