"""What the plan says of a submission: the row, its command, and the workflow's number where it is known."""

from __future__ import annotations

from campaigns.jobscripts.in_plan import with_jobscript
from campaigns.jobscripts.kept import current_jobscript
from campaigns.models import Campaign, PlanRevision, StepStanding
from campaigns.planning.actual import RowActual, against, workflows_of
from campaigns.planning.content import read_content
from campaigns.planning.reported import reported
from campaigns.planning.rows import LaidOut, lay_out
from monitoring.models import Workflow
from portal.templatetags.portal_format import count

STEPS = ("test", "validation", "production")


def submission_text(campaign: Campaign, workflow: Workflow | None) -> str:
    """The row that the workflow serves, or without one the next row that has no workflow, with its command."""
    revision = PlanRevision.objects.filter(campaign=campaign).order_by("-number").first()
    if revision is None:
        return f"{_seen(workflow)}\n\nThe plan has no revision yet; the command was:\n\n```sh\n\n```\n"
    content = with_jobscript(read_content(revision.content), current_jobscript(campaign))
    actuals = against(content, lay_out(content), workflows_of(campaign), reported(campaign))
    if workflow is None:
        laid = _next(campaign, actuals)
        if laid is None:
            return f"Every row of {revision} has a workflow. Submitted as #\n\n```sh\n\n```\n"
        return f"{_row(laid)} of {revision} is submitted as #\n\n{_command(laid)}\n"
    serves = next((one.laid for one in actuals if any(read.workflow.pk == workflow.pk for read in one.attempts)), None)
    if serves is None:
        return f"{_seen(workflow)} It serves no row of {revision}. The command was:\n\n```sh\n\n```\n"
    return f"{_row(serves)} of {revision} is submitted as #{workflow.justin_id}.\n\n{_command(serves)}\n"


def _next(campaign: Campaign, actuals: list[RowActual]) -> LaidOut | None:
    """The first row without a workflow, of the current step or a later one."""
    current = StepStanding.objects.filter(campaign=campaign, is_current=True).values_list("step", flat=True).first()
    coming = STEPS[STEPS.index(current) :] if current in STEPS else STEPS if current != "close-out" else ()
    return next((one.laid for one in actuals if not one.attempts and one.laid.row.step in coming), None)


def _row(laid: LaidOut) -> str:
    row = laid.row
    if laid.is_monte_carlo:
        takes = f"{count(row.n_jobs)} Monte Carlo jobs"
    elif laid.n_files is not None:
        takes = f"inputs {count(row.skip)} to {count(row.skip + laid.n_files - 1)}"
    else:
        takes = f"inputs from {count(row.skip)} on"
    return f"Row {laid.number} ({row.key}, {takes})"


def _command(laid: LaidOut) -> str:
    return f"```sh\n{laid.command}\n```" if laid.command else f"It has no command yet: {'; '.join(laid.problems)}."


def _seen(workflow: Workflow | None) -> str:
    if workflow is None:
        return "Submitted as #"
    return f"Submitted as #{workflow.justin_id}, scope `{workflow.scope_name or 'unknown'}`."
