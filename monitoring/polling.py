"""The poll: what to ask justIN next, and what to do with the answer. One round at a time, whoever starts it.

A round asks each watched justIN campaign once for its listing, then reads the workflows that are due. What concerns justIN
itself (down, slow, a log-in wanted) ends the round and makes the next ones wait; what concerns one campaign or workflow
makes only that one wait. Waits double up to an hour, and are rows that pages show.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from monitoring import signals
from monitoring.announcing import announce
from monitoring.justin.client import JustinClient, JustinSettings
from monitoring.justin.errors import JustinError
from monitoring.justin.harvest import Prior, harvest
from monitoring.listing import apply_listing
from monitoring.models import JustinCampaign, Polled, Service, Site, Storage, Verb, Workflow
from monitoring.schedule import Due, due
from monitoring.storing import WorseAnswer, clear_failure, readings_of, store_harvest
from monitoring.waiting import put_off
from portal.locks import exclusive

log = logging.getLogger(__name__)

SITES_EVERY = timedelta(days=1)
POLL_LOCK = "poll-justin"

Watcher = Callable[[str, int, int], None]  # what is being read, how many are done, of how many


@dataclass
class Round:
    """What one round did. `failures`: one line for each thing that could not be read."""

    n_campaigns: int = 0
    n_workflows_due: int = 0
    n_workflows_read: int = 0
    n_changed: int = 0
    n_left_alone: int = 0
    n_requests: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    skipped: str = ""  # why nothing was asked


def justin_client(*, on_answer: Callable[[datetime], None] | None = None) -> JustinClient:
    """A client as the settings say."""
    return JustinClient(
        JustinSettings(
            url=settings.JUSTIN_URL,
            info_url=settings.JUSTIN_INFO_URL,
            pause_seconds=settings.JUSTIN_PAUSE_SECONDS,
            timeout_seconds=settings.JUSTIN_TIMEOUT_SECONDS,
            ca_bundle=settings.JUSTIN_CA_BUNDLE,
            contact=settings.JUSTIN_CONTACT,
        ),
        on_answer=on_answer,
    )


def poll_round(
    *,
    by_person: bool = False,
    everything: bool = False,
    budget_seconds: float | None = None,
    watcher: Watcher = lambda what, done, of: None,
    wait_seconds: float = 0,
) -> Round:
    """One round. At any time one process polls; another gets a Round that says so in `skipped`.

    `by_person`: somebody waits: changed workflows are read at once and a wait after failures is cut short, unless justIN
    itself named the time. `everything`: every workflow but those finally read, due or not, and no wait holds.
    `budget_seconds`: begin no further workflow after this time; what is left stays due.
    """
    with exclusive(POLL_LOCK, wait_seconds=wait_seconds) as held:
        if not held:
            return Round(skipped="another poll is going on")
        done = _Poller(by_person, everything, budget_seconds, watcher).run()
    (signals.waited if done.skipped else signals.polled).send_robust(sender=Round)
    return done


class _Poller:
    def __init__(self, by_person: bool, everything: bool, budget_seconds: float | None, watcher: Watcher) -> None:
        self.by_person = by_person or everything
        self.everything = everything
        self.watcher = watcher
        self.began = time.monotonic()
        self.budget_seconds = budget_seconds
        self.round = Round()
        self.service = Service.justin()
        self.client = justin_client(on_answer=self._heard)
        self.sites = cache(self._sites)

    def run(self) -> Round:
        now = timezone.now()
        if self._must_wait(self.service, now):
            self.round.skipped = f"justIN is not asked before {self.service.next_try_at:%Y-%m-%d %H:%M:%S} UTC"
            if self.by_person:
                self.round.failures.append(f"{self.round.skipped}: {self.service.error_text}")
            return self.round
        Service.objects.filter(pk=self.service.pk).update(round_began_at=now)
        try:
            self._list_campaigns()
            self._read_workflows()
        except _GaveUp:
            pass
        else:
            self._service_is_well()
        self.round.n_requests = self.client.n_requests
        self.round.seconds = time.monotonic() - self.began
        Service.objects.filter(pk=self.service.pk).update(round_ended_at=timezone.now())
        return self.round

    # --- listings ---

    def _list_campaigns(self) -> None:
        campaigns = [one for one in JustinCampaign.objects.filter(is_watched=True) if not self._must_wait(one)]
        for done, campaign in enumerate(campaigns):
            self.watcher(f"campaign {campaign.justin_id}", done, len(campaigns))
            try:
                answer = self.client.campaign_workflows(campaign.justin_id)
            except JustinError as error:
                self._failed(campaign, error)
                continue
            apply_listing(campaign, answer)
            self.round.n_campaigns += 1

    # --- workflows ---

    def _read_workflows(self) -> None:
        workflows = self._due_workflows()
        self.round.n_workflows_due = len(workflows)
        for done, (workflow, what) in enumerate(workflows):
            if self.budget_seconds is not None and time.monotonic() - self.began > self.budget_seconds:
                break
            self.watcher(f"workflow {workflow.justin_id}", done, len(workflows))
            try:
                self.round.n_changed += read_workflow(self.client, workflow, what, self.sites)
            except (JustinError, WorseAnswer) as error:
                self._failed(workflow, error)
                continue
            self.round.n_workflows_read += 1
        self.watcher("", len(workflows), len(workflows))

    def _due_workflows(self) -> list[tuple[Workflow, Due]]:
        """Those never read first, then those whose state changed, then the longest unread; failing ones last."""
        now = self.service.now()
        watched = Workflow.objects.watched()
        self.round.n_left_alone = watched.filter(final_read_at__isnull=False).count()
        found: list[tuple[Workflow, Due]] = []
        over_cap = set(Workflow.objects.filter(answers__was_split=True, final_read_at=None).values_list("pk", flat=True))
        for workflow in watched.filter(final_read_at=None):
            what = due(workflow, now, is_over_cap=workflow.pk in over_cap, by_person=self.by_person)
            if self.everything and what in (Due.NOTHING, Due.QUICK):
                what = Due.FULL
            if what is not Due.NOTHING and not self._must_wait(workflow):
                found.append((workflow, what))
        never = timezone.now() - timedelta(days=36500)
        found.sort(key=lambda one: (one[0].is_failing, one[0].read_at or never, one[0].justin_id))
        return found

    # --- sites, asked for only when a question must be split ---

    def _sites(self) -> Iterable[str] | None:
        """Names of all sites, read once a day; None when there never was a list."""
        listed_at = self.service.sites_read_at
        if listed_at is None or timezone.now() - listed_at > SITES_EVERY:
            self._read_information()
        names = list(Site.objects.values_list("name", flat=True))
        return names or None

    def _read_information(self) -> None:
        info = Service.objects.get_or_create(name=Service.JUSTIN_INFO)[0]
        if not settings.JUSTIN_INFO_URL or self._must_wait(info):
            return
        try:
            sites, storages = self.client.sites(), self.client.storages()
        except JustinError as error:
            _note_failure(info, error)
            return
        with transaction.atomic():
            for name, enabled in sites:
                Site.objects.update_or_create(name=name, defaults={"is_enabled": enabled})
            for name, readable, writable in storages:
                Storage.objects.update_or_create(name=name, defaults={"is_readable": readable, "is_writable": writable})
            clear_failure(info)
            info.read_at = timezone.now()
            info.save()
        self.service.sites_read_at = timezone.now()
        Service.objects.filter(pk=self.service.pk).update(sites_read_at=self.service.sites_read_at)

    # --- how it goes ---

    def _must_wait(self, polled: Polled, now: datetime | None = None) -> bool:
        if self.everything or polled.next_try_at is None or polled.next_try_at <= (now or timezone.now()):
            return False
        return polled.told_to_wait or not self.by_person

    def _heard(self, as_of: datetime) -> None:
        """A good answer came: take over justIN's clock."""
        self.service.read_at = as_of
        self.service.clock_offset_seconds = (as_of - timezone.now()).total_seconds()

    def _failed(self, polled: Polled, error: JustinError | WorseAnswer) -> None:
        """Note a failure where it belongs; raises _GaveUp when asking on would fail alike."""
        self.round.failures.append(f"{polled}: {error}")
        log.warning("%s: %s", polled, error)
        of_service = isinstance(error, JustinError) and error.concerns_service
        if isinstance(polled, Workflow) or not of_service:
            _note_failure(polled, error)
        if of_service:
            self._save_service()
            _note_failure(self.service, error)
            raise _GaveUp

    def _service_is_well(self) -> None:
        if self.client.n_requests == 0:
            return
        if self.service.is_failing:
            announce(Verb.READING_RECOVERED, note=self.service.error_text)
        clear_failure(self.service)
        self._save_service()

    def _save_service(self) -> None:
        self.service.save(
            update_fields=[
                "read_at", "clock_offset_seconds", "failing_since", "n_failures", "error_kind", "error_text",
                "next_try_at", "told_to_wait",
            ]
        )  # fmt: skip


class _GaveUp(Exception):
    """justIN itself does not answer; the round ends."""


def read_workflow(
    client: JustinClient,
    workflow: Workflow,
    what: Due,
    sites: Callable[[], Iterable[str] | None] = lambda: None,
) -> bool:
    """Read one workflow and store it; whether any number changed. Raises JustinError or WorseAnswer, storing nothing."""
    tally = getattr(workflow, "tally", None)
    prior = Prior(
        readings=readings_of(workflow),
        n_stages=tally.n_stages if tally else 1,
        state=workflow.state,
        files_processed=workflow.files_processed,
        files_total=workflow.files_total,
        sites=sites,
    )
    got = harvest(client, workflow.justin_id, prior, full=what is not Due.QUICK)
    return store_harvest(workflow, got, final=what is Due.FINAL)


def _note_failure(polled: Polled, error: JustinError | WorseAnswer) -> None:
    """Write why and when next: the regular time first, then twice as long each time, up to an hour; or as justIN says."""
    told = getattr(error, "retry_after_seconds", None)
    is_new = put_off(polled, error.kind, str(error), first_seconds=settings.JUSTIN_POLL_SECONDS, told_seconds=told)
    with transaction.atomic():
        polled.save()
        if is_new:
            verb = Verb.ANSWER_REFUSED if isinstance(error, WorseAnswer) else Verb.READING_FAILED
            announce(
                verb,
                workflow=polled if isinstance(polled, Workflow) else None,
                justin_campaign=polled if isinstance(polled, JustinCampaign) else None,
                note=str(error),
            )
