"""Which log a document shows: the same key, the same document. Asked in four queries, however long the log is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Max, Q, Sum

from campaigns.models import Appointment, Campaign, EntryKind, LogEntry, LogVersion, ProductionRequest

LAYOUT = 1  # counted up when documents begin to look otherwise


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


def state_of(campaign: Campaign) -> LogState:
    """Versions and strikes are only ever added, so that their numbers tell one state of the log from every other."""
    people = ~Q(kind=EntryKind.MACHINE)
    seen = LogEntry.objects.filter(campaign=campaign).aggregate(
        n=Count("pk"), up_to=Max("number"), versions=Sum("version"), struck=Count("struck_at"), last_struck=Max("struck_at"),
        n_people=Count("pk", filter=people), people_up_to=Max("number", filter=people),
        people_versions=Sum("version", filter=people), people_struck=Count("struck_at", filter=people),
    )  # fmt: skip
    last = LogVersion.objects.filter(entry__campaign=campaign).aggregate(at=Max("at"))["at"]
    served = ProductionRequest.objects.filter(campaigns=campaign)
    shown = [
        LAYOUT, version("weasyprint"), settings.SITE_URL,
        campaign.name, campaign.slug, campaign.purpose, campaign.detector_name,
        [seen[name] for name in ("n", "up_to", "versions", "struck")],
        list(served.order_by("pk").values_list("pk", "version", "state", "priority", "wanted_by_on")),
        list(
            Appointment.objects.filter(campaign=campaign).exclude(until_on__lt=F("from_on"))
            .order_by("from_on", "pk").values_list("user__username", "from_on", "until_on")
        ),
    ]  # fmt: skip
    of_people = [seen[name] for name in ("n_people", "people_up_to", "people_versions", "people_struck")]
    moments = [moment for moment in (last, seen["last_struck"]) if moment is not None]
    return LogState(
        n_entries=seen["n"],
        n_people=seen["n_people"],
        up_to=seen["up_to"] or 0,
        people_up_to=seen["people_up_to"] or 0,
        changed_at=max(moments, default=None),
        key=_hash(shown),
        people_key=people_key(*of_people),
    )


def people_key(n: int, up_to: int | None, versions: int | None, struck: int) -> str:
    """Of what people wrote: how many entries, the newest's number, how many versions, how many struck."""
    return _hash([n, up_to, versions, struck])


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str, ensure_ascii=False).encode()).hexdigest()
