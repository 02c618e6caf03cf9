"""A workflow's numbers for pages, API and reports: read from tallies in a constant number of queries, never from raw rows.

Jobs are distinct jobs, sizes are bytes, times are justIN's clock in UTC. Ratios lie between 0 and 1; where the whole is
unknown, nothing, or smaller than its part they are None, and `rate_problem` says why.
"""

from __future__ import annotations

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from monitoring.models import FailedJob, Workflow
from monitoring.numbers.files import rses_of, stages_of
from monitoring.numbers.jobs import end_key, hours_of, is_end, job_sums, sites_and_ends, start_of_step
from monitoring.numbers.rows import (
    EndRow,
    FileStateRow,
    HourRow,
    JobNumbers,
    Outputs,
    RseRow,
    SiteRow,
    StageRow,
    WorkflowNumbers,
    ratio,
    ratio_problem,
)

__all__ = [
    "EndRow",
    "FileStateRow",
    "HourRow",
    "JobNumbers",
    "Outputs",
    "RseRow",
    "SiteRow",
    "StageRow",
    "WorkflowNumbers",
    "end_key",
    "failed_jobs",
    "failed_jobs_of",
    "job_sums",
    "ratio",
    "ratio_problem",
    "start_of_step",
    "workflow_numbers",
]

FAILED_PER_PAGE = 25


def workflow_numbers(workflow: Workflow) -> WorkflowNumbers:
    """Everything known of one workflow's jobs and files; five queries whatever its size (four with its tally loaded)."""
    tally = getattr(workflow, "tally", None)
    if tally is None:
        return WorkflowNumbers(jobs=None)
    sites, ends = sites_and_ends(workflow, tally.n_ended)
    hours, step = hours_of(workflow)
    return WorkflowNumbers(
        jobs=JobNumbers.of(tally),
        ends=ends,
        sites=sites,
        matrix_keys=[row.key for row in ends],
        rses=rses_of(workflow),
        stages=stages_of(workflow),
        hours=hours,
        hours_step=step,
        outputs=Outputs(tally.n_output_files, tally.output_bytes, tally.output_bytes_estimated),
        incomplete=list(tally.incomplete),
        complete=tally.complete,
        as_of=tally.as_of,
        full_as_of=tally.full_as_of,
    )


def failed_jobs(
    workflow: Workflow, *, code: str = "", site: str | None = None, page: int | str | None = 1, per_page: int = FAILED_PER_PAGE
) -> Page[FailedJob]:
    """A page of `failed_jobs_of`; a page beyond the last gives the last."""
    return Paginator(failed_jobs_of(workflow, code=code, site=site), per_page).get_page(page)


def failed_jobs_of(workflow: Workflow, *, code: str = "", site: str | None = None) -> QuerySet[FailedJob]:
    """Samples of jobs that did not end well, newest first.

    `code`: an exit code, or an end's key ('lost', 'output', 'aborted', 'stalled'); another word finds nothing. `site`: its
    name, '' for jobs without one, None for all.
    """
    samples = workflow.failed_jobs.order_by("-ended_at", "jobsub_id")
    if code:
        samples = samples.filter(is_end(code))
    if site is not None:
        samples = samples.filter(site_name=site.replace("\x00", ""))  # PostgreSQL takes no null characters
    return samples
