"""Which log a document shows: the same key, the same document. Asked in three queries, however long the log is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from django.conf import settings
from django.db.models import F, Max

from campaigns.log_people import COUNTED, PEOPLE, all_counted, key_of
from campaigns.models import Appointment, Campaign, LogEntry, LogVersion, ProductionRequest

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
    key: str
    people_key: str

    @property
    def short_key(self) -> str:
        return f"{self.key[:4]}·{self.key[4:8]}"


def state_of(campaign: Campaign) -> LogState:
    """Versions and strikes are only ever added, so that their numbers tell one state of the log from every other."""
    people = {f"people_{name}": counted(filter=PEOPLE) for name, counted in COUNTED.items()}
    seen = LogEntry.objects.filter(campaign=campaign).aggregate(**all_counted(), **people)
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
        key=key_of(shown),
        people_key=key_of([seen[f"people_{name}"] for name in COUNTED]),
    )


def changed_at(campaign: Campaign) -> datetime | None:
    """When the log was last written into, added to, edited or struck."""
    written = LogVersion.objects.filter(entry__campaign=campaign).aggregate(at=Max("at"))["at"]
    struck = LogEntry.objects.filter(campaign=campaign).aggregate(at=Max("struck_at"))["at"]
    return max((moment for moment in (written, struck) if moment is not None), default=None)
