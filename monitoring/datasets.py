"""Which datasets MetaCat has: its one list of all, read by the worker, one process at a time, and kept. No page asks.

Kept are those of a workflow or of a `dune.campaign`. A failure leaves what is kept as it is; so does, the first time, a list
without most of what was there. What is no longer listed stays, with `gone_at`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from monitoring import signals
from monitoring.counting import (
    ASK_LOCK,
    FIRST_WAIT_SECONDS,
    OF_ASKING,
    is_configured,
    it_answered,
    it_failed,
    metacat_client,
    why_wait,
)
from monitoring.metacat.datasets import ListedDataset
from monitoring.metacat.errors import MetacatError, MetacatSlow
from monitoring.models import Dataset, Failure, Service
from monitoring.storing import clear_failure
from monitoring.waiting import put_off
from portal.locks import exclusive

log = logging.getLogger(__name__)

KEPT = tuple(name for name in ListedDataset.__struct_fields__ if name not in ("namespace", "name"))
BATCH = 500


class ShorterList(Exception):
    """More than half of the datasets that were there are missing; nothing was stored."""

    kind = str(Failure.WORSE)


@dataclass
class DatasetsRead:
    """What one reading did. `skipped`: why nothing was asked; `failure`: why there is no new list."""

    n_listed: int = 0
    n_kept: int = 0
    n_new: int = 0
    n_changed: int = 0
    n_gone: int = 0
    failure: str = ""
    skipped: str = ""


def list_service() -> Service:
    """How reading the list goes; an unsaved row before the first time."""
    name = Service.METACAT_DATASETS
    return Service.objects.filter(name=name).first() or Service(name=name)


def is_old(service: Service) -> bool:
    """Whether the list should have been read again long ago."""
    wanted = timedelta(seconds=2 * settings.METACAT_DATASETS_SECONDS)
    return service.read_at is not None and timezone.now() - service.read_at > wanted


def read_datasets(*, by_person: bool = False) -> DatasetsRead:
    """Read the list, if it is due or a person asks, and tell those who listen. At any time one process asks MetaCat."""
    if not is_configured():
        return DatasetsRead(skipped="MetaCat is not configured here (METACAT_URL)")
    with exclusive(ASK_LOCK) as held:
        if not held:
            return DatasetsRead(skipped="another question is going on")
        done = _read(by_person)
    if not (done.skipped or done.failure):
        signals.datasets_read.send_robust(sender=Dataset)
    return done


def _read(by_person: bool) -> DatasetsRead:
    service, metacat = (Service.objects.get_or_create(name=name)[0] for name in (Service.METACAT_DATASETS, Service.METACAT))
    if why := why_wait(metacat, by_person=by_person) or why_wait(service, by_person=by_person):
        return DatasetsRead(skipped=why)
    began = timezone.now()
    try:
        answer = metacat_client(settings.METACAT_DATASETS_TIMEOUT_SECONDS).datasets(settings.METACAT_DATASETS_BYTES)
        # a list as short as the one before is believed
        done = _store(answer.datasets, began, is_believed=service.error_kind == Failure.WORSE)
    except (MetacatError, ShorterList) as error:
        return _failed(service, metacat, error)
    done.n_listed = answer.n_listed
    _keep_well(service, metacat, began)
    return done


def _store(listed: Iterable[ListedDataset], now: datetime, *, is_believed: bool) -> DatasetsRead:
    """Put the list in the place of what was known: rows that changed, and no others, are written, in one transaction."""
    with transaction.atomic():
        known = {(row.namespace, row.name): row for row in Dataset.objects.iterator(2000)}
        n_before = sum(row.gone_at is None for row in known.values())
        new, changed, fields = [], [], set()
        n_kept = 0
        for one in listed:
            n_kept += 1
            row = known.pop((one.namespace, one.name), None)
            if row is None:
                values = {name: getattr(one, name) for name in KEPT}
                new.append(Dataset(namespace=one.namespace, name=one.name, first_seen_at=now, **values))
            elif others := _differing(row, one):
                changed.append(row)
                fields.update(others)
        gone = [row for row in known.values() if row.gone_at is None]
        if not is_believed and 2 * len(gone) > n_before:
            raise ShorterList(f"the list lacks {len(gone):,} of the {n_before:,} datasets that it had; it is read once more")
        for row in gone:
            row.gone_at = now
        Dataset.objects.bulk_create(new, batch_size=BATCH)
        if changed:
            Dataset.objects.bulk_update(changed, sorted(fields), batch_size=BATCH)
        Dataset.objects.bulk_update(gone, ["gone_at"], batch_size=BATCH)
    return DatasetsRead(n_kept=n_kept, n_new=len(new), n_changed=len(changed), n_gone=len(gone))


def _differing(row: Dataset, one: ListedDataset) -> list[str]:
    """Take over what the list says now; returns the fields that were otherwise."""
    found = [name for name in KEPT if getattr(row, name) != getattr(one, name)]
    for name in found:
        setattr(row, name, getattr(one, name))
    if row.gone_at is not None:
        row.gone_at = None
        found.append("gone_at")
    return found


def _failed(service: Service, metacat: Service, error: MetacatError | ShorterList) -> DatasetsRead:
    log.warning("MetaCat's list of datasets was not taken: %s", error)
    regular, told = settings.METACAT_DATASETS_SECONDS, None
    first = min(FIRST_WAIT_SECONDS, regular)
    if isinstance(error, MetacatError):
        told = error.retry_after_seconds
        if error.concerns_service and not isinstance(error, MetacatSlow):  # so long a list may be slow where counts are not
            it_failed(metacat, error)
    else:
        first = regular
    at_most = regular if isinstance(error, ShorterList) else 0
    put_off(service, error.kind, str(error), first_seconds=first, told_seconds=told, at_most=at_most)
    service.save(update_fields=OF_ASKING)
    return DatasetsRead(failure=str(error))


def _keep_well(service: Service, metacat: Service, began: datetime) -> None:
    it_answered(metacat, began)
    clear_failure(service)
    service.read_at = began
    spread = random.uniform(0.95, 1.05)  # noqa: S311  (so that it does not fall due with all else; no secret)
    service.next_try_at = timezone.now() + timedelta(seconds=settings.METACAT_DATASETS_SECONDS * spread)
    service.save(update_fields=OF_ASKING)
