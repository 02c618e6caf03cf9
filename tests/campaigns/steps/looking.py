"""What a rule sees of a campaign's rows now, for tests of rules."""

from __future__ import annotations

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.steps.facts import RULES, read_material
from campaigns.steps.loading import read_situation
from campaigns.steps.standing import Finding


def look(campaign: Campaign, rule: str) -> Finding:
    """The finding of one rule, without writing it anywhere."""
    campaign.refresh_from_db()
    situation = read_situation(campaign)
    return RULES[rule](read_material(situation, timezone.now()))
