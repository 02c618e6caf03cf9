"""What the address of the index of campaigns asks for: filters, search and order, read once and applied in one place."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Prefetch, Q
from django.http import QueryDict

from campaigns.models import Appointment, Campaign, CampaignQuerySet, CampaignRequest, CampaignStatus, FormerName, RequestKind
from portal.models import User

SORTS = {
    "name": "name",
    "status": "status",
    "made": "created_at",
    "detector": "detector_name",
    "kind": "kind",
}
LONGEST_SEARCH = 200
MOST_WORDS = 8
NAMES = ("status", "year", "detector", "kind", "shifter", "q", "sort")
SERVED = Q(until_on=None) | Q(until_on__gte=F("from_on"))  # one that ended before it began never was


@dataclass(frozen=True)
class Filters:
    """What was asked; words that are none of ours count as not asked."""

    status: str
    year: str
    detector: str
    kind: str
    shifter: str
    q: str
    sort: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.status or self.year or self.detector or self.kind or self.shifter or self.q)

    def apply(self, campaigns: CampaignQuerySet) -> CampaignQuerySet:
        """The campaigns that fit, in the order asked for."""
        found = self.without_status(campaigns)
        if self.status:
            found = found.filter(status=self.status)
        falls, name = self.sort.startswith("-"), SORTS[self.sort.removeprefix("-")]
        return found.order_by(f"-{name}" if falls else name, "-pk")

    def without_status(self, campaigns: CampaignQuerySet) -> CampaignQuerySet:
        """All filters but the status: what the counts beside the statuses are of."""
        if self.year:
            campaigns = campaigns.filter(created_at__year=int(self.year))
        if self.detector:
            campaigns = campaigns.filter(detector_name=self.detector)
        if self.kind:
            campaigns = campaigns.filter(kind=self.kind)
        if self.shifter:
            served = Appointment.objects.filter(SERVED, user__username=self.shifter)
            campaigns = campaigns.filter(pk__in=served.values("campaign_id"))
        for word in self.q.lower().split()[:MOST_WORDS]:
            once = FormerName.objects.filter(name__icontains=word)
            asked = CampaignRequest.objects.filter(request__search_text__contains=word)
            campaigns = campaigns.filter(
                Q(name__icontains=word)
                | Q(purpose__icontains=word)
                | Q(detector_name__icontains=word)
                | Q(pk__in=once.values("campaign_id"))
                | Q(pk__in=asked.values("campaign_id"))
            )
        return campaigns


@dataclass(frozen=True)
class Choices:
    """What the filters can be set to: what there is among the campaigns that the reader may see."""

    years: list[int]
    detectors: list[str]
    kinds: list[tuple[str, str]]
    shifters: list[str]


def filters_of(asked: QueryDict) -> Filters:
    """The filters in the address."""
    status, year, kind, sort = (_word(asked, name) for name in ("status", "year", "kind", "sort"))
    return Filters(
        status=status if status in CampaignStatus.values else "",
        year=year if len(year) == 4 and year.isascii() and year.isdigit() and year >= "1900" else "",
        detector=_word(asked, "detector"),
        kind=kind if kind in RequestKind.values else "",
        shifter=_word(asked, "shifter"),
        q=_word(asked, "q"),
        sort=sort if sort.removeprefix("-") in SORTS else "-made",
    )


def choices_among(campaigns: CampaignQuerySet) -> Choices:
    """Three queries, however many campaigns there are."""
    kinds = dict(RequestKind.choices)
    said = campaigns.order_by().values_list("detector_name", "kind").distinct()
    detectors, used = {detector for detector, _kind in said if detector}, {kind for _detector, kind in said if kind}
    shifters = User.objects.filter(pk__in=Appointment.objects.filter(SERVED, campaign__in=campaigns).values("user_id"))
    return Choices(
        years=[at.year for at in campaigns.datetimes("created_at", "year", order="DESC")],
        detectors=sorted(detectors),
        kinds=[(kind, label) for kind, label in kinds.items() if kind in used],
        shifters=list(shifters.order_by("username").values_list("username", flat=True)),
    )


def counts_by_status(campaigns: CampaignQuerySet) -> dict[str, int]:
    """How many there are in each status, in one query."""
    return dict(campaigns.order_by().values_list("status").annotate(Count("pk")))


def with_shifters(campaigns: CampaignQuerySet) -> CampaignQuerySet:
    """Bring the appointments of each along; `campaign.appointments.all()` then asks no more."""
    return campaigns.prefetch_related(Prefetch("appointments", queryset=Appointment.objects.select_related("user")))


def kind_label(campaign: Campaign) -> str:
    """A campaign's kind as people write it."""
    return str(RequestKind(campaign.kind).label) if campaign.kind in RequestKind.values else campaign.kind


def _word(asked: QueryDict, name: str) -> str:
    return asked.get(name, "").replace("\0", "").strip()[:LONGEST_SEARCH]
