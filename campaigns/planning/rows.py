"""Rows of a plan laid out: what each takes, what remains, its command, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from campaigns.plan.commands import command_of
from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import sliced
from campaigns.plan.slices import Coverage, Slice, coverage, rows
from campaigns.plan.submission import TEST_SCOPE, NewCampaign, Output, Stage, Submission, check_scope, problems_of
from campaigns.planning.content import PlanContent, PlannedRow, PlannedSample, StageSettings

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
    return Submission(
        scope=TEST_SCOPE if is_test else common.scope,
        stages=tuple(_stage(one, row) for one in common.stages),
        description=description_of(content, row),
        mql=row.mql or (sliced(sample.mql, Slice(row.skip, row.limit)) if takes_files else ""),
        n_monte_carlo=None if takes_files or row.mql else row.n_jobs,
        campaign_id=common.test_campaign_id if is_test else common.campaign_id,
        workflow_id_file=f"{row.key}.id",
    )


def _stage(said: StageSettings, row: PlannedRow) -> Stage:
    """Memory, distance and site of a row hold for each of its stages."""
    outputs = [Output(*text.partition(":")[::2]) for text in said.output_patterns]
    outputs += [Output(*text.partition(":")[::2], for_next_stage=True) for text in said.next_patterns]
    return Stage(
        jobscript=said.jobscript,
        jobscript_git=said.jobscript_git,
        wall_seconds=said.wall_seconds,
        rss_mib=row.rss_mib or said.rss_mib,
        processors=said.processors,
        max_distance=row.max_distance if row.max_distance is not None else said.max_distance,
        lifetime_days=said.lifetime_days,
        outputs=tuple(outputs),
        env=tuple(text.partition("=")[::2] for text in said.env),
        site=row.site,
    )


def new_campaign(content: PlanContent, step: str, *, name: str) -> NewCampaign | None:
    """The justIN campaign to make before a step's rows are submitted; None where the plan names one. Raises WrongValue.

    `name` is the campaign's, for a plan without a description.
    """
    common, is_test = content.common, step == "test"
    if (common.test_campaign_id if is_test else common.campaign_id) is not None:
        return None
    quota = TEST_SCOPE if is_test else common.quota or common.scope
    check_scope(step, quota)
    description = common.description or name
    return NewCampaign(quota, f"{description} tests" if is_test else description)


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
        problems = [_told(one, len(submission.stages)) for one in problems_of(submission, step_key=row.step)]
        if not problems:
            command = command_of(submission, step_key=row.step)
    except WrongValue as wrong:
        problems.append(wrong.message)
    return LaidOut(row, sample, number, n_files, remaining, scope, warning, command, tuple(problems), outputs)


def _outputs(submission: Submission) -> tuple[str, ...]:
    made = [one for stage in submission.stages for one in stage.outputs if one.destination and not one.for_next_stage]
    return tuple(dict.fromkeys(one.destination for one in made))


def _told(wrong: WrongValue, n_stages: int) -> str:
    """What is wrong, with its stage where there are several."""
    stage = re.match(r"stages\.([0-9]+)", wrong.field)
    return f"Stage {int(stage[1]) + 1}: {wrong.message}" if stage and n_stages > 1 else wrong.message


def _takes_files(row: PlannedRow, sample: PlannedSample) -> bool:
    """Whether it is a slice of its sample: neither Monte Carlo nor a query of its own."""
    return bool(sample.mql) and not row.mql
