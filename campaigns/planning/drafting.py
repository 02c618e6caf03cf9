"""A first plan from what was asked for: test, small run, validation sample, then the full samples in their order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from campaigns.plan.slices import MOST_FILES_OF_A_WORKFLOW, draft_slices
from campaigns.planning.content import Common, PlanContent, PlannedRow, PlannedSample
from campaigns.requests.inputs import SampleKind, runs_of
from campaigns.requests.reading import Sample, Values
from portal.errors import Invalid

TEST_JOBS = 10
SMALL_RUN_JOBS = 50
VALIDATION_JOBS = 100  # where the request does not let them be worked out
LIFETIME_DAYS = 365
FILES_PER_WORKFLOW = 5_000
JOBS_PER_WORKFLOW = 1_000


def draft_plan(
    name: str,
    asked: Sequence[tuple[int, Values]],
    *,
    files_per_workflow: int = FILES_PER_WORKFLOW,
    jobs_per_workflow: int = JOBS_PER_WORKFLOW,
    jobscript: str = "",
    told: Mapping[str, tuple[int, str]] | None = None,
) -> PlanContent:
    """A plan for requests, each with its number. `name` is the campaign's. What they do not say is left empty.

    `told`: numbers of files that are better than the requests', by query, with who told them.
    """
    for number, field in ((files_per_workflow, "files_per_workflow"), (jobs_per_workflow, "jobs_per_workflow")):
        if not 1 <= number <= MOST_FILES_OF_A_WORKFLOW:
            raise Invalid(f"Give a number from 1 to {MOST_FILES_OF_A_WORKFLOW:,}.", field=field)
    samples: list[PlannedSample] = []
    rows: list[PlannedRow] = []
    trial = _Trial(rows)
    full: list[PlannedRow] = []
    for request, values in asked:
        for sample in values.samples:
            key = f"s{len(samples) + 1}"
            source = f"request {request}" if sample.n_files is not None else ""
            if (better := (told or {}).get(mql_of(sample))) is not None:
                sample, source = replace(sample, n_files=better[0]), better[1]
            samples.append(
                PlannedSample(key, label=_label(sample), mql=mql_of(sample), n_files=_files(sample), n_files_from=source)
            )
            if not samples[-1].mql and not _is_monte_carlo(sample):
                continue  # runs: there is nothing to slice before the shifter has written their query
            trial.first(key, sample, values)
            full += _slices(key, len(full), sample, values, files_per_workflow, jobs_per_workflow)
    return PlanContent(_common(name, asked, jobscript), samples, [*rows, *full])


def mql_of(sample: Sample) -> str:
    """The query that a sample stands for, without a slice; '' for Monte Carlo and for what cannot be told."""
    what = sample.what.strip()
    if sample.kind == SampleKind.DATASET:
        return f"files from {what}"
    if sample.kind == SampleKind.MQL:
        return what
    return ""  # runs say neither detector nor data tier: the shifter writes the query


class _Trial:
    """Rows of the steps before full production: of the first sample, which is the most urgent."""

    def __init__(self, rows: list[PlannedRow]) -> None:
        self.rows = rows

    def first(self, key: str, sample: Sample, values: Values) -> None:
        if self.rows:
            return
        n = _validation_jobs(sample, values)
        self.rows += [
            _trial_row("test-1", "test", "main", key, sample, TEST_JOBS, "about ten jobs, one or two events each"),
            _trial_row("small-1", "validation", "small-run", key, sample, SMALL_RUN_JOBS, "clean before the validation sample"),
            _trial_row("validation-1", "validation", "main", key, sample, n, ""),
        ]


def _trial_row(key: str, step: str, use: str, sample_key: str, sample: Sample, n: int, notes: str) -> PlannedRow:
    if _is_monte_carlo(sample):
        return PlannedRow(key, step, sample_key, use=use, n_jobs=n, notes=notes)  # type: ignore[arg-type]
    limit = min(n, sample.n_files) if sample.n_files else n
    return PlannedRow(key, step, sample_key, use=use, limit=limit, notes=notes)  # type: ignore[arg-type]


def _slices(
    key: str, n_before: int, sample: Sample, values: Values, files_per_workflow: int, jobs_per_workflow: int
) -> list[PlannedRow]:
    if _is_monte_carlo(sample):
        n_jobs = _jobs(sample, values)
        if n_jobs is None:
            return [PlannedRow(f"r{n_before + 1}", "production", key, n_jobs=jobs_per_workflow, notes="jobs not known")]
        counts = [min(jobs_per_workflow, n_jobs - at) for at in range(0, n_jobs, jobs_per_workflow)]
        return [PlannedRow(f"r{n_before + n}", "production", key, n_jobs=count) for n, count in enumerate(counts, start=1)]
    if sample.n_files is None:
        return [PlannedRow(f"r{n_before + 1}", "production", key, limit=files_per_workflow, notes="number of files not known")]
    return [
        PlannedRow(f"r{n_before + n}", "production", key, skip=piece.skip, limit=piece.limit)
        for n, piece in enumerate(draft_slices(sample.n_files, files_per_workflow), start=1)
    ]


def _common(name: str, asked: Sequence[tuple[int, Values]], jobscript: str) -> Common:
    scopes = [dataset.partition(":")[0] for _n, values in asked for dataset in values.datasets]
    memory = [values.resources.memory_mib for _n, values in asked if values.resources.memory_mib is not None]
    patterns = [output.pattern for _n, values in asked for output in values.outputs]
    is_git = jobscript.count("/") >= 2 and ":" in jobscript
    return Common(
        description=name,
        scope=scopes[0] if scopes else "",
        jobscript="" if is_git else jobscript,
        jobscript_git=jobscript if is_git else "",
        rss_mib=ceil(max(memory)) if memory else None,
        lifetime_days=LIFETIME_DAYS,
        output_patterns=[f"{pattern}:{name}" for pattern in dict.fromkeys(patterns) if pattern],
    )


def _validation_jobs(sample: Sample, values: Values) -> int:
    """Files (or jobs) that hold the events asked for validation."""
    wanted = values.validation.n_events
    if wanted is None:
        return VALIDATION_JOBS
    if _is_monte_carlo(sample):
        per_job = _events_per_job(values)
        return ceil(wanted / per_job) if per_job else VALIDATION_JOBS
    if sample.n_files and sample.n_events:
        return max(1, ceil(wanted * sample.n_files / sample.n_events))
    return VALIDATION_JOBS


def _jobs(sample: Sample, values: Values) -> int | None:
    per_job = _events_per_job(values)
    return ceil(sample.n_events / per_job) if sample.n_events and per_job else None


def _events_per_job(values: Values) -> int | None:
    return next((step.n_events_per_job for step in values.steps if step.n_events_per_job), None)


def _files(sample: Sample) -> int | None:
    return None if _is_monte_carlo(sample) else sample.n_files


def _is_monte_carlo(sample: Sample) -> bool:
    return sample.kind == SampleKind.MONTE_CARLO


def _label(sample: Sample) -> str:
    if sample.kind == SampleKind.RUNS:
        try:
            n = sum(last - first + 1 for first, last in runs_of(sample.what))
        except ValueError:
            n = 0
        return f"{n:,} runs: {sample.what}"[:200]
    return sample.what[:200]
