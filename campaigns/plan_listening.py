"""After each round of the poll: workflows that were reported for a step that has opened since are attached to it."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from campaigns.models import Campaign
from campaigns.plan_reports import attach_waiting
from monitoring.signals import polled


@receiver(polled)
def after_poll(**_how: Any) -> None:
    attach_waiting(Campaign.objects.active())
