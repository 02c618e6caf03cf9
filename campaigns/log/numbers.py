"""A workflow's numbers as an entry of the log tells and keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.log.content import as_text
from monitoring.health import top_errors_of
from monitoring.models import Tally, Workflow
from portal.templatetags.portal_format import at_least, bytes_decimal, count

COUNTED = {
    "n_ended": "jobs ended",
    "n_exit_zero": "with exit code 0",
    "n_good": "good",
    "n_stalled": "stalled",
    "n_output_files": "output files",
}


@dataclass(frozen=True)
class Numbers:
    """`words` follow the name of the workflow, from their colon on; `is_short`: not every input file was processed."""

    words: str
    data: dict[str, Any]
    is_short: bool


def numbers_of(workflow: Workflow) -> Numbers:
    """As they were last read."""
    done, total = workflow.files_processed, workflow.files_total
    said = [f"{count(done)} of {count(total)} files processed"] if done is not None and total is not None else []
    data: dict[str, Any] = {"files_processed": done, "files_total": total}
    tally: Tally | None = getattr(workflow, "tally", None)
    if tally is not None:
        data |= {name: getattr(tally, name) for name in COUNTED} | {"output_bytes": tally.output_bytes}
        ended = f"{at_least(tally.n_ended, tally.jobs_complete)} jobs ended"
        said.append(f"{ended}, {at_least(tally.n_exit_zero, tally.jobs_complete)} with exit code 0")
        if tally.n_output_files:
            said.append(f"{count(tally.n_output_files)} output files, {bytes_decimal(tally.output_bytes)}")
        if errors := top_errors_of([workflow.pk]).get(workflow.pk):
            said.append(as_text(errors.rstrip(".")))
    return Numbers(f": {'; '.join(said)}." if said else ".", data, bool(done is not None and total and done < total))


def final_numbers(workflow: Workflow, before: Mapping[str, Any], now: Numbers) -> str:
    """What is different since the finish was told."""
    changed = [
        f"{words} {count(now.data[name])} (told before: {count(before[name])})"
        for name, words in COUNTED.items()
        if isinstance(before.get(name), int) and before[name] != now.data.get(name)
    ]
    what = f": {', '.join(changed)}." if changed else now.words
    return f"Workflow #{workflow.justin_id} was read for the last time{what}"
