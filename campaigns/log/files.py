"""Files with an entry: checked by what they hold, pictures made anew from their pixels, kept under names that say nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from campaigns.models import LogEntry, LogFile
from portal.errors import Invalid
from portal.pictures import Picture, made_anew
from portal.uploads import DOCUMENTS, PICTURES, TEXTS, Kinds, check_file, is_gif, is_text, is_webp

LARGEST_BYTES = 10 * 10**6
MOST_FILES = 10  # at once
MOST_OF_ENTRY = 40
PICTURE_KINDS: Kinds = {**PICTURES, ".gif": ("image/gif", is_gif), ".webp": ("image/webp", is_webp)}
TEXT_KINDS: Kinds = {
    **TEXTS,
    **dict.fromkeys((".log", ".md", ".sh", ".py", ".yaml", ".yml", ".toml", ".out", ".err"), ("text/plain", is_text)),
}
KINDS: Kinds = {**PICTURE_KINDS, **DOCUMENTS, **TEXT_KINDS}


@dataclass(frozen=True)
class Ready:
    """A file that was checked and may be kept with an entry; `picture` where it is one."""

    name: str
    content_type: str
    body: bytes
    picture: Picture | None = None


def check(file: UploadedFile[Any] | Ready) -> Ready:
    """Read an uploaded file; a picture is made anew. Raises Invalid (field `files`), naming the file and the reason."""
    if isinstance(file, Ready):
        return file
    checked = check_file(file, kinds=KINDS, largest_bytes=LARGEST_BYTES)
    path = PurePosixPath(checked.name)
    if path.suffix.lower() not in PICTURE_KINDS:
        return Ready(checked.name, checked.content_type, checked.body)
    picture = made_anew(checked.name, checked.body)
    is_same = {".jpeg": ".jpg"}.get(path.suffix.lower(), path.suffix.lower()) == picture.ending
    name = checked.name if is_same else f"{path.stem}{picture.ending}"
    return Ready(name, picture.content_type, picture.body, picture)


def check_all(files: Sequence[UploadedFile[Any] | Ready]) -> list[Ready]:
    """Check all before any is kept: one bad file refuses the whole."""
    if len(files) > MOST_FILES:
        raise Invalid(f"{len(files)} files are too many; attach at most {MOST_FILES} at once.", field="files")
    return [check(file) for file in files]


def keep(entry: LogEntry, files: Sequence[Ready]) -> list[LogFile]:
    """Keep the files with the entry, numbered after those it has. What was written is removed again when one fails.

    In the caller's transaction, which holds the entry.
    """
    before = entry.files.count() if files else 0
    if before + len(files) > MOST_OF_ENTRY:
        raise Invalid(f"An entry keeps at most {MOST_OF_ENTRY} files; write another one.", field="files")
    kept: list[LogFile] = []
    try:
        for number, file in enumerate(files, before + 1):
            row = LogFile(
                entry=entry, number=number, name=file.name, content_type=file.content_type, size_bytes=len(file.body),
                sha256=hashlib.sha256(file.body).hexdigest(),
            )  # fmt: skip
            kept.append(row)
            row.file.save(file.name, ContentFile(file.body), save=False)
            if file.picture is not None:
                row.width, row.height = file.picture.width, file.picture.height
                row.thumbnail.save(f"small{file.picture.ending}", ContentFile(file.picture.thumbnail), save=False)
            row.save()
    except BaseException:
        forget(kept)
        raise
    return kept


def forget(files: Sequence[LogFile]) -> None:
    """Remove what was written for rows that are not kept after all."""
    for row in files:
        for one in (row.file, row.thumbnail):
            if one:
                one.delete(save=False)
