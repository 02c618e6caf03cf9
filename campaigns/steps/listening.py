"""What others announce is looked at here: a change of a campaign in the transaction that makes it, and all campaigns that go
on after each round of the poll.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from campaigns.models import Campaign
from campaigns.signals import campaign_changed
from campaigns.steps.process import newest_template
from campaigns.steps.refreshing import look_again, refresh
from monitoring.signals import counted, polled


@receiver(campaign_changed)
def after_change(campaign: Campaign, **_how: Any) -> None:
    """A new campaign runs by the newest template; and whatever follows from the change stands with it."""
    if campaign.template_id is None:
        campaign.template = newest_template()
        campaign.save(update_fields=["template"])
    refresh(campaign)


@receiver(polled)
def after_poll(**_how: Any) -> None:
    """Facts and guards within one poll."""
    look_again(Campaign.objects.active())


@receiver(counted)
def after_count(**_how: Any) -> None:
    """A sample that grew is noted where its plan is judged."""
    look_again(Campaign.objects.active())
