"""Who is on shift for a campaign, who was and who will be, read from its appointments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from campaigns.models import Appointment


@dataclass(frozen=True)
class Shifts:
    """Appointments by when they are, in order of their first day; those that were ended before they began are in none."""

    now: list[Appointment] = field(default_factory=list)
    next: list[Appointment] = field(default_factory=list)
    earlier: list[Appointment] = field(default_factory=list)


def is_over(appointment: Appointment, today: date | None = None) -> bool:
    """Whether its last day is past."""
    return appointment.until_on is not None and appointment.until_on < (today or timezone.localdate())


def shifts_of(appointments: Iterable[Appointment], today: date | None = None) -> Shifts:
    """Sort appointments that were read already; no query."""
    today = today or timezone.localdate()
    shifts = Shifts()
    for one in sorted(appointments, key=lambda one: (one.from_on, one.pk)):
        if one.until_on is not None and one.until_on < one.from_on:
            continue
        if is_over(one, today):
            shifts.earlier.append(one)
        elif one.from_on > today:
            shifts.next.append(one)
        else:
            shifts.now.append(one)
    return shifts
