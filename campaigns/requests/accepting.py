"""The campaign that serves an accepted request: made, or an existing one extended. Inside the transaction of `accept`."""

from __future__ import annotations

from campaigns.models import (
    Campaign,
    CampaignEvent,
    CampaignRequest,
    CampaignStatus,
    CampaignVerb,
    ProductionRequest,
)
from campaigns.services import create_campaign
from portal.errors import Conflict, Invalid
from portal.models import User


def campaign_for(
    request: ProductionRequest, actor: User, *, name: str = "", campaign: Campaign | None = None, provisional: bool = False
) -> Campaign:
    """Make or extend the campaign and tie the request to it. Raises Invalid, Conflict."""
    name = name.strip()
    if campaign is not None and name:
        raise Invalid("Choose a campaign or name a new one, not both.", field="campaign_name")
    if campaign is None:
        if not name:
            name, provisional = f"request-{request.pk}", True
        campaign = create_campaign(name, actor=actor, purpose=_purpose(request))
        campaign.name_is_provisional = provisional
        campaign.detector_name = request.detector.name if request.detector else ""
        campaign.kind = request.kind
        campaign.save(update_fields=["name_is_provisional", "detector_name", "kind"])
    elif campaign.status not in (CampaignStatus.ACTIVE, CampaignStatus.PAUSED):
        raise Conflict(f"{campaign} is {campaign.get_status_display()}; choose one that goes on.", field="campaign")
    _link, is_new = CampaignRequest.objects.get_or_create(campaign=campaign, request=request, defaults={"added_by": actor})
    if is_new:
        CampaignEvent.objects.create(
            campaign=campaign, verb=CampaignVerb.REQUEST_ADDED, actor=actor, note=str(request.pk),
            data={"request": request.pk, "title": request.title},
        )  # fmt: skip
    return campaign


def _purpose(request: ProductionRequest) -> str:
    return f"{request.title.rstrip('.')}, for {request.working_group}." if request.working_group else request.title
