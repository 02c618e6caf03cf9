"""What shows that a criterion holds: a text, a link, a file, a workflow or an entry of the log, kept with author and hash."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from campaigns.models import Campaign, Evidence, EvidenceKind, LogEntry, StepVerb
from campaigns.requests.attachments import check_upload
from campaigns.steps.loading import held
from campaigns.steps.process import Kind
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_give_evidence
from campaigns.steps.services import check_open, criterion_of, plain
from monitoring.models import Workflow
from portal.errors import Invalid, NotAllowed
from portal.models import User
from portal.uploads import Checked

LONGEST_TEXT = 10_000
LONGEST_URL = 1_000
KEPT_IN_ACT = 300


def add_evidence(
    campaign: Campaign,
    criterion_key: str,
    *,
    actor: User,
    text: str = "",
    url: str = "",
    file: UploadedFile[Any] | None = None,
    workflow: int | None = None,
    log_entry: int | None = None,
) -> Evidence:
    """Keep evidence for a criterion: a file, a workflow by its justIN id, an entry of the campaign's log by its number or a
    link, each with a text if wanted; or a text alone. A manual criterion is met by it, an explainable one explained; elsewhere
    it stands beside the facts.
    """
    text, url = plain(text), plain(url)
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_TEXT:,}, or a file.", field="text")
    if sum((bool(url), file is not None, workflow is not None, log_entry is not None)) > 1:
        raise Invalid("Give one thing at a time: a link, a file, a workflow or a log entry.", field="url" if url else "file")
    if url:
        _check_url(url)
    if not (text or url or file is not None or workflow is not None or log_entry is not None):
        raise Invalid("Give a text, a link, a file, a workflow or a log entry that shows it.", field="text")
    checked = _checked(file) if file is not None else None
    with held(campaign) as situation:
        step, one = criterion_of(situation, criterion_key)
        criterion = one.criterion
        if not can_give_evidence(actor, campaign, criterion):
            raise NotAllowed(f"Only shifters of {campaign} and coordinators give evidence for this.")
        if criterion.kind is Kind.SIGN_OFF:
            raise Invalid("A sign-off takes no evidence; it is signed.", field="criterion")
        check_open(situation, step, criterion)
        shown = _workflow(campaign, workflow) if workflow is not None else None
        entry = _entry(campaign, log_entry) if log_entry is not None else None
        evidence = Evidence(
            campaign=campaign, step=step.key, criterion=criterion.key, text=text, workflow=shown, author=actor,
            url=entry.get_absolute_url() if entry else url, kind=_kind(checked, shown, entry, url),
            sha256=_hash(checked, shown, entry, url, text),
        )  # fmt: skip
        if checked is not None:
            _keep_file(evidence, checked)
        try:
            evidence.save()
            record(
                campaign, StepVerb.EVIDENCE_ADDED, actor=actor, step=step.key, criterion=criterion.key,
                note=evidence.text[:KEPT_IN_ACT], evidence=evidence.pk, sha256=evidence.sha256, kind=str(evidence.kind),
                text=evidence.text[:KEPT_IN_ACT], about=_about(evidence), stays_open=criterion.stays_open,
                **_shown_entry(entry),
            )  # fmt: skip
            refresh(campaign)
        except BaseException:
            if evidence.file:
                evidence.file.delete(save=False)
            raise
    return evidence


def _checked(file: UploadedFile[Any]) -> Checked:
    try:
        return check_upload(file)
    except Invalid as refused:
        raise Invalid(refused.message, field="file") from refused


def _keep_file(evidence: Evidence, checked: Checked) -> None:
    evidence.file_name, evidence.content_type = checked.name, checked.content_type
    evidence.size_bytes = len(checked.body)
    ending = PurePosixPath(checked.name).suffix.lower()
    evidence.file.save(evidence.sha256[:32] + ending, ContentFile(checked.body), save=False)


def _check_url(url: str) -> None:
    if len(url) > LONGEST_URL:
        raise Invalid(f"The link has {len(url):,} characters; use at most {LONGEST_URL:,}.", field="url")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"]", url):
        raise Invalid("Give a link that begins with https:// (or http://).", field="url")


def _workflow(campaign: Campaign, justin_id: int) -> Workflow:
    found = campaign.workflows().filter(justin_id=justin_id).first() if 0 < justin_id < 2**31 else None
    if found is None:
        raise Invalid(f"Workflow {justin_id} is none of {campaign}; watch it first.", field="workflow")
    return found


def _entry(campaign: Campaign, number: int) -> LogEntry:
    found = LogEntry.objects.filter(campaign=campaign, number=number).first() if 0 < number < 2**31 else None
    if found is None:
        raise Invalid(f"The log of {campaign} has no entry {number}.", field="log_entry")
    if found.is_struck:
        raise Invalid(f"Entry {number} was struck through; it shows nothing.", field="log_entry")
    return found


def _shown_entry(entry: LogEntry | None) -> dict[str, Any]:
    return {"log_entry": entry.number} if entry is not None else {}


def _kind(checked: Checked | None, workflow: Workflow | None, entry: LogEntry | None, url: str) -> EvidenceKind:
    if checked is not None:
        return EvidenceKind.FILE
    if workflow is not None:
        return EvidenceKind.WORKFLOW
    if entry is not None:
        return EvidenceKind.LOG_ENTRY
    return EvidenceKind.LINK if url else EvidenceKind.TEXT


def _hash(checked: Checked | None, workflow: Workflow | None, entry: LogEntry | None, url: str, text: str) -> str:
    """Of a file its bytes alone, so that anybody can compare it; of all else kind and content."""
    if checked is not None:
        return hashlib.sha256(checked.body).hexdigest()
    if entry is not None:  # as it was when it was shown: the version is kept for good
        return hashlib.sha256(f"log-entry {entry.number} version {entry.version}\n{entry.body}\n{text}".encode()).hexdigest()
    content = f"workflow {workflow.justin_id}\n{text}" if workflow else f"link {url}\n{text}" if url else f"text {text}"
    return hashlib.sha256(content.encode()).hexdigest()


def _about(evidence: Evidence) -> str:
    """What it is, for the history."""
    if evidence.workflow is not None:
        return str(evidence.workflow)
    if evidence.kind == EvidenceKind.LOG_ENTRY:
        return f"log entry {evidence.log_entry}"
    return evidence.file_name or evidence.url
