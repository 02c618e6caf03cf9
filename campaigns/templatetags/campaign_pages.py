"""Parts that the pages of a campaign share: its tabs, and what it is for."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.rules import can_set_up
from campaigns.views.campaign_overview import Overview

register = template.Library()

TABS = [
    ("Overview", "campaign-detail"),
    ("History", "campaign-history"),
    ("For a wiki", "campaign-wiki"),
    ("Settings", "campaign-settings"),
]


@register.inclusion_tag("campaigns/_campaign_tabs.html", takes_context=True)
def campaign_tabs(context: Context, campaign: Campaign, current: str, may_set_up: bool | None = None) -> dict[str, Any]:
    """The pages of a campaign that this reader may open; `current` is the URL name of this one.

    `may_set_up` where the page knows it already; else it is asked, which may cost a query.
    """
    may = can_set_up(context["user"], campaign) if may_set_up is None else may_set_up
    tabs = [
        (label, reverse(f"campaigns:{name}", args=[campaign.slug]), name == current)
        for label, name in TABS
        if may or name != "campaign-settings"
    ]
    return {"campaign": campaign, "tabs": tabs}


@register.inclusion_tag("campaigns/_what_and_for_whom.html", takes_context=True)
def what_and_for_whom(context: Context, overview: Overview) -> dict[str, Any]:
    """The panel that says what is produced and for whom, generated from the campaign's requests."""
    campaign = overview.campaign
    return {
        "overview": overview,
        "campaign": campaign,
        "request": context["request"],
        "short": f"{settings.SITE_URL.rstrip('/')}{reverse('campaigns:campaign-short', args=[campaign.pk])}",
    }
