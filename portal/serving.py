"""Files that people brought, handed out so that none of them acts under the portal's address."""

from __future__ import annotations

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404

SHOWN_INLINE = frozenset({"image/png", "image/jpeg"})  # and only when made anew by portal/pictures.py


def hand_out(file: FieldFile, name: str, content_type: str, *, made_anew: bool = False) -> FileResponse:
    """The file as a download; `made_anew`: a picture of our own making, which pages show. Raises Http404 when it is gone."""
    try:
        opened = file.open("rb")
    except (FileNotFoundError, ValueError) as missing:
        raise Http404("The file is not on the server any more; ask an administrator.") from missing
    is_shown = made_anew and content_type in SHOWN_INLINE
    answer = FileResponse(opened, as_attachment=not is_shown, filename=name, content_type=content_type)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    if is_shown:
        answer["Cache-Control"] = "private, max-age=86400, immutable"  # what is kept under a number never changes
    return answer
