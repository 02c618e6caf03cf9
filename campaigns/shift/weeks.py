"""Checks by week, for the report: how many were due, done in time, done late, missed, and by whom. Two queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncWeek

from campaigns.models import Campaign, Check, CheckState
from monitoring.numbers import ratio

DONE = Q(state=CheckState.DONE)
LATE = DONE & Q(at__gte=F("closes_at"))


@dataclass(frozen=True)
class Week:
    """A week from Monday on, by the clock of the campaign. `people`: checks recorded, by name."""

    monday: date
    n_due: int
    n_done: int
    n_late: int
    n_missed: int
    n_nothing_new: int
    people: tuple[tuple[str, int], ...] = ()

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def n_in_time(self) -> int:
        return self.n_done - self.n_late

    @property
    def share(self) -> float | None:
        """Done, in time or late, of those that were due."""
        return ratio(self.n_done, self.n_due)

    @property
    def who(self) -> str:
        return ", ".join(f"{name} {n}" for name, n in self.people)


def weeks_of(campaign: Campaign) -> list[Week]:
    """The newest first. Windows that have not closed count once they are done."""
    checks = Check.objects.filter(campaign=campaign).annotate(monday=TruncWeek("opens_on")).order_by()
    people: dict[date, list[tuple[str, int]]] = defaultdict(list)
    by_person = checks.filter(DONE).values_list("monday", "by__username").annotate(n=Count("pk"))
    for monday, name, n in by_person.order_by("monday", "-n", "by__username"):
        people[monday].append((name, n))
    sums = checks.values("monday").annotate(
        n_due=Count("pk"), n_done=Count("pk", filter=DONE), n_late=Count("pk", filter=LATE),
        n_missed=Count("pk", filter=~DONE), n_nothing_new=Count("pk", filter=DONE & Q(nothing_new=True)),
    )  # fmt: skip
    return [Week(**row, people=tuple(people[row["monday"]])) for row in sums.order_by("-monday")]


@dataclass(frozen=True)
class Tally:
    """Checks of a span: 13 of 14."""

    n_due: int
    n_done: int


def last_days(checks: list[Check], today: date, n_days: int = 7) -> Tally:
    """Of checks that were read already: those of the last days."""
    recent = [one for one in checks if one.opens_on > today - timedelta(days=n_days)]
    return Tally(len(recent), sum(one.is_done for one in recent))
