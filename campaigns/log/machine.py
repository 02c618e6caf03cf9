"""What the portal writes into a log by itself: one entry for each fact, also when a task runs twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from campaigns.log.content import checked_references, current_step
from campaigns.log.recording import add_entry, held
from campaigns.models import Campaign, EntryKind, LogEntry, VersionKind
from campaigns.signals import log_changed


def note_fact(
    campaign: Campaign,
    *,
    fact: str,
    topic: str,
    body: str,
    happened_at: datetime | None = None,
    state: str = "",
    step: str | None = None,
    workflows: Iterable[int] = (),
    references: Iterable[tuple[str, str]] = (),
    data: dict[str, Any] | None = None,
) -> LogEntry | None:
    """Write what was seen, unless the campaign's log has this fact already; then None.

    `fact` names it for good (at most 200 characters), e.g. workflow-finished 3206. `state`: the word for its icon. `step`
    None: the step that the campaign is in.
    """
    known = LogEntry.objects.filter(campaign=campaign, fact=fact)
    if known.exists():
        return None
    now = timezone.now()
    with held(campaign):
        if known.exists():  # somebody wrote it while this one waited for the row
            return None
        entry = add_entry(
            campaign, EntryKind.MACHINE, body, author=None, happened_at=happened_at or now, written_at=now,
            references=checked_references(workflows, references, ()), fact=fact, topic=topic, state=state, data=data or {},
            step=current_step(campaign) if step is None else step,
        )  # fmt: skip
        log_changed.send(sender=LogEntry, entry=entry, what=VersionKind.WRITTEN)
    return entry
