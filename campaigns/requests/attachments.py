"""Files with a comment: checked by what they hold, not by what they are called; kept under a name of the portal's own."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from campaigns.models import Attachment, RequestComment
from portal.errors import Invalid

LARGEST_BYTES = 10 * 10**6
MOST_FILES = 10
LONGEST_NAME = 150


@dataclass(frozen=True)
class Checked:
    """An uploaded file that may be kept."""

    name: str
    content_type: str
    body: bytes


def check_upload(file: UploadedFile[Any]) -> Checked:
    """Read an uploaded file and say what it is. Raises Invalid (field `files`), naming the file and the reason."""
    name = safe_name(file.name or "")
    if file.size is not None and file.size > LARGEST_BYTES:
        raise _refused(name, f"has {file.size / 10**6:.1f} MB; at most 10 MB are kept. Put a link to it")
    body = file.read(LARGEST_BYTES + 1)
    if len(body) > LARGEST_BYTES:
        raise _refused(name, "has more than 10 MB. Put a link to it")
    if not body:
        raise _refused(name, "is empty. Leave it out")
    ending = PurePosixPath(name).suffix.lower()
    if ending not in KINDS:
        raise _refused(name, f"is of no kind that is kept ({', '.join(sorted(e[1:] for e in KINDS))}). Put a link to it")
    content_type, holds = KINDS[ending]
    if not holds(body):
        raise _refused(name, f"does not hold what {ending} promises. Check the file")
    return Checked(name, content_type, body)


def attach(comment: RequestComment, files: Sequence[Checked]) -> list[Attachment]:
    """Keep the files with the comment. What was written is removed again when one of them fails."""
    kept: list[Attachment] = []
    try:
        for file in files:
            digest = hashlib.sha256(file.body).hexdigest()
            attachment = Attachment(
                comment=comment, name=file.name, content_type=file.content_type, size_bytes=len(file.body), sha256=digest
            )
            attachment.file.save(digest[:32] + PurePosixPath(file.name).suffix.lower(), ContentFile(file.body), save=False)
            kept.append(attachment)
            attachment.save()
    except BaseException:
        for attachment in kept:
            attachment.file.delete(save=False)
        raise
    return kept


def safe_name(name: str) -> str:
    """A file's name without its path, control characters and anything a browser or shell would take for more than a name."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r"[^\w .()+,=@-]", "_", name).strip(" .") or "file"
    path = PurePosixPath(name)
    return name if len(name) <= LONGEST_NAME else path.stem[: LONGEST_NAME - len(path.suffix[:10])] + path.suffix[:10]


def _is_png(body: bytes) -> bool:
    return body.startswith(b"\x89PNG\r\n\x1a\n") and body[12:16] == b"IHDR"


def _is_jpeg(body: bytes) -> bool:
    return body.startswith(b"\xff\xd8\xff")


def _is_pdf(body: bytes) -> bool:
    return body.startswith(b"%PDF-")


def _is_text(body: bytes) -> bool:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text)


def _is_json(body: bytes) -> bool:
    if not _is_text(body):
        return False
    try:
        json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True


KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".png": ("image/png", _is_png),
    ".jpg": ("image/jpeg", _is_jpeg),
    ".jpeg": ("image/jpeg", _is_jpeg),
    ".pdf": ("application/pdf", _is_pdf),
    ".txt": ("text/plain", _is_text),
    ".csv": ("text/csv", _is_text),
    ".json": ("application/json", _is_json),
    ".fcl": ("text/plain", _is_text),
}


def _refused(name: str, why: str) -> Invalid:
    return Invalid(f"{name} {why}.", field="files")
