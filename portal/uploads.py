"""Files that people bring: checked by what they hold, not by what they are called, before anything of them is kept.

Which kinds are kept, and how large they may be, says whoever takes them: a table of endings (TEXTS, DOCUMENTS, PICTURES).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from portal.errors import Invalid

LONGEST_NAME = 150
Kinds = Mapping[str, tuple[str, Callable[[bytes], bool]]]  # by ending: content type, and whether bytes are of that kind


@dataclass(frozen=True)
class Checked:
    """An uploaded file that may be kept."""

    name: str
    content_type: str
    body: bytes


def check_file(file: UploadedFile[Any], *, kinds: Kinds, largest_bytes: int) -> Checked:
    """Read an uploaded file and say what it is. Raises Invalid (field `files`), naming the file and the reason."""
    name = safe_name(file.name or "")
    limit = f"{largest_bytes / 10**6:.0f} MB"
    if file.size is not None and file.size > largest_bytes:
        raise refused(name, f"has {file.size / 10**6:.1f} MB; at most {limit} are kept. Put a link to it")
    body = file.read(largest_bytes + 1)
    if len(body) > largest_bytes:
        raise refused(name, f"has more than {limit}. Put a link to it")
    if not body:
        raise refused(name, "is empty. Leave it out")
    ending = PurePosixPath(name).suffix.lower()
    if ending not in kinds:
        raise refused(name, f"is of no kind that is kept ({', '.join(sorted(e[1:] for e in kinds))}). Put a link to it")
    content_type, holds = kinds[ending]
    if not holds(body):
        raise refused(name, f"does not hold what {ending} promises. Check the file")
    return Checked(name, content_type, body)


def safe_name(name: str) -> str:
    """A file's name without its path, control characters and anything a browser or shell would take for more than a name."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r"[^\w .()+,=@-]", "_", name).strip(" .") or "file"
    path = PurePosixPath(name)
    return name if len(name) <= LONGEST_NAME else path.stem[: LONGEST_NAME - len(path.suffix[:10])] + path.suffix[:10]


def refused(name: str, why: str) -> Invalid:
    """The refusal of one file among several."""
    return Invalid(f"{name} {why}.", field="files")


def is_png(body: bytes) -> bool:
    return body.startswith(b"\x89PNG\r\n\x1a\n") and body[12:16] == b"IHDR"


def is_jpeg(body: bytes) -> bool:
    return body.startswith(b"\xff\xd8\xff")


def is_gif(body: bytes) -> bool:
    return body.startswith((b"GIF87a", b"GIF89a"))


def is_webp(body: bytes) -> bool:
    return body.startswith(b"RIFF") and body[8:12] == b"WEBP"


def is_pdf(body: bytes) -> bool:
    return body.startswith(b"%PDF-")


def is_text(body: bytes) -> bool:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text)


def is_json(body: bytes) -> bool:
    if not is_text(body):
        return False
    try:
        json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True


TEXTS: Kinds = {
    ".txt": ("text/plain", is_text),
    ".csv": ("text/csv", is_text),
    ".json": ("application/json", is_json),
    ".fcl": ("text/plain", is_text),
}
DOCUMENTS: Kinds = {".pdf": ("application/pdf", is_pdf)}
PICTURES: Kinds = {
    ".png": ("image/png", is_png),
    ".jpg": ("image/jpeg", is_jpeg),
    ".jpeg": ("image/jpeg", is_jpeg),
}
