"""What is produced in a campaign, for whom, and how it is set up: read once, for its page and for its text for a wiki."""

from __future__ import annotations

from dataclasses import dataclass, field

from campaigns.jobscripts.kept import current_jobscript
from campaigns.models import Campaign, CampaignJustinCampaign, JobscriptVersion, ProductionRequest, RequestKind
from campaigns.requests.reading import Totals
from campaigns.shifts import Shifts, shifts_of
from campaigns.views.request_sheet import Sheet, sheet_of
from portal.roles import Anyone


@dataclass(frozen=True)
class Served:
    """A request of the campaign, with its eight items laid out."""

    request: ProductionRequest
    sheet: Sheet

    @property
    def at(self) -> str:
        """What tells the ids of its parts from those of another request on the page."""
        return f"-{self.request.pk}"


@dataclass(frozen=True)
class Overview:
    """All that the panel shows; requests are those that the reader may see."""

    campaign: Campaign
    served: list[Served] = field(default_factory=list)
    shifts: Shifts = field(default_factory=Shifts)
    justin: list[CampaignJustinCampaign] = field(default_factory=list)
    jobscript: JobscriptVersion | None = None

    @property
    def kind(self) -> str:
        kind = self.campaign.kind
        return str(RequestKind(kind).label) if kind in RequestKind.values else kind

    @property
    def totals(self) -> Totals:
        """Over all requests; None where one of them does not say, as a sum of some would read as the whole."""
        every = [one.sheet.reading.totals for one in self.served]

        def added(values: list[int | None]) -> int | None:
            known = [value for value in values if value is not None]
            return sum(known) if known and len(known) == len(values) else None

        hours = [one.cpu_hours for one in every]
        return Totals(
            n_events=added([one.n_events for one in every]),
            tape_bytes=added([one.tape_bytes for one in every]),
            cpu_hours=None if not hours or None in hours else sum(hour for hour in hours if hour is not None),
        )


def overview_of(campaign: Campaign, reader: Anyone) -> Overview:
    """Four queries. The requests are read as they are; whether today's lists still have their words is not asked."""
    requests = ProductionRequest.objects.visible_to(reader).filter(campaigns=campaign).for_list().order_by("pk")
    links = CampaignJustinCampaign.objects.filter(campaign=campaign).select_related("justin_campaign")
    return Overview(
        campaign,
        [Served(request, sheet_of(request.content)) for request in requests],
        shifts_of(campaign.appointments.select_related("user")),
        list(links.order_by("justin_campaign__justin_id")),
        current_jobscript(campaign),
    )
