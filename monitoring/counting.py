"""How many files queries have: asked by the worker, one process at a time, and kept by query. No page asks.

`kept` is for pages; `want` notes that somebody waits; `ask` does it. A failure leaves the last good number as it is and says
beside it why and since when. What concerns MetaCat itself (away, busy, slow, a log-in wanted) ends the round.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from monitoring import signals
from monitoring.metacat.client import Counted, MetacatClient, MetacatSettings
from monitoring.metacat.errors import (
    MetacatError,
    MetacatRefused,
    MetacatSlow,
    MetacatTrap,
    MetacatUnknownDataset,
)
from monitoring.models import QueryCount, Service, hash_of_query
from monitoring.storing import clear_failure
from monitoring.waiting import put_off
from portal.locks import exclusive

log = logging.getLogger(__name__)

ASK_LOCK = "ask-metacat"
FIRST_WAIT_SECONDS = 600.0
MOST_IN_A_ROUND = 60
FRESH = timedelta(minutes=1)  # a person who asks again within it gets the same answer
OF_ASKING = ["read_at", "failing_since", "n_failures", "error_kind", "error_text", "next_try_at", "told_to_wait"]
NO_USE_TO_ASK_AGAIN = (MetacatRefused, MetacatUnknownDataset, MetacatTrap)


@dataclass
class Asking:
    """What one round did. `failures`: a line for each query without an answer; `skipped`: why nothing was asked."""

    n_asked: int = 0
    n_changed: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: str = ""


def is_configured() -> bool:
    """Whether there is a MetaCat to ask."""
    return bool(settings.METACAT_URL)


def metacat_client(timeout_seconds: float | None = None) -> MetacatClient:
    """A client as the settings say; `timeout_seconds` for an answer that may take longer than others."""
    return MetacatClient(
        MetacatSettings(
            settings.METACAT_URL,
            settings.METACAT_PAUSE_SECONDS,
            timeout_seconds or settings.METACAT_TIMEOUT_SECONDS,
            settings.METACAT_CA_BUNDLE,
            settings.METACAT_CONTACT,
        )
    )


def metacat_service() -> Service:
    """How asking MetaCat goes; an unsaved row before the first question."""
    return Service.objects.filter(name=Service.METACAT).first() or Service(name=Service.METACAT)


def why_wait(service: Service, *, by_person: bool = False) -> str:
    """Why MetaCat is not asked now, '' when it may be. A person is made to wait only where MetaCat itself named the time."""
    until = service.next_try_at
    if until is None or until <= timezone.now() or (by_person and not service.told_to_wait):
        return ""
    return f"MetaCat is not asked before {until:%Y-%m-%d %H:%M} UTC: {service.error_text}"


def it_answered(service: Service, at: datetime) -> None:
    """MetaCat is well: it answered a question of this moment."""
    clear_failure(service)
    service.read_at = at
    service.save(update_fields=OF_ASKING)


def it_failed(service: Service, error: MetacatError) -> None:
    """MetaCat itself cannot be asked; nothing is asked of it before the next try."""
    put_off(service, error.kind, str(error), first_seconds=FIRST_WAIT_SECONDS, told_seconds=error.retry_after_seconds)
    service.save(update_fields=OF_ASKING)


def kept(queries: Iterable[str]) -> dict[str, QueryCount]:
    """What is known of queries, by their text without the blanks around it; one query of the database."""
    hashes = {hash_of_query(one): one.strip() for one in queries if one.strip()}
    if not hashes:
        return {}
    return {hashes[row.sha256]: row for row in QueryCount.objects.filter(sha256__in=list(hashes))}


def want(queries: Iterable[str], *, who: str = "") -> list[QueryCount]:
    """Rows of these queries, made where there were none. With `who`, those older than a minute are noted as wanted by them."""
    now = timezone.now()
    texts = list(dict.fromkeys(one.strip() for one in queries if one.strip()))
    there = kept(texts)
    rows = []
    for text in texts:
        row = there.get(text) or QueryCount.objects.get_or_create(sha256=hash_of_query(text), defaults={"mql": text})[0]
        is_fresh = row.asked_at is not None and now - row.asked_at < FRESH
        if who and not is_fresh and not row.is_open:
            row.wanted_at, row.wanted_by = now, who[:150]
            row.save(update_fields=["wanted_at", "wanted_by"])
        rows.append(row)
    return rows


def ask(rows: Sequence[int], *, by_person: bool = False, wait_seconds: float = 0) -> Asking:
    """Ask for those of these rows (primary keys) that are due or that somebody waits for. At any time one process asks."""
    if not is_configured():
        return Asking(skipped="MetaCat is not configured here")
    with exclusive(ASK_LOCK, wait_seconds=wait_seconds) as held:
        if not held:
            return Asking(skipped="another question is going on")
        done = _Asker(by_person=by_person).run(rows)
    if done.n_changed:
        signals.counted.send_robust(sender=QueryCount)
    return done


def forget(*, unused_since: datetime, but: Iterable[str]) -> int:
    """Remove the rows that nobody asked for, wanted or added since then, but of these queries; returns how many."""
    stay = {hash_of_query(one) for one in but}
    old = QueryCount.objects.filter(added_at__lt=unused_since).exclude(asked_at__gte=unused_since)
    old = old.exclude(wanted_at__gte=unused_since)
    gone = [pk for pk, sha256 in old.values_list("pk", "sha256") if sha256 not in stay]
    return sum(old.filter(pk__in=gone[at : at + 500]).delete()[0] for at in range(0, len(gone), 500))


def due(rows: Iterable[QueryCount], now: datetime | None = None) -> list[QueryCount]:
    """Those to be asked for: what somebody waits for, what was never asked, then the longest unasked; failing ones last."""
    now = now or timezone.now()
    found = [row for row in rows if row.is_open or row.next_try_at is None or row.next_try_at <= now]
    long_ago = now - timedelta(days=36500)
    found.sort(key=lambda row: (not row.is_open, row.is_failing, row.asked_at or long_ago, row.pk))
    return found[:MOST_IN_A_ROUND]


class _Asker:
    def __init__(self, *, by_person: bool) -> None:
        self.by_person = by_person
        self.client = metacat_client()
        self.service = Service.objects.get_or_create(name=Service.METACAT)[0]
        self.done = Asking()

    def run(self, pks: Sequence[int]) -> Asking:
        self.done.skipped = why_wait(self.service, by_person=self.by_person)
        if self.done.skipped:
            return self.done
        rows = due(QueryCount.objects.filter(pk__in=list(pks)))
        if not rows:
            return self.done
        Service.objects.filter(pk=self.service.pk).update(round_began_at=timezone.now())
        for row in rows:
            try:
                self._ask(row)
            except MetacatError as error:
                self._failed(row, error)
                if error.concerns_service:
                    break
        Service.objects.filter(pk=self.service.pk).update(round_ended_at=timezone.now())
        return self.done

    def _ask(self, row: QueryCount) -> None:
        began = timezone.now()
        self.done.n_asked += 1
        n_before = self.client.n_requests
        try:
            counted = self.client.count(row.mql)
        except MetacatError as error:
            if self.client.n_requests > n_before and not error.concerns_service:
                it_answered(self.service, began)  # it answered, if not with a number
            raise
        it_answered(self.service, began)
        self.done.n_changed += _keep(row.pk, counted, began)

    def _failed(self, row: QueryCount, error: MetacatError) -> None:
        self.done.failures.append(f"{row}: {error}")
        log.warning("%s: %s", row, error)
        regular = settings.METACAT_REFRESH_SECONDS
        told = error.retry_after_seconds
        first = regular if isinstance(error, NO_USE_TO_ASK_AGAIN) else FIRST_WAIT_SECONDS
        at_most = regular if isinstance(error, (*NO_USE_TO_ASK_AGAIN, MetacatSlow)) else 0  # MetaCat goes on with slow ones
        with transaction.atomic():
            row = QueryCount.objects.select_for_update().get(pk=row.pk)
            put_off(row, error.kind, str(error), first_seconds=first, told_seconds=told, at_most=at_most)
            row.asked_at = timezone.now()
            row.save()
        if error.concerns_service:
            it_failed(self.service, error)


def _keep(pk: int, counted: Counted, began: datetime) -> bool:
    """Store a good number; whether it is the first or another than before."""
    with transaction.atomic():
        row = QueryCount.objects.select_for_update().get(pk=pk)
        is_other = row.n_files is not None and row.n_files != counted.n_files
        is_new = row.n_files is None or is_other
        if is_other:
            row.n_files_before, row.changed_at = row.n_files, began
        row.n_files, row.n_bytes, row.doubt = counted.n_files, counted.n_bytes, counted.doubt
        clear_failure(row)
        row.read_at = began
        row.asked_at = timezone.now()
        spread = random.uniform(0.9, 1.1)  # noqa: S311  (so that not all fall due at once; no secret)
        row.next_try_at = timezone.now() + timedelta(seconds=settings.METACAT_REFRESH_SECONDS * spread)
        row.save()
    return is_new
