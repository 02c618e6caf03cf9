"""When a workflow's events are due to be read: the justIN contract, section 9, on justIN's clock. Pure functions.

A workflow whose listed row changed, or that was not read for half an hour, is read; everything of it once an hour. A
workflow just finished is read, once more two hours later (stalls come up to an hour late), and then left alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from monitoring.models import Workflow, WorkflowState

SHORTEST = timedelta(minutes=10)  # between two readings of one workflow, unless a person asks
UNCHANGED = timedelta(minutes=30)
EVERYTHING = timedelta(minutes=60)
FINAL = timedelta(hours=2)
NOT_BEGUN = frozenset({WorkflowState.DRAFT, WorkflowState.SUBMITTED})


class Due(Enum):
    """What of a workflow is to be read now."""

    NOTHING = "nothing"
    QUICK = "quick"  # jobs started, finished, failed
    FULL = "full"
    FINAL = "final"  # everything, for the last time


def due(workflow: Workflow, now: datetime, *, is_over_cap: bool = False, by_person: bool = False) -> Due:
    """What is to be read of a workflow at justIN's time `now`.

    `is_over_cap`: reading it takes a pass over all sites, which is made once an hour. `by_person`: somebody waits for the
    numbers, so that a changed row is read at once, and everything of it.
    """
    if workflow.final_read_at or workflow.state in NOT_BEGUN:
        return Due.NOTHING
    if workflow.read_at is None:
        return Due.FULL
    age = now - workflow.read_at
    full_age = now - (workflow.full_read_at or workflow.read_at)
    if workflow.is_finished:
        if workflow.seen_finished_at and now - workflow.seen_finished_at >= FINAL:
            return Due.FINAL
        return Due.FULL if workflow.row_changed else Due.NOTHING
    if is_over_cap and not by_person:
        return Due.FULL if full_age >= EVERYTHING else Due.NOTHING
    if workflow.state != workflow.read_state or full_age >= EVERYTHING:
        return Due.FULL
    if workflow.row_changed and (by_person or age >= SHORTEST):
        return Due.FULL if by_person else Due.QUICK
    if age >= UNCHANGED:
        return Due.QUICK
    return Due.NOTHING
