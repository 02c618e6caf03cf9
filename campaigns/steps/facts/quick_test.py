"""What rules see of the quick workflow of the test: how many jobs it had, how their jobscripts ended, and what
the log tells of it.
"""

from __future__ import annotations

from campaigns.models import StepWorkflow
from campaigns.steps.facts.findings import met, not_met, noted, oldest
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.facts.workflows import NO_CODES, NONE_ATTACHED, read_at, tally_of, why_not_all_zero
from campaigns.steps.standing import Finding
from monitoring.models import Tally, Workflow
from portal.wording import counted, listed

FEWEST_JOBS, MOST_JOBS = 5, 20  # about ten
NO_EVENTS = "Events per job: not available yet."


@rule
def test_size(material: Material) -> Finding:
    """About ten jobs; another number is noted. Events per job are not known without the metadata catalogue."""
    workflows = material.attached_to("test", StepWorkflow.Use.MAIN)
    if not workflows:
        return not_met(NONE_ATTACHED)
    unread = [one.justin_id for one in workflows if tally_of(one) is None]
    if unread:
        return not_met(f"The jobs of workflow {listed(unread)} were not read yet.")
    n, how, is_least = _n_jobs([(one, tally) for one in workflows if (tally := tally_of(one)) is not None])
    as_of = oldest(read_at(one) for one in workflows)
    if not n:
        return not_met(f"No job was {how} yet.", as_of, n_jobs=0)
    said = f"{'At least ' if is_least else ''}{counted(n, 'job')} {how}"
    if FEWEST_JOBS <= n <= MOST_JOBS:
        return met(f"{said}. {NO_EVENTS}", as_of, n_jobs=n)
    return noted(f"{said}; about ten are asked for. {NO_EVENTS}", as_of, n_jobs=n)


@rule
def test_exit_codes(material: Material) -> Finding:
    """Every job of the test ended, with exit code 0."""
    workflows = material.attached_to("test", StepWorkflow.Use.MAIN)
    if not workflows:
        return not_met(NONE_ATTACHED)
    as_of = oldest(read_at(one) for one in workflows)
    tallies = [tally for one in workflows if (tally := tally_of(one)) is not None]
    n_zero, n_ended = sum(one.n_exit_zero for one in tallies), sum(one.n_ended for one in tallies)
    data = {"n_exit_zero": n_zero, "n_ended": n_ended}
    why_not = [why for one in workflows if (why := why_not_all_zero(one, material.exit_codes.get(one.pk, NO_CODES)))]
    if why_not:
        said = listed(why_not)
        return not_met(f"{said[:1].upper()}{said[1:]}.", as_of, **data)
    return met(f"{n_zero:,} of {counted(n_ended, 'job')} ended with exit code 0.", as_of, **data)


@rule
def test_documented(material: Material) -> Finding:
    """The log has an entry of kind test result for each workflow of the test."""
    workflows = material.attached_to("test", StepWorkflow.Use.MAIN)
    if not workflows:
        return not_met(NONE_ATTACHED)
    missing = [one.justin_id for one in workflows if one.justin_id not in material.documented]
    if missing:
        return not_met(f"The log has no entry of kind test result for workflow {listed(missing)}.")
    entries = sorted({material.documented[one.justin_id] for one in workflows})
    return met(f"Log entr{'y' if len(entries) == 1 else 'ies'} {listed(entries)}.", entries=entries)


def _n_jobs(read: list[tuple[Workflow, Tally]]) -> tuple[int, str, bool]:
    """How many jobs, what is counted, and whether there may be more: those that ended once all is finished; before that
    those submitted, as many may wait to start.
    """
    if all(workflow.is_finished for workflow, _tally in read):
        return sum(one.n_ended for _workflow, one in read), "ended", not all(one.jobs_complete for _workflow, one in read)
    n = sum(max(one.n_submitted, one.n_started) for _workflow, one in read)
    return n, "submitted", not all(one.jobs_complete and one.submitted_complete for _workflow, one in read)
