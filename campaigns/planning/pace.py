"""When to submit the next row: jobs that run now against the number to keep running, and whether they become more or fewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from campaigns.models import Campaign
from campaigns.planning.actual import Read
from monitoring.health import STALE
from monitoring.models import HourTally, Tally, WorkflowState
from portal.wording import listed

HOURS = 3  # over which the trend is seen
STEADY = 0.05  # of the larger number: less is no trend
LEAST = 5  # jobs
ON_THE_WAY = (WorkflowState.RUNNING, WorkflowState.PAUSED, WorkflowState.FINISHING)


@dataclass(frozen=True)
class Pace:
    """`state`: ok (submit now), running (wait), warning or unknown. `as_of` is the oldest of the numbers, on justIN's clock."""

    state: str
    words: str
    running: int | None = None
    reference: int | None = None
    trend: str = ""
    before: int | None = None  # jobs that ran HOURS earlier
    as_of: datetime | None = None

    @property
    def detail(self) -> str:
        """What the trend is seen from."""
        return f"{self.before:,} ran {HOURS} hours before" if self.before is not None else ""


def pace_of(campaign: Campaign, reads: Sequence[Read], reference: int | None, now: datetime) -> Pace:
    """`now` on justIN's clock. One query at most."""
    going = [read for read in reads if read.workflow.state in ON_THE_WAY]
    tallies = [tally for read in reads if (tally := _tally(read)) is not None and (tally.n_running or read in going)]
    as_of = min((tally.as_of for tally in tallies), default=None)
    unread = [read.workflow.justin_id for read in going if _tally(read) is None]
    if unread:
        return Pace(
            "unknown", f"jobs of workflow {listed(unread)} were not read yet: how many run is not known", None, reference
        )
    if not all(tally.jobs_complete for tally in tallies):
        return Pace("unknown", "how many jobs run is not known: justIN told not all of them", None, reference, as_of=as_of)
    running = sum(tally.n_running for tally in tallies)
    before = _before(campaign, running, as_of) if as_of is not None else None
    trend = _trend(running, before)
    if as_of is not None and now - as_of > STALE:
        words = f"{running:,} jobs ran when they were last read, too long ago to say whether to submit"
        return Pace("unknown", words, running, reference, trend, before, as_of)
    state, words = _said(running, reference, trend, _not_begun(reads))
    return Pace(state, words, running, reference, trend, before, as_of)


def _said(running: int, reference: int | None, trend: str, not_begun: Sequence[int]) -> tuple[str, str]:
    lead = f"{trend}, " if trend else ""
    if reference is None:
        many = f"{running:,} job{'' if running == 1 else 's'} run{'s' if running == 1 else ''}"
        return "unknown", f"{lead}{many}; how many are to be kept running was not said"
    told = f"{lead}{running:,} of {reference:,}"
    if running >= reference:
        return "running", f"{told}: wait"
    if not_begun:
        which = f"workflow{'' if len(not_begun) == 1 else 's'} {listed(not_begun)}"
        return "running", f"{told}, and {which} {'has' if len(not_begun) == 1 else 'have'} not begun: wait"
    if trend == "rising":
        return "running", f"{told}: wait, more jobs are still starting"
    return "ok", f"{told}: submit the next row"


def _not_begun(reads: Sequence[Read]) -> list[int]:
    """Workflows whose first jobs are still to come."""
    return [
        read.workflow.justin_id
        for read in reads
        if read.workflow.state == WorkflowState.SUBMITTED
        or (read.workflow.state == WorkflowState.RUNNING and (tally := _tally(read)) is not None and not tally.n_started)
    ]


def _before(campaign: Campaign, running: int, as_of: datetime) -> int | None:
    """Jobs that ran at the beginning of the hour HOURS ago: those of now, without who started and with who ended since."""
    since = as_of.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS)
    hours = HourTally.objects.filter(workflow__in=campaign.workflows().order_by(), hour__gte=since)
    sums = hours.aggregate(started=Sum("n_started"), zero=Sum("n_ended_zero"), other=Sum("n_ended_other"))
    if sums["started"] is None:
        return running  # nothing started or ended
    before: int = running - sums["started"] + sums["zero"] + sums["other"]
    return max(before, 0)


def _trend(running: int, before: int | None) -> str:
    if before is None:
        return ""
    if abs(running - before) < max(LEAST, STEADY * max(running, before)):
        return "steady"
    return "falling" if running < before else "rising"


def _tally(read: Read) -> Tally | None:
    return getattr(read.workflow, "tally", None)
