"""Files with a comment: checked by what they hold (portal/uploads.py), kept under a name of the portal's own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from campaigns.models import Attachment, RequestComment
from portal.uploads import DOCUMENTS, PICTURES, TEXTS, Checked, check_file

LARGEST_BYTES = 10 * 10**6
MOST_FILES = 10
KINDS = {**PICTURES, **DOCUMENTS, **TEXTS}


def check_upload(file: UploadedFile[Any]) -> Checked:
    """Read an uploaded file and say what it is. Raises Invalid (field `files`), naming the file and the reason."""
    return check_file(file, kinds=KINDS, largest_bytes=LARGEST_BYTES)


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
