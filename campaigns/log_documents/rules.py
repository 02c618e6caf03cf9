"""Who may do what with documents of a log. Reading them is open to whoever sees the campaign."""

from __future__ import annotations

from campaigns.models import Campaign
from campaigns.steps.rules import can_work
from portal.roles import Anyone


def can_ask(user: Anyone) -> bool:
    """Ask for the log as PDF: whoever is logged in, as it costs the portal a minute."""
    return bool(user.is_authenticated and user.is_active)


def can_import(user: Anyone, campaign: Campaign) -> bool:
    """Take an earlier document into the log: its shifters and coordinators."""
    return can_work(user, campaign)
