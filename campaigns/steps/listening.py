"""What others announce is looked at here: a change of a campaign or of its log in the transaction that makes it, and all
campaigns that go on after each round of the poll.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from campaigns.models import Campaign, EntryKind, LogEntry
from campaigns.signals import campaign_changed, log_changed
from campaigns.steps.loading import held
from campaigns.steps.process import newest_template
from campaigns.steps.refreshing import look_again, refresh
from monitoring.signals import counted, datasets_read, polled


@receiver(campaign_changed)
def after_change(campaign: Campaign, **_how: Any) -> None:
    """A new campaign runs by the newest template; and whatever follows from the change stands with it."""
    if campaign.template_id is None:
        campaign.template = newest_template()
        campaign.save(update_fields=["template"])
    refresh(campaign)


@receiver(log_changed)
def after_entry(entry: LogEntry, **_how: Any) -> None:
    """A test's result in the log meets a criterion; one that is struck through no longer does."""
    if entry.kind == EntryKind.TEST_RESULT:
        with held(entry.campaign):
            refresh(entry.campaign)


@receiver(polled)
def after_poll(**_how: Any) -> None:
    """Facts and guards within one poll."""
    look_again(Campaign.objects.active())


@receiver(counted)
def after_count(**_how: Any) -> None:
    """A sample that grew is noted where its plan is judged."""
    look_again(Campaign.objects.active())


@receiver(datasets_read)
def after_datasets(**_how: Any) -> None:
    """Whether a campaign has its datasets."""
    look_again(Campaign.objects.active())
