"""Takes a document that was the log before as the beginning of the log here: looked at first, then written, once.

Looking keeps nothing. The document is read again when it is taken, and must be the one that was looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.utils import timezone

from campaigns.log.content import checked_body, checked_step
from campaigns.log.files import Ready, check, forget, keep
from campaigns.log.recording import add_entry, held
from campaigns.log_documents.incoming.document import Document, Picture
from campaigns.log_documents.incoming.docx import read_docx
from campaigns.log_documents.incoming.package import LARGEST_FILE_BYTES, refused
from campaigns.log_documents.incoming.pieces import PICTURE, Piece, cut
from campaigns.log_documents.incoming.text import read_text
from campaigns.log_documents.rules import can_import
from campaigns.models import Campaign, CampaignEvent, CampaignVerb, EntryKind, LogEntry, LogFile, LogImport, VersionKind
from campaigns.signals import campaign_changed, log_changed
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.uploads import safe_name

READERS = {".docx": read_docx, ".md": read_text, ".markdown": read_text, ".txt": read_text}
MOST_ENTRIES = 2_000
TAG = "imported"
NEEDS = "Taking a document into the log is for shifters of the campaign and coordinators."


class TakenAlready(Conflict):
    """The file is in the log already; `there` says where."""

    def __init__(self, there: LogImport) -> None:
        super().__init__(
            f"{there.by} took this file on {there.at:%Y-%m-%d at %H:%M} UTC: entries {there.first_number} to "
            f"{there.last_number}.", field="file",
        )  # fmt: skip
        self.there = there


@dataclass(frozen=True)
class Found:
    """An entry to be, with the pictures that go with it, looked through already."""

    piece: Piece
    at: datetime
    body: str
    files: Sequence[Ready]


@dataclass(frozen=True)
class Looked:
    """A document before it is taken. `notes` is what whoever takes it should know: dates not read, pictures left out."""

    file_name: str
    sha256: str
    size_bytes: int
    entries: Sequence[Found]
    notes: Sequence[str]

    @property
    def n_undated(self) -> int:
        return sum(one.piece.at is None for one in self.entries)

    @property
    def n_pictures(self) -> int:
        return sum(len(one.files) for one in self.entries)


def look_at(campaign: Campaign, file: UploadedFile[Any], *, actor: User) -> Looked:
    """What would be taken. Raises NotAllowed, TakenAlready, or Invalid (field `file`) with the reason. Keeps nothing."""
    if not can_import(actor, campaign):
        raise NotAllowed(NEEDS)
    name = safe_name(file.name or "")
    if (file.size or 0) > LARGEST_FILE_BYTES:
        raise refused(f"The file has {(file.size or 0) / 10**6:.1f} MB; at most 20 MB are read. Import it in parts")
    read = READERS.get(PurePosixPath(name).suffix.lower())
    if read is None:
        raise refused(f"{name} is neither .docx nor .md. In Google Docs choose File, Download, Microsoft Word (.docx)")
    body = file.read(LARGEST_FILE_BYTES + 1)
    digest = hashlib.sha256(body).hexdigest()
    _check_is_new(campaign, digest)
    return _looked(read(body), name, digest, len(body))


def take(campaign: Campaign, file: UploadedFile[Any], *, actor: User, sha256: str) -> LogImport:
    """Write the entries of the document that was looked at (`sha256`), all or none, and keep who took it."""
    looked = look_at(campaign, file, actor=actor)
    if looked.sha256 != sha256:
        raise Conflict("This is another file than the one you looked at. Look at what it holds, then take it.", field="file")
    now = timezone.now()
    kept: list[LogFile] = []
    try:
        with transaction.atomic(), held(campaign):
            _check_is_new(campaign, looked.sha256)
            step = checked_step(campaign, None)
            numbers = []
            for found in looked.entries:
                entry = _write(campaign, found, looked, actor=actor, now=now, step=step)
                kept += keep(entry, found.files)
                log_changed.send(sender=LogEntry, entry=entry, what=VersionKind.WRITTEN)
                numbers.append(entry.number)
            taken = LogImport.objects.create(
                campaign=campaign, sha256=looked.sha256, file_name=looked.file_name, size_bytes=looked.size_bytes,
                n_entries=len(numbers), first_number=numbers[0], last_number=numbers[-1], by=actor, at=now,
            )  # fmt: skip
            _tell_history(taken)
            campaign_changed.send(Campaign, campaign=Campaign.objects.get(pk=campaign.pk))
    except BaseException:
        forget(kept)
        raise
    return taken


def _looked(document: Document, name: str, digest: str, size: int) -> Looked:
    now = timezone.now()
    found = cut(document.text, now)
    if not found.pieces:
        raise refused(f"There is no text in {name}")
    if len(found.pieces) > MOST_ENTRIES:
        raise refused(f"It would become {len(found.pieces):,} entries; at most {MOST_ENTRIES:,} are taken at once")
    dated = [piece.at for piece in found.pieces if piece.at is not None]
    begins = min(dated, default=now)  # what cannot be dated stands at the beginning
    ready, notes = _ready(document.pictures.values())
    entries = [_found(piece, piece.at or begins, ready) for piece in found.pieces]
    lost = [f"A picture is left out: {why}." for why in dict.fromkeys(document.lost)]
    return Looked(name, digest, size, entries, [*found.notes, *lost, *notes])


def _ready(pictures: Any) -> tuple[dict[str, Ready], list[str]]:
    """The pictures by the name that the text gives them, looked through; and why others cannot be kept."""
    ready: dict[str, Ready] = {}
    notes: list[str] = []
    for picture in pictures:
        assert isinstance(picture, Picture)
        try:
            ready[picture.name] = check(SimpleUploadedFile(picture.name, picture.body))
        except Invalid as why:
            notes.append(f"A picture is left out: {why.message}")
    return ready, notes


def _found(piece: Piece, at: datetime, ready: dict[str, Ready]) -> Found:
    """The text names each picture as it will be called; one that cannot be kept is said in words."""

    def shown(match: Any) -> str:
        file = ready.get(match["name"])
        return match[0].replace(match["name"], file.name) if file is not None else "(picture left out)"

    files = [ready[name] for name in piece.pictures if name in ready]
    return Found(piece, at, checked_body(PICTURE.sub(shown, piece.body), with_files=True), files)


def _write(campaign: Campaign, found: Found, looked: Looked, *, actor: User, now: datetime, step: str) -> LogEntry:
    """Whoever takes the document is the author: the portal cannot know who wrote it, its text may say so. Nobody is told of
    being mentioned in what was written long ago.
    """
    imported = {"file": looked.file_name, "sha256": looked.sha256, "by": actor.username, "has_date": found.piece.at is not None}
    return add_entry(
        campaign, EntryKind.NOTE, found.body, author=actor, happened_at=found.at, written_at=now, tags=[TAG],
        references=[("tag", TAG)], file_names=[file.name for file in found.files], step=step,
        data={"imported": imported | ({"part": found.piece.part} if found.piece.part > 1 else {})},
    )  # fmt: skip


def _tell_history(taken: LogImport) -> None:
    """Of the campaign: who took which file, as what."""
    what = f"entries {taken.first_number} to {taken.last_number}, from {taken.file_name} (sha256 {taken.sha256[:16]})"
    CampaignEvent.objects.create(
        campaign=taken.campaign, verb=CampaignVerb.CHANGED, actor=taken.by, note="the log",
        data={"changes": [{"field": "log", "label": "log, from a document", "old": "", "new": what}]},
    )  # fmt: skip


def _check_is_new(campaign: Campaign, digest: str) -> None:
    there = LogImport.objects.filter(campaign=campaign, sha256=digest).select_related("by", "campaign").first()
    if there is not None:
        raise TakenAlready(there)
