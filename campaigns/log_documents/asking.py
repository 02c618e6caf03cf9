"""Asking for a log as PDF. The same log is made once: whoever asks again is given the one that is there or on its way."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from campaigns.log_documents.rules import can_ask
from campaigns.log_documents.state import LogState, state_of
from campaigns.log_documents.system_parts import what_is_missing
from campaigns.models import Campaign, DocumentState, LogDocument
from portal.errors import Conflict, NotAllowed
from portal.models import User

MAKING_TASK = "campaigns.tasks.make_log_documents"
SILENT_FOR = timedelta(seconds=60)
STOPPED = "Whatever made it was stopped, and said nothing. Ask again."
FILE_GONE = "The file is not on the server any more. Ask again."

MOST_LOOKED_AT = 50

log = logging.getLogger(__name__)


def ask_for_pdf(campaign: Campaign, *, actor: User) -> tuple[LogDocument, bool]:
    """The document of the log as it stands, and whether it had to be asked for anew. A task makes it.

    Raises NotAllowed without a log-in, Conflict when there is nothing to make it of or with.
    """
    if not can_ask(actor):
        raise NotAllowed("Log in to have the log made into a PDF.")
    with transaction.atomic():
        Campaign.objects.select_for_update().only("pk").get(pk=campaign.pk)
        state = state_of(campaign)
        there = document_of(campaign, state) or _of_key(campaign, state)
        if there is not None:
            return there, False
        if not state.n_entries:
            raise Conflict("The log has no entry yet; there is nothing to make a document of.")
        if missing := what_is_missing():
            raise Conflict(missing)
        document = LogDocument.objects.create(
            campaign=campaign, log_key=state.key, people_key=state.people_key, up_to=state.up_to, n_entries=state.n_entries,
            asked_by=actor,
        )  # fmt: skip
        transaction.on_commit(wake_maker)
    return document, True


@dataclass(frozen=True)
class Documents:
    """`now` shows the log as it stands, made or on its way; `earlier` is the newest of an earlier state; `failed` the last try,
    where there is none of now and it failed.
    """

    now: LogDocument | None
    earlier: LogDocument | None
    failed: LogDocument | None


def documents_of(campaign: Campaign, state: LogState) -> Documents:
    """One query, unless one has to be noticed whose maker stopped."""
    rows = _newest(campaign)
    if any(one.state == DocumentState.MAKING and one.heard_at < timezone.now() - SILENT_FOR for one in rows):
        notice_stopped(campaign)
        rows = _newest(campaign)
    now = next((one for one in rows if one.log_key == state.key and one.state != DocumentState.FAILED), None)
    if now is not None and now.is_done and not now.file.storage.exists(now.file.name or ""):
        _fail([now.pk], FILE_GONE, DocumentState.DONE)
        return documents_of(campaign, state)
    ended = [one for one in rows if not one.is_open]
    failed = ended[0] if now is None and ended and ended[0].state == DocumentState.FAILED else None
    return Documents(now, next((one for one in ended if one.is_done and one != now), None), failed)


def document_of(campaign: Campaign, state: LogState) -> LogDocument | None:
    """The document of this state of the log that is made or on its way. One whose making stopped is none."""
    return documents_of(campaign, state).now


def _of_key(campaign: Campaign, state: LogState) -> LogDocument | None:
    return campaign.log_documents.filter(log_key=state.key).exclude(state=DocumentState.FAILED).first()


def _newest(campaign: Campaign) -> list[LogDocument]:
    """The last few: a log comes back to no earlier state, but for a name that is changed and changed back."""
    return list(campaign.log_documents.select_related("asked_by").order_by("-at", "-pk")[:MOST_LOOKED_AT])


def notice_stopped(campaign: Campaign | None = None) -> int:
    """Those that are being made and of whose maker nothing was heard for a minute have failed. Returns how many."""
    silent = LogDocument.objects.filter(state=DocumentState.MAKING, heard_at__lt=timezone.now() - SILENT_FOR)
    if campaign is not None:
        silent = silent.filter(campaign=campaign)
    return _fail(list(silent.values_list("pk", flat=True)), STOPPED, DocumentState.MAKING)


def wake_maker() -> None:
    """Have it made at once; what the broker does not pass on is found within a minute, by the clock."""
    try:
        current_app.send_task(MAKING_TASK, expires=60, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("The broker did not take %s: %s", MAKING_TASK, error)


def _fail(pks: list[int], why: str, was: DocumentState) -> int:
    if not pks:
        return 0
    return LogDocument.objects.filter(pk__in=pks, state=was).update(
        state=DocumentState.FAILED, error=why, ended_at=timezone.now()
    )
