"""Stage-1 files processed over time, all workflows of a campaign together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Sum

from campaigns.models import Campaign
from monitoring.models import HourTally
from monitoring.numbers import start_of_step

MOST_POINTS = 60
STEPS_HOURS = (1, 6, 12, 24, 168)
WORDS = {1: "hour", 12: "half day", 24: "day", 168: "week"}


@dataclass(frozen=True, slots=True)
class ProgressPoint:
    """Files processed by then, cumulative."""

    at: datetime
    n_files: int


@dataclass(frozen=True)
class Progress:
    """Points in order of time; the last is what justIN lists now. `target`: files justIN knows, or None."""

    points: list[ProgressPoint] = field(default_factory=list)
    target: int | None = None
    step_hours: int = 1

    @property
    def step_words(self) -> str:
        return WORDS.get(self.step_hours, f"{self.step_hours} hours")


def progress(campaign: Campaign) -> Progress:
    """Files of stage 1 processed over time, in steps that keep it to some 60 points; two queries.

    Hours come from the workflows' events; the last point is the listed count, exact, at the time of the newest listing. An
    earlier point never exceeds it.
    """
    workflows = campaign.workflows()
    now = workflows.order_by().aggregate(done=Sum("files_processed"), of=Sum("files_total"), at=Max("listed_at"))
    hours = list(
        HourTally.objects.filter(workflow__in=workflows.order_by().values("pk"), stage_id=1, n_files_processed__gt=0)
        .values_list("hour")
        .annotate(n=Sum("n_files_processed"))
        .order_by("hour")
    )
    if not hours:
        points = [ProgressPoint(now["at"], now["done"])] if now["at"] and now["done"] is not None else []
        return Progress(points, now["of"])
    first, last = hours[0][0], max(hours[-1][0], now["at"] or hours[-1][0])
    span = (last - first) // timedelta(hours=1) + 1
    step = next((step for step in STEPS_HOURS if span / step <= MOST_POINTS - 2), STEPS_HOURS[-1])
    length = timedelta(hours=step)
    by_step: dict[datetime, int] = {}
    for hour, n in hours:
        at = start_of_step(hour, step)
        by_step[at] = by_step.get(at, 0) + n
    at = start_of_step(first, step)
    points, done = [ProgressPoint(at, 0)], 0
    while at <= hours[-1][0]:
        done += by_step.get(at, 0)
        at += length
        points.append(ProgressPoint(at, done if now["done"] is None else min(done, now["done"])))
    if now["at"] and now["done"] is not None:
        points = [point for point in points if point.at < now["at"]]
        points.append(ProgressPoint(now["at"], now["done"]))
    return Progress(points, now["of"], step)
