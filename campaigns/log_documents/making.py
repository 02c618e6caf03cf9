"""Makes the PDFs that were asked for, one after another, each in a process of its own.

Laying out a long log takes a minute and some hundred megabytes, and the library runs system code: in a process of its own it
can be given a limit of both, gives all of it back, and takes nobody with it when it fails. Whoever started it looks after it
(`heard_at`); when both are gone the row falls silent, and fails (asking.notice_stopped).
"""

from __future__ import annotations

import hashlib
import logging
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.log_documents.asking import notice_stopped
from campaigns.log_documents.printing import Printed, Read, print_log, read_log
from campaigns.log_documents.system_parts import what_is_missing
from campaigns.models import Campaign, DocumentState, LogDocument
from campaigns.signals import campaign_changed
from portal.locks import exclusive

LOCK = "log-documents"
LOOK_EVERY_SECONDS = 5.0
FAILED_KEPT = timedelta(days=7)
TOO_LARGE = (
    "The log does not fit into the memory that making it may take (LOG_PDF_MEMORY_MB, {mb:,} MB). Tell an administrator."
)
TOO_LONG = "It was not made within {minutes:,.0f} minutes (LOG_PDF_SECONDS). Tell an administrator."
BROKEN = "The portal made a mistake while laying it out ({what}). Tell an administrator; the log itself is whole."
KILLED = "The process that made it was ended from outside (signal {number}), perhaps for want of memory. Ask again."

log = logging.getLogger(__name__)


class Overtaken(Exception):
    """The log went on, and a document of what it is now is there already."""


def make_documents(make: Callable[[LogDocument], None] | None = None) -> int:
    """Make all that wait, unless somebody is at it; returns how many. `make` for another way than a process each."""
    n = 0
    with exclusive(LOCK) as held:
        if not held:
            return 0
        notice_stopped()
        while (document := LogDocument.objects.filter(state=DocumentState.QUEUED).order_by("at", "pk").first()) is not None:
            (make or _in_a_process)(document)
            n += 1
    return n


def make_document(document: LogDocument) -> None:
    """Make this one here and now. What goes wrong is written into its row in words."""
    if not LogDocument.objects.filter(pk=document.pk, state=DocumentState.QUEUED).update(
        state=DocumentState.MAKING, heard_at=timezone.now()
    ):
        return
    try:
        if missing := what_is_missing():
            _fail(document, missing)
            return
        read = read_log(document.campaign)
        _take_state(document, read)
        printed = print_log(document.campaign, read, lambda n_done: _tell(document, n_done))
        _keep(document, printed)
    except Overtaken:
        LogDocument.objects.filter(pk=document.pk).delete()
    except MemoryError:
        _fail(document, TOO_LARGE.format(mb=settings.LOG_PDF_MEMORY_MB))
    except Exception as error:
        log.exception("The log of campaign %s could not be made into a PDF.", document.campaign_id)
        _fail(document, BROKEN.format(what=type(error).__name__))


def clean_documents() -> int:
    """Remove what nobody needs: all but the newest PDF of each log after LOG_PDF_DAYS, failures after a week. Returns how many.

    Whatever is removed is made again, the same, for whoever asks while the log is as it was.
    """
    now = timezone.now()
    newest = {}
    for pk, campaign in (
        LogDocument.objects.filter(state=DocumentState.DONE).order_by("at", "pk").values_list("pk", "campaign_id")
    ):
        newest[campaign] = pk
    old = LogDocument.objects.filter(
        state=DocumentState.DONE, ended_at__lt=now - timedelta(days=settings.LOG_PDF_DAYS)
    ).exclude(pk__in=newest.values())
    failed = LogDocument.objects.filter(state=DocumentState.FAILED, at__lt=now - FAILED_KEPT)
    n = 0
    for document in [*old, *failed]:
        name, storage = document.file.name, document.file.storage
        document.delete()
        if name:
            storage.delete(name)
        n += 1
    return n


def limit_memory() -> None:
    """For the process that makes one: no more than LOG_PDF_MEMORY_MB, so that the machine has some left."""
    most = settings.LOG_PDF_MEMORY_MB * 10**6
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _in_a_process(document: LogDocument) -> None:
    """Let `manage.py make_log_document` do it, and look after it until it ends. When we end, it does too (its input closes)."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "make_log_document", str(document.pk)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=settings.BASE_DIR)  # noqa: S603
    ends_at = time.monotonic() + settings.LOG_PDF_SECONDS
    why = ""
    try:
        while True:
            try:
                process.wait(LOOK_EVERY_SECONDS)
                break
            except subprocess.TimeoutExpired:
                LogDocument.objects.filter(pk=document.pk, state=DocumentState.MAKING).update(heard_at=timezone.now())
            if time.monotonic() > ends_at:
                why = TOO_LONG.format(minutes=settings.LOG_PDF_SECONDS / 60)
                break
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
    if not why and process.returncode < 0:
        why = KILLED.format(number=signal.Signals(-process.returncode).name)
    _fail(document, why or BROKEN.format(what=f"code {process.returncode}"))  # a row that ended by itself stays as it is


def _take_state(document: LogDocument, read: Read) -> None:
    """The log may have gone on since it was asked for: the row says what is really in the document."""
    state = read.state
    try:
        with transaction.atomic():
            LogDocument.objects.filter(pk=document.pk).update(
                log_key=state.key, people_key=state.people_key, up_to=state.up_to, n_entries=state.n_entries
            )
    except IntegrityError as error:
        raise Overtaken from error


def _tell(document: LogDocument, n_done: int) -> None:
    LogDocument.objects.filter(pk=document.pk, state=DocumentState.MAKING).update(n_done=n_done, heard_at=timezone.now())


def _keep(document: LogDocument, printed: Printed) -> None:
    """Keep the file and say that it is there; the campaign's steps look whether that is what they wait for."""
    document.refresh_from_db()
    document.file.save("log.pdf", ContentFile(printed.body), save=False)
    name, storage = document.file.name, document.file.storage
    assert name is not None
    try:
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update().get(pk=document.campaign_id)
            kept = LogDocument.objects.filter(pk=document.pk, state=DocumentState.MAKING).update(
                state=DocumentState.DONE, n_done=document.n_entries, n_pages=printed.n_pages, file=name,
                size_bytes=len(printed.body), sha256=hashlib.sha256(printed.body).hexdigest(), ended_at=timezone.now(),
            )  # fmt: skip
            if kept:
                campaign_changed.send(Campaign, campaign=campaign)
    except BaseException:
        storage.delete(name)
        raise
    if not kept:
        storage.delete(name)


def _fail(document: LogDocument, why: str) -> None:
    LogDocument.objects.filter(pk=document.pk, state__in=[DocumentState.QUEUED, DocumentState.MAKING]).update(
        state=DocumentState.FAILED, error=why, ended_at=timezone.now()
    )
