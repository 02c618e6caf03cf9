"""Files by stage and state, and storages read from and written to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Sum

from monitoring.models import FileTally, RseTally, Workflow
from monitoring.numbers.rows import FileStateRow, RseRow, StageRow
from monitoring.outcomes import ENDED, Outcome


def rses_of(workflow: Workflow) -> list[RseRow]:
    """Storages read from, those with most failures first, then storages written to, the fullest first."""
    sums = RseTally.objects.filter(workflow=workflow).values("use", "rse_name", "outcome", "exit_code")
    by_rse: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for found in sums.annotate(jobs=Sum("n_jobs"), files=Sum("n_files"), size=Sum("n_bytes")):
        by_rse[found["use"], found["rse_name"]].append(found)
    rses = []
    for (use, name), rows in by_rse.items():
        codes: dict[int, int] = defaultdict(int)
        n_failed = 0
        for row in rows:
            if row["outcome"] in ENDED and row["outcome"] != Outcome.FINISHED:
                n_failed += row["jobs"]
            if row["outcome"] == Outcome.SCRIPT_ERROR and row["exit_code"] is not None:
                codes[row["exit_code"]] += row["jobs"]
        rses.append(
            RseRow(
                rse_name=name, use=use, n_jobs=sum(row["jobs"] for row in rows), n_failed=n_failed,
                exit_codes=dict(sorted(codes.items())), n_files=sum(row["files"] for row in rows),
                n_bytes=sum(row["size"] for row in rows),
            )
        )  # fmt: skip
    return sorted(rses, key=lambda row: (row.use, -row.n_failed, -row.n_files, row.rse_name))


def stages_of(workflow: Workflow) -> list[StageRow]:
    """Stages in order; states of each, the most frequent first."""
    stages: dict[int, dict[str, list[FileTally]]] = defaultdict(lambda: defaultdict(list))
    for row in FileTally.objects.filter(workflow=workflow).order_by("stage_id"):
        stages[row.stage_id][row.state].append(row)
    return [
        StageRow(
            stage_id,
            sorted(
                (
                    FileStateRow(
                        state,
                        sum(row.n_files for row in rows),
                        sum(row.n_files for row in rows if (row.n_attempts or 0) > 1),
                        any(row.at_least for row in rows),
                    )
                    for state, rows in states.items()
                ),
                key=lambda row: (-row.n, row.state),
            ),
        )
        for stage_id, states in stages.items()
    ]
