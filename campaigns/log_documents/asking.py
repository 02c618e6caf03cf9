"""Asking for a log as PDF. The same log is made once: whoever asks again is given the one that is there or on its way."""

from __future__ import annotations

import logging
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
        there = document_of(campaign, state)
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


def document_of(campaign: Campaign, state: LogState) -> LogDocument | None:
    """The document of this state of the log that is made or on its way. One whose making stopped is none."""
    notice_stopped(campaign)
    found = LogDocument.objects.filter(campaign=campaign, log_key=state.key).exclude(state=DocumentState.FAILED).first()
    if found is not None and found.is_done and not found.file.storage.exists(found.file.name or ""):
        _fail([found.pk], FILE_GONE, DocumentState.DONE)
        return None
    return found


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
