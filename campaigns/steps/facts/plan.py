"""What rules see of the plan: whether it is drafted, and whether what it plans was submitted and is finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaigns.jobscripts.in_plan import with_jobscript
from campaigns.planning.actual import Read, against
from campaigns.planning.content import PlanContent, PlannedRow
from campaigns.planning.rows import lay_out
from campaigns.planning.sizes import change_notes, sizes_of
from campaigns.steps.facts.findings import met, not_met, noted, oldest
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Finding
from portal.wording import counted, listed

STEPS = {"validation": "the validation sample", "production": "the full sample"}


@rule
def plan_drafted(material: Material) -> Finding:
    """The plan, as it is being drafted, has rows for the validation and the full sample; what is wrong with rows is noted."""
    content = material.draft or material.plan
    if content is None or not content.rows:
        return not_met("Nothing is planned yet.")
    missing = [words for step, words in STEPS.items() if not main_rows(content, step)]
    if missing:
        return not_met(f"No workflow is planned for {listed(missing)} yet.", n_rows=len(content.rows))
    layout = lay_out(with_jobscript(content, material.jobscript))
    wrong = sum(bool(one.problems) for one in layout.rows)
    uncovered = sum(not one.is_complete for (step, use, _s), one in layout.coverages.items() if step == "production")
    said = f"{counted(len(content.rows), 'workflow')} planned"
    notes = [f"{counted(wrong, 'row')} cannot be submitted yet"] if wrong else []
    notes += [f"{counted(uncovered, 'sample')} not covered as a whole"] if uncovered else []
    notes += change_notes(sizes_of(content, material.counts).values())
    if notes:
        return noted(f"{said}; {listed(notes)}.", n_rows=len(content.rows))
    return met(f"{said}.", n_rows=len(content.rows))


def finished(
    content: PlanContent, reads: Sequence[Read], step: str, reported: Mapping[int, str], changes: Sequence[str] = ()
) -> Finding:
    """Whether every planned workflow of a step is served by one that is finished. `reads`: those attached to the step;
    `changes`: what is to be noted of its samples.
    """
    every = against(content, lay_out(content), reads, reported)
    rows = [one for one in every if one.laid.row in main_rows(content, step)]
    as_of = oldest(read.workflow.listed_at for read in reads)
    served = [row for row in rows if row.attempts]
    done = [row for row in served if any(read.workflow.is_finished for read in row.attempts)]
    said = f"{len(done):,} of {counted(len(rows), 'planned workflow')} finished"
    extra = len(reads) - sum(len(row.attempts) for row in every)
    also = f" {counted(extra, 'workflow')} attached here serve{'s' if extra == 1 else ''} no row." if extra > 0 else ""
    also += "".join(f" {change}." for change in changes)
    data = {"n_planned": len(rows), "n_submitted": len(served), "n_finished": len(done)}
    if len(done) == len(rows):
        going = [read for read in reads if not read.workflow.is_finished]
        if going:
            return not_met(f"{said}; {counted(len(going), 'attached workflow')} still going.{also}", as_of, **data)
        return (noted if also else met)(f"{said}.{also}", as_of, **data)
    left = [str(row.laid.number) for row in rows if row not in served]
    what = f" Not submitted: row{'s' if len(left) > 1 else ''} {listed(left[:10])}." if left else ""
    return not_met(f"{said}.{what}{also}", as_of, **data)


def main_rows(content: PlanContent, step: str) -> list[PlannedRow]:
    """The rows of a step that are neither small runs nor later attempts."""
    return [row for row in content.rows if row.step == step and row.use == "main" and not row.parent]
