"""Draft the resubmission of what a workflow left, into the plan's draft. Checks role and state, or raises Refused."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.models import Campaign
from campaigns.plan.errors import WrongValue
from campaigns.plan_services import check_planner, draft_of, save_plan
from campaigns.planning.actual import Read, RowActual, against, workflows_of
from campaigns.planning.content import PlanContent, PlannedRow, written
from campaigns.planning.recovery import Changed, Lost, Recovery, lost_of, recover
from campaigns.planning.reported import reported
from campaigns.planning.rows import lay_out
from campaigns.steps.services import OVER
from portal.errors import Conflict, Invalid
from portal.models import User
from portal.wording import listed


@dataclass(frozen=True)
class Recoverable:
    """A finished workflow that left something, and the row that it serves. `version` is that of the draft it was read from."""

    content: PlanContent
    version: int
    actual: RowActual
    read: Read
    lost: Lost

    @property
    def row(self) -> PlannedRow:
        return self.actual.laid.row


def recoverable(campaign: Campaign, justin_id: int, *, actor: User) -> Recoverable:
    """What is to be run again of a workflow. Raises Refused with the reason when nothing is, or nothing can be yet."""
    check_planner(actor, campaign)
    if campaign.status in OVER:
        raise Conflict(f"{campaign} is {campaign.get_status_display()}; nothing is planned for it.", field="campaign")
    content, version = draft_of(campaign)
    actuals = against(content, lay_out(content), workflows_of(campaign), reported(campaign))
    found = [(one, read) for one in actuals for read in one.attempts if read.workflow.justin_id == justin_id]
    if not found:
        raise Invalid(f"Workflow {justin_id} serves no row of the plan. Say which row it is first.", field="workflow_id")
    actual, read = found[0]
    if read is not actual.newest:
        assert actual.newest is not None
        newest = actual.newest.workflow.justin_id
        raise Conflict(f"Row {actual.laid.number} was tried again as workflow {newest}; look at that.", field="workflow_id")
    if not read.workflow.is_finished:
        raise Conflict(f"Workflow {justin_id} is not finished: it may still process what it failed on.", field="workflow_id")
    again = [str(one.laid.number) for one in actuals if one.laid.row.parent == actual.laid.row.key]
    if again:
        raise Conflict(f"Row{'s' if len(again) > 1 else ''} {listed(again)} of the draft run it again.", field="workflow_id")
    return Recoverable(content, version, actual, read, lost_of(read.workflow))


def recovery_of(found: Recoverable, changed: Changed, *, with_not_found: bool = True) -> Recovery:
    """The rows that would be drafted. Raises Invalid when there is nothing to run again."""
    try:
        return recover(found.content, found.row, found.read.parsed, found.lost.of(with_not_found=with_not_found), changed)
    except WrongValue as wrong:
        raise Invalid(wrong.message, field=wrong.field) from wrong


def draft_recovery(
    campaign: Campaign, justin_id: int, changed: Changed, *, actor: User, version: int, with_not_found: bool = True
) -> Recovery:
    """Put the rows at the end of the draft, whose `version` was seen: there they disturb the numbers of no other row."""
    found = recoverable(campaign, justin_id, actor=actor)
    made = recovery_of(found, changed, with_not_found=with_not_found)
    told = written(found.content)
    more = written(PlanContent(found.content.common, found.content.samples, made.rows))["rows"]
    save_plan(campaign, told | {"rows": [*told["rows"], *more]}, actor=actor, version=version)
    return made
