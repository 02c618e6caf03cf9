"""Write what the poll noticed as an event row, in the caller's transaction, and tell listeners once it is committed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from monitoring.models import JustinCampaign, MonitoringEvent, Verb, Workflow
from monitoring.signals import announced


def announce(
    verb: Verb,
    *,
    workflow: Workflow | None = None,
    justin_campaign: JustinCampaign | None = None,
    note: str = "",
    at: datetime | None = None,
    **data: object,
) -> MonitoringEvent:
    """`at`: when it happened, if justIN tells; else now. `data`: old and new values, as JSON."""
    event = MonitoringEvent.objects.create(
        verb=verb, workflow=workflow, justin_campaign=justin_campaign, note=note, at=at or timezone.now(), data=data
    )
    transaction.on_commit(lambda: announced.send_robust(sender=MonitoringEvent, event=event))
    return event
