"""Which log a document shows: the same key, the same document. Asked in three queries, however long the log is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Max, Q, Sum

from campaigns.models import Appointment, Campaign, EntryKind, LogEntry, LogVersion, ProductionRequest

LAYOUT = 1  # counted up when documents begin to look otherwise
PEOPLE = ~Q(kind=EntryKind.MACHINE)
COUNTED: dict[str, Callable[..., Any]] = {
    "n": partial(Count, "pk"), "up_to": partial(Max, "number"), "versions": partial(Sum, "version"),
    "struck": partial(Count, "struck_at"),
}  # fmt: skip


@dataclass(frozen=True)
class LogState:
    """`up_to` is the number of the newest entry, `people_up_to` of the newest that a person wrote (0: none).

    `key` changes with whatever the document shows; `people_key` with what people wrote, added, changed or struck.
    """

    n_entries: int
    n_people: int
    up_to: int
    people_up_to: int
    key: str
    people_key: str

    @property
    def short_key(self) -> str:
        return f"{self.key[:4]}·{self.key[4:8]}"


@dataclass(frozen=True)
class PeopleState:
    """What people wrote so far: how many entries, the newest's number (0: none), and the key that a PDF of it has."""

    n: int
    up_to: int
    key: str


def state_of(campaign: Campaign) -> LogState:
    """Versions and strikes are only ever added, so that their numbers tell one state of the log from every other."""
    people = {f"people_{name}": counted(filter=PEOPLE) for name, counted in COUNTED.items()}
    seen = LogEntry.objects.filter(campaign=campaign).aggregate(**_all(), **people)
    served = ProductionRequest.objects.filter(campaigns=campaign)
    appointed = Appointment.objects.filter(campaign=campaign).exclude(until_on__lt=F("from_on"))
    shown = [
        LAYOUT, version("weasyprint"), settings.SITE_URL,
        campaign.name, campaign.slug, campaign.purpose, campaign.detector_name,
        [seen[name] for name in COUNTED],
        list(served.order_by("pk").values_list("pk", "version", "state", "priority", "wanted_by_on")),
        list(appointed.order_by("from_on", "pk").values_list("user__username", "from_on", "until_on")),
    ]  # fmt: skip
    return LogState(
        n_entries=seen["n"],
        n_people=seen["people_n"],
        up_to=seen["up_to"] or 0,
        people_up_to=seen["people_up_to"] or 0,
        key=_hash(shown),
        people_key=_hash([seen[f"people_{name}"] for name in COUNTED]),
    )


def changed_at(campaign: Campaign) -> datetime | None:
    """When the log was last written into, added to, edited or struck."""
    written = LogVersion.objects.filter(entry__campaign=campaign).aggregate(at=Max("at"))["at"]
    struck = LogEntry.objects.filter(campaign=campaign).aggregate(at=Max("struck_at"))["at"]
    return max((moment for moment in (written, struck) if moment is not None), default=None)


def people_of(campaign: Campaign) -> PeopleState:
    """In one query."""
    seen = LogEntry.objects.filter(PEOPLE, campaign=campaign).aggregate(**_all())
    return PeopleState(seen["n"], seen["up_to"] or 0, _hash([seen[name] for name in COUNTED]))


def _all() -> dict[str, Any]:
    return {name: counted() for name, counted in COUNTED.items()}


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str, ensure_ascii=False).encode()).hexdigest()
