"""A campaign with a shifter on shift, and entries written by those who would write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.log import services
from campaigns.log.recording import add_entry, held
from campaigns.models import Campaign, EntryKind, LogEntry
from campaigns.services import appoint_shifter
from portal.models import User
from tests.factories import Jobs, make_campaign, make_service, make_tally, make_workflow


@pytest.fixture
def campaign(db: None, shifter: User) -> Campaign:
    """pdhd-reco-2026b, shifter1 on shift, workflow 3225 running with errors at UK_Brunel."""
    make_service()
    campaign = make_campaign("pdhd-reco-2026b", 402, purpose="Reconstruction of beam runs for the PDHD analysis group")
    appoint_shifter(campaign, shifter, actor=None)
    workflow = make_workflow(3225, campaign=402)
    make_tally(
        workflow,
        [Jobs("CERN", "finished", 170), Jobs("UK_Brunel", "script-error", 30, code=65), Jobs("CERN", "running", 101)],
    )
    return campaign


def write(campaign: Campaign, actor: User, body: str = "Seen.", kind: str = "note", **fields: Any) -> LogEntry:
    return services.write_entry(campaign, actor=actor, kind=kind, body=body, **fields)


def saw(campaign: Campaign, body: str, *, state: str = "ok", at: datetime | None = None, topic: str = "") -> LogEntry:
    """As the portal itself writes what it saw."""
    now = timezone.now()
    with held(campaign):
        return add_entry(
            campaign, EntryKind.MACHINE, body, author=None, happened_at=at or now, written_at=now, state=state, topic=topic
        )


def many(campaign: Campaign, author: User, n: int) -> None:
    """So many entries at once, past the services: a log of years."""
    last = LogEntry.objects.filter(campaign=campaign).count()
    now = timezone.now()
    LogEntry.objects.bulk_create(
        LogEntry(
            campaign=campaign, number=last + k + 1, kind=EntryKind.MACHINE if k % 4 else EntryKind.NOTE,
            author=None if k % 4 else author, happened_at=now - timedelta(minutes=n - k), written_at=now,
            body=f"Entry {k} about #3225 and exit code 65.", search_text=f"entry {k} about #3225 and exit code 65. 3225",
        )
        for k in range(n)
    )  # fmt: skip
