"""What others announce becomes entries: acts on steps in their own transaction, what the poll noticed after each round, new
datasets after each reading of MetaCat's list.
"""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import receiver

from campaigns.log.of_datasets import tell_datasets
from campaigns.log.of_monitoring import catch_up
from campaigns.log.of_steps import note_act
from campaigns.log.recording import add_references
from campaigns.models import LogEntry, ReferenceKind, StepEvent, StepVerb
from campaigns.signals import acted
from monitoring.signals import datasets_read, polled, waited

log = logging.getLogger(__name__)


@receiver(acted)
def after_act(event: StepEvent, **_how: Any) -> None:
    """It stands or falls with the act. An entry that is shown as evidence points to its criterion from then on."""
    note_act(event)
    if event.verb == StepVerb.EVIDENCE_ADDED and (number := event.data.get("log_entry")):
        entry = LogEntry.objects.get(campaign=event.campaign, number=number)
        add_references(entry, [(ReferenceKind.CRITERION, event.criterion)])


@receiver([polled, waited])
def after_poll(**_how: Any) -> None:
    """Also what was noticed while nobody listened, and what is told once it has lasted."""
    try:
        catch_up()
    except Exception:
        log.exception("The logs could not be brought up to date; the next poll tries again.")


@receiver(datasets_read)
def after_datasets(**_how: Any) -> None:
    """Also what came while nobody listened."""
    tell_datasets()
