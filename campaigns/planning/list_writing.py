"""A plan with what became of it in the columns of production's job lists and checklists. Pure.

`list_reading` reads the rows back as they were. Numbers are those of a row's newest workflow; what the portal does not know
stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from campaigns.planning.actual import RowActual
from campaigns.planning.content import PlannedRow, PlannedSample
from campaigns.planning.keys import WORD_OF
from campaigns.planning.list_reading import COLUMNS, OWN, OWN_WHEN_USED
from campaigns.requests.inputs import DID
from monitoring.models import Workflow
from monitoring.numbers import JobNumbers

FROM = re.compile(r"files from (\S+)")
Cell = str | int | float | None


def list_of(
    actuals: Sequence[RowActual], *, campaign: str, asked: Sequence[Mapping[str, str]] = ()
) -> tuple[list[str], list[list[Cell]]]:
    """The head and one line a row, in the plan's order. `asked` are the samples of the campaign's requests in production's
    columns (csv_samples.rows_of): what they say of TAG, DUNESW, FCL and the like is told of rows of the same dataset."""
    by_dataset = {(one["NAMESPACE"], one["DATASET"]): one for one in reversed(asked)}
    lines = [_cells(actual, campaign, by_dataset, asked[0] if asked else {}) for actual in actuals]
    used = [name for name in OWN_WHEN_USED if any(line.get(name) not in (None, "") for line in lines)]
    head = [*COLUMNS, *OWN, *used]
    return head, [[line.get(name) for name in head] for line in lines]


def dataset_of(sample: PlannedSample) -> tuple[str, str]:
    """NAMESPACE and DATASET of a sample; a query stands under DATASET as it is."""
    named = FROM.fullmatch(sample.mql)
    if named and DID.fullmatch(named[1]):
        namespace, _colon, name = named[1].partition(":")
        return namespace, name
    return "", sample.mql


def _cells(
    actual: RowActual, campaign: str, by_dataset: Mapping[tuple[str, str], Mapping[str, str]], first: Mapping[str, str]
) -> dict[str, Cell]:
    laid = actual.laid
    row, sample = laid.row, laid.sample
    namespace, dataset = dataset_of(sample)
    if not sample.mql:
        dataset = f"monte-carlo {row.n_jobs}" if laid.is_monte_carlo and row.n_jobs else "monte-carlo"
    asked = by_dataset.get((namespace, dataset), {})
    aside: dict[str, Cell] = {name: asked.get(name) or first.get(name) or "" for name in ("DUNESW", "FCL")}
    aside |= {name: asked.get(name, "") for name in ("SIZE_GB", "CONFIG")}
    return aside | _own(row, laid.is_monte_carlo) | _slice(row, takes_files=not laid.is_monte_carlo) | {
        "NAMESPACE": namespace,
        "DATASET": dataset,
        "TAG": sample.label or asked.get("TAG", ""),
        "NFILES": sample.n_files if sample.mql else None,
        "CAMPAIGN": campaign,
        "comments": row.notes,
        "SAMPLE": sample.key,
    } | _live(actual)  # fmt: skip


def _slice(row: PlannedRow, *, takes_files: bool) -> dict[str, Cell]:
    if takes_files:
        return {"SKIP": row.skip, "BATCH": -1 if row.limit is None else row.limit}
    return {"SKIP": row.skip or None, "BATCH": row.limit}


def _own(row: PlannedRow, is_monte_carlo: bool) -> dict[str, Cell]:
    return {
        "ROW": row.key, "FOR": WORD_OF[row.step, row.use], "JOBS": None if is_monte_carlo else row.n_jobs,
        "MEMORY": row.rss_mib, "DISTANCE": row.max_distance, "SITE": row.site, "AGAIN": row.parent, "QUERY": row.mql,
    }  # fmt: skip


def _live(actual: RowActual) -> dict[str, Cell]:
    newest = actual.newest
    if newest is None:
        return {"status": "not submitted"}
    workflow: Workflow = newest.workflow
    tally = getattr(workflow, "tally", None)
    jobs = JobNumbers.of(tally) if tally is not None else None
    rate = jobs.success_rate if jobs else None
    return {
        "WORKFLOW iD": " ".join(str(read.workflow.justin_id) for read in actual.attempts),
        "PASS": len(actual.attempts),
        "TIMESTAMP": f"{workflow.started_at:%Y-%m-%dT%H:%M:%SZ}" if workflow.started_at else "",
        "status": workflow.state,
        "# of jobs": jobs.ended if jobs and jobs.complete else None,
        "#files": workflow.files_processed,
        "success fraction": round(rate, 4) if rate is not None else None,
        "volume (GB)": round(tally.output_bytes / 1e9, 3) if tally is not None and tally.complete else None,
    }
