"""Campaigns that serve requests, for tests."""

from __future__ import annotations

from typing import Any

from campaigns.models import Campaign, ProductionRequest
from campaigns.requests import services
from portal.models import User
from tests.requests.filing import filed


def accepted(requester: User, coordinator: User, campaign: Campaign | None = None, **how: Any) -> ProductionRequest:
    """A request that went the whole way into this campaign (or into a new one of the name given as `campaign_name`)."""
    name = how.pop("campaign_name", "")
    request = filed(requester, **how)
    services.present(request, actor=coordinator)
    services.accept(request, actor=coordinator, campaign=campaign, campaign_name=name, note="As the meeting said.")
    return request
