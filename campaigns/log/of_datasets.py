"""Datasets that were made in MetaCat, told in the logs of the campaigns that they belong to.

After each reading of the list, what belongs to a campaign is compared with what its log tells already: so nothing is lost while
nobody listened, and a dataset whose workflow or `dune.campaign` becomes the campaign's only later is told then.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from campaigns.log.content import as_text
from campaigns.log.machine import note_fact
from campaigns.log.of_monitoring import step_of
from campaigns.models import Campaign, LogEntry
from monitoring.models import Dataset
from portal.wording import counted

TOPIC = "dataset-made"
LONGEST_FACT = 200  # of LogEntry.fact

log = logging.getLogger(__name__)


def tell_datasets(now: datetime | None = None) -> int:
    """Tell every campaign that goes on; returns how many entries were written. Safe to run twice, and at once."""
    now = now or timezone.now()
    written = 0
    for campaign in Campaign.objects.active().order_by("pk"):
        try:
            written += _tell(campaign, now)
        except Exception:
            log.exception("The datasets of campaign %s could not be told in its log; the next list tries again.", campaign.pk)
    return written


def fact_of(dataset: Dataset) -> str:
    """Names it for good; names that are too long are told apart by their hash."""
    fact = f"{TOPIC} {dataset.did}"
    if len(fact) <= LONGEST_FACT:
        return fact
    return f"{fact[: LONGEST_FACT - 65]} {hashlib.sha256(dataset.did.encode()).hexdigest()}"


def _tell(campaign: Campaign, now: datetime) -> int:
    """Not of what was made before the campaign was."""
    told = set(LogEntry.objects.filter(campaign=campaign, topic=TOPIC).values_list("fact", flat=True))
    since = Q(created_at__gte=campaign.created_at) | Q(created_at=None, first_seen_at__gte=campaign.created_at)
    made = campaign.datasets().filter(since).defer("metadata", "description").order_by("created_at", "pk")
    return sum(_note(campaign, one, now) for one in made if fact_of(one) not in told)


def _note(campaign: Campaign, dataset: Dataset, now: datetime) -> bool:
    at = min(dataset.created_at or dataset.first_seen_at, now)  # MetaCat's clock may be ahead
    workflow = dataset.workflow_justin_id
    entry = note_fact(
        campaign, fact=fact_of(dataset), topic=TOPIC, body=_words(dataset), happened_at=at, state="ok",
        step=step_of(campaign, workflow, at, now), workflows=[workflow] if workflow else [],
        data={"did": dataset.did, "n_files_listed": dataset.n_files_listed, "is_frozen": dataset.is_frozen},
    )  # fmt: skip
    return entry is not None


def _words(dataset: Dataset) -> str:
    of = ""
    if dataset.workflow_justin_id is not None:
        stage = f", stage {dataset.stage}" if dataset.stage else ""
        of = f" of workflow #{dataset.workflow_justin_id}{stage},"
    by = f" by {as_text(dataset.creator)}" if dataset.creator else ""
    n = dataset.n_files_listed
    files = "its number of files is not told" if n is None else f"{counted(n, 'file')} by MetaCat’s counter"
    frozen = ", frozen" if dataset.is_frozen else "" if n is None else " so far"
    return f"Dataset `{dataset.did.replace('`', '')}`{of} was made in MetaCat{by}: {files}{frozen}."
