"""What rules see of the workflows attached to a step: their scope, whether they finished, whether a small one ran clean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from campaigns.models import StepWorkflow
from campaigns.plan.mql import parse_mql
from campaigns.planning.actual import Read
from campaigns.planning.sizes import change_notes, sizes_of
from campaigns.steps.facts.findings import met, not_met, noted, oldest
from campaigns.steps.facts.material import USERTESTS, Material
from campaigns.steps.facts.plan import finished, main_rows
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Finding
from monitoring.exit_codes import meaning
from monitoring.models import Tally, Workflow, WorkflowState
from portal.wording import counted, listed

MAIN, SMALL_RUN = StepWorkflow.Use.MAIN, StepWorkflow.Use.SMALL_RUN
NO_CODES: Mapping[int, int] = {}
NONE_ATTACHED = "No workflow is attached to this step."
NO_PLAN = "No plan was published for this step: of the workflows attached here."


@rule
def test_scope(material: Material) -> Finding:
    """Everything attached to the test runs in usertests."""
    return _scopes(material.attached_to("test"), is_test=True)


@rule
def validation_scope(material: Material) -> Finding:
    """Nothing attached to the validation runs in usertests, its small run included: that one is in the final configuration."""
    return _scopes(material.attached_to("validation"), is_test=False)


@rule
def production_scope(material: Material) -> Finding:
    """Nothing attached to full-scale production runs in usertests."""
    return _scopes(material.attached_to("production"), is_test=False)


@rule
def validation_small_run(material: Material) -> Finding:
    """A small run attached to the validation ran clean, in the scope of its workflows."""
    return _small_run(
        material, material.attached_to("validation", SMALL_RUN), material.attached_to("validation", MAIN),
        "No workflow is attached to this step as small run.",
    )  # fmt: skip


@rule
def production_small_run(material: Material) -> Finding:
    """A small run attached to full-scale production ran clean, or a workflow of the validation did, in the same scope."""
    return _small_run(
        material,
        [*material.attached_to("production", SMALL_RUN), *material.attached_to("validation", MAIN)],
        material.attached_to("production", MAIN),
        "No workflow is attached to this step as small run, and none to the validation.",
    )


@rule
def validation_finished(material: Material) -> Finding:
    """What is planned for the validation is finished. Without a plan this is at best noted: what was planned is not known."""
    return _finished(material, "validation")


@rule
def production_finished(material: Material) -> Finding:
    """What is planned for full-scale production is finished; without a plan at best noted, as above."""
    return _finished(material, "production")


def tally_of(workflow: Workflow) -> Tally | None:
    """Its tally, None where its jobs were never read."""
    return getattr(workflow, "tally", None)


def read_at(workflow: Workflow) -> datetime | None:
    """How old the numbers of its jobs are; those of its row where they were never read."""
    tally = tally_of(workflow)
    return tally.as_of if tally else workflow.listed_at


def why_not_clean(workflow: Workflow, codes: Mapping[int, int] = NO_CODES) -> str:
    """Why a workflow did not run clean, i.e. finish with every job ending in exit code 0; '' if it did."""
    name = f"workflow {workflow.justin_id}"
    if not workflow.is_finished:
        return f"{name} is {_state(workflow)}"
    return why_not_all_zero(workflow, codes)


def why_not_all_zero(workflow: Workflow, codes: Mapping[int, int] = NO_CODES) -> str:
    """Why not every job of a workflow is known to have ended with exit code 0; '' if that is known."""
    name, tally = f"workflow {workflow.justin_id}", tally_of(workflow)
    if tally is None:
        return f"the jobs of {name} were not read yet"
    if workflow.is_finished and workflow.state_since and tally.as_of < workflow.state_since:
        return f"the jobs of {name} were not read since it finished"
    if not tally.jobs_complete:
        return f"the numbers of {name} are lower bounds, as justIN’s answer was cut"
    # once it is finished, jobs that never started are none that are awaited
    going = tally.n_running + (0 if workflow.is_finished else tally.n_queued)
    if going:
        return f"{counted(going, 'job')} of {name} {'runs or waits' if going == 1 else 'run or wait'} still"
    if not tally.n_ended:
        return f"no job of {name} ended yet"
    if tally.n_exit_zero < tally.n_ended:
        return f"{name}: {tally.n_exit_zero:,} of {tally.n_ended:,} jobs ended with exit code 0{_others(tally, codes)}"
    return ""


def _others(tally: Tally, codes: Mapping[int, int]) -> str:
    """How the others ended, the commonest first."""
    ends = [(n, f"with code {code}" + (f" ({meaning(code)})" if meaning(code) else "")) for code, n in codes.items()]
    ends += [
        (tally.n_script_error - sum(codes.values()), "with another code"),
        (tally.n_result_lost, "with a code that justIN lost"),
        (tally.n_aborted, "aborted before the jobscript"),
        (tally.n_stalled, "stalled"),
    ]
    shown = [f"{n:,} {how}" for n, how in sorted(ends, key=lambda end: -end[0]) if n > 0]
    return f", {listed(shown)}" if shown else ""


def _scopes(workflows: Sequence[Workflow], *, is_test: bool) -> Finding:
    if not workflows:
        return not_met(NONE_ATTACHED)
    as_of = oldest(one.listed_at for one in workflows)
    data = {"scopes": {str(one.justin_id): one.scope_name for one in workflows}}
    wrong = [one for one in workflows if one.scope_name and (one.scope_name == USERTESTS) is not is_test]
    if wrong:
        named = listed(f"workflow {one.justin_id} has the scope {one.scope_name}" for one in wrong)
        return not_met(f"{_capital(named)}.", as_of, **data)
    unknown = [one.justin_id for one in workflows if not one.scope_name]
    if unknown:
        return not_met(f"Scope unknown: justIN has not listed {_workflows(unknown)} yet.", as_of, **data)
    scopes = sorted({one.scope_name for one in workflows})
    has = "has" if len(workflows) == 1 else "have"
    which = f"the scope {scopes[0]}" if len(scopes) == 1 else f"the scopes {listed(scopes)}"
    return met(f"{_capital(_workflows([one.justin_id for one in workflows]))} {has} {which}.", as_of, **data)


def _small_run(material: Material, small: Sequence[Workflow], main: Sequence[Workflow], none: str) -> Finding:
    if not small:
        return not_met(none)
    scopes = {one.scope_name for one in main if one.scope_name}
    data = {"workflows": [one.justin_id for one in small]}
    why_not = []
    for one in small:
        why = why_not_clean(one, material.exit_codes.get(one.pk, NO_CODES)) or _why_other_scope(one, scopes)
        if not why:
            said = f"Workflow {one.justin_id}, scope {one.scope_name}, is finished; {_all_zero(one)}."
            return met(said, read_at(one), clean=one.justin_id, **data)
        why_not.append(why)
    as_of = oldest(read_at(one) for one in small)
    return not_met(f"{_capital(listed(why_not))}.", as_of, **data)


def _why_other_scope(workflow: Workflow, scopes: set[str]) -> str:
    """Why its scope is not that of the workflows it was to try out; '' if it is."""
    if not workflow.scope_name:
        return f"the scope of workflow {workflow.justin_id} is unknown"
    if workflow.scope_name == USERTESTS:
        return f"workflow {workflow.justin_id} has the scope {USERTESTS}, which is not the final configuration"
    if scopes - {workflow.scope_name}:
        name = f"workflow {workflow.justin_id}"
        return f"{name} has the scope {workflow.scope_name}, the workflows of this step {listed(sorted(scopes))}"
    return ""


def _finished(material: Material, step: str) -> Finding:
    workflows = material.attached_to(step, MAIN)
    if not workflows:
        return not_met(NONE_ATTACHED)
    if material.plan is not None and main_rows(material.plan, step):
        changes = change_notes(sizes_of(material.plan, material.counts).values()) if step == "production" else []
        reads = [Read(one, parse_mql(one.mql), step, MAIN) for one in workflows]
        return finished(material.plan, reads, step, material.reported, changes)
    going = [one for one in workflows if not one.is_finished]
    n, as_of = len(workflows), oldest(one.listed_at for one in workflows)
    data = {"n_workflows": n, "n_finished": n - len(going)}
    said = f"{n - len(going):,} of {n:,} finished"
    if going:
        states = listed(f"workflow {one.justin_id} is {_state(one)}" for one in going)
        return not_met(f"{said}: {states}. {NO_PLAN}", as_of, **data)
    return noted(f"{said}. {NO_PLAN}", as_of, **data)


def _state(workflow: Workflow) -> str:
    if workflow.unlisted_since:
        return f"no longer listed by justIN, last seen {workflow.state or 'in an unknown state'}"
    if workflow.state in WorkflowState.values:
        return WorkflowState(workflow.state).label
    return workflow.state or "in an unknown state"


def _all_zero(workflow: Workflow) -> str:
    tally = tally_of(workflow)
    n = tally.n_ended if tally else 0
    return "its one job ended with exit code 0" if n == 1 else f"all of its {n:,} jobs ended with exit code 0"


def _workflows(numbers: Sequence[int]) -> str:
    return f"workflow {numbers[0]}" if len(numbers) == 1 else f"workflows {listed(numbers)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
