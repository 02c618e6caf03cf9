"""Campaigns and what people say of them."""

from campaigns.models.campaigns import (
    Appointment,
    Campaign,
    CampaignEvent,
    CampaignJustinCampaign,
    CampaignQuerySet,
    CampaignStatus,
    CampaignVerb,
    RegisteredWorkflow,
    WorkflowComment,
)

__all__ = [
    "Appointment",
    "Campaign",
    "CampaignEvent",
    "CampaignJustinCampaign",
    "CampaignQuerySet",
    "CampaignStatus",
    "CampaignVerb",
    "RegisteredWorkflow",
    "WorkflowComment",
]
