"""Parts that the pages of a campaign share: its five steps, its tabs, and what it is for."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import reverse

from campaigns.models import Campaign, StepStanding
from campaigns.rules import can_set_up
from campaigns.steps.loading import read_situation
from campaigns.steps.refreshing import words_of
from campaigns.steps.standing import Standing
from campaigns.steps.states import StepState
from campaigns.views.campaign_overview import Overview

register = template.Library()

TABS = [
    ("Overview", "campaign-detail"),
    ("Plan", "campaign-plan"),
    ("Steps", "step-list"),
    ("Files", "file-list"),
    ("History", "campaign-history"),
    ("For a wiki", "campaign-wiki"),
    ("Settings", "campaign-settings"),
]


BAR = {StepState.NOT_OPEN: "todo", StepState.OPEN: "running", StepState.SENT_BACK: "bad", StepState.COMPLETE: "ok"}


@register.inclusion_tag("steps/_step_bar.html", takes_context=True)
def step_bar(context: Context, campaign: Campaign) -> dict[str, Any]:
    """The five steps with state and words, one query; none where the page read the `standing` already. `step_shown` is the
    key of the step whose page this is."""
    rows = _standings(campaign, context.get("standing"))
    shown = context.get("step_shown", "")
    return {"campaign": campaign, "steps": [(row, _bar_state(row), row.step == shown) for row in rows], "shown": shown}


def _standings(campaign: Campaign, standing: Standing | None) -> list[StepStanding]:
    kept = [] if standing is not None else list(StepStanding.objects.filter(campaign=campaign))
    if kept:
        return kept
    standing = standing or read_situation(campaign).standing  # not looked at since the portal has steps
    return [
        StepStanding(
            step=one.key, position=one.step.position, title=one.step.title, state=str(one.state), words=words_of(one),
            is_current=one.is_current,
        )
        for one in standing.steps
    ]  # fmt: skip


def _bar_state(row: StepStanding) -> str:
    """Amber where a sign-off lapsed; else by the state."""
    return "warning" if "lapsed" in row.words else BAR.get(StepState(row.state), "warning")


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
