"""Which log a document shows: the same key, the same document. Asked in five queries, however long the log is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Max, Sum

from campaigns.models import Appointment, Campaign, EntryKind, LogEntry, LogVersion, ProductionRequest

LAYOUT = 1  # counted up when documents begin to look otherwise
COUNTED = {"n": Count("pk"), "up_to": Max("number"), "versions": Sum("version"), "struck": Count("struck_at")}


@dataclass(frozen=True)
class LogState:
    """`up_to` is the number of the newest entry, `people_up_to` of the newest that a person wrote (0: none).

    `key` changes with whatever the document shows; `people_key` with what people wrote, added, changed or struck.
    """

    n_entries: int
    n_people: int
    up_to: int
    people_up_to: int
    changed_at: datetime | None
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
    seen = LogEntry.objects.filter(campaign=campaign).aggregate(**COUNTED, last_struck=Max("struck_at"))
    people = people_of(campaign)
    last = LogVersion.objects.filter(entry__campaign=campaign).aggregate(at=Max("at"))["at"]
    served = ProductionRequest.objects.filter(campaigns=campaign)
    appointed = Appointment.objects.filter(campaign=campaign).exclude(until_on__lt=F("from_on"))
    shown = [
        LAYOUT, version("weasyprint"), settings.SITE_URL,
        campaign.name, campaign.slug, campaign.purpose, campaign.detector_name,
        [seen[name] for name in COUNTED],
        list(served.order_by("pk").values_list("pk", "version", "state", "priority", "wanted_by_on")),
        list(appointed.order_by("from_on", "pk").values_list("user__username", "from_on", "until_on")),
    ]  # fmt: skip
    moments = [moment for moment in (last, seen["last_struck"]) if moment is not None]
    return LogState(
        n_entries=seen["n"],
        n_people=people.n,
        up_to=seen["up_to"] or 0,
        people_up_to=people.up_to,
        changed_at=max(moments, default=None),
        key=_hash(shown),
        people_key=people.key,
    )


def people_of(campaign: Campaign) -> PeopleState:
    """In one query."""
    seen = LogEntry.objects.filter(campaign=campaign).exclude(kind=EntryKind.MACHINE).aggregate(**COUNTED)
    return PeopleState(seen["n"], seen["up_to"] or 0, _hash([seen[name] for name in COUNTED]))


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str, ensure_ascii=False).encode()).hexdigest()
