"""What is being written: kept as it is typed, so that neither a lost session nor a second window loses a word.

save_draft(campaign, actor=shifter, about="new", content={"body": …}, version=3)

A save names the version it began from. When another window saved since, nothing is overwritten: OtherDraft has that text, and
the person chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.utils import timezone

from campaigns.log.files import MOST_FILES, Ready, check
from campaigns.log.rules import NEEDS_A_ROLE, can_reply
from campaigns.models import Campaign, LogDraft, LogDraftFile
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

FIELDS = ("kind", "body", "happened_at", "tags", "workflows", "sites", "meeting", "base")
LONGEST = {"body": 120_000}  # twice of what an entry may have: what is too long is refused when it is sent, and kept till then
LONGEST_FIELD = 2_000
ABOUT = re.compile(r"new|check|handover|(reply|edit|amend)-[1-9][0-9]{0,8}")

Content = dict[str, str]


class OtherDraft(Conflict):
    """The draft was saved, sent or thrown away elsewhere since; `draft` is as it stands."""

    def __init__(self, draft: LogDraft) -> None:
        what = "You changed this text in another window." if draft.content else "This text was sent or thrown away elsewhere."
        super().__init__(f"{what} Choose which one stands.", field="version")
        self.draft = draft


def clean_content(raw: object) -> Content:
    """The fields of a form as texts, as typed; '' for those that are not there. Content of nothing is {}."""
    given: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    content = {}
    for name in FIELDS:
        value = given.get(name)
        text = value if isinstance(value, str) else ""
        text = text.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
        content[name] = text[: LONGEST.get(name, LONGEST_FIELD)]
    return content if content["body"].strip() else {}


def draft_of(campaign: Campaign, user: User, about: str = "new") -> LogDraft | None:
    """The draft with its files, two queries; None when nothing was ever kept."""
    return LogDraft.objects.filter(campaign=campaign, user=user, about=about).prefetch_related("files").first()


def save_draft(campaign: Campaign, *, actor: User, about: str, content: object, version: int) -> LogDraft:
    """Keep this as the draft's next version. Raises OtherDraft when it is not the one that `version` names any more."""
    wanted = clean_content(content)
    with _held(campaign, actor, about) as draft:
        if draft.content == wanted:  # its answer was lost, or both windows say the same
            return draft
        if draft.version != version:
            raise OtherDraft(draft)
        _put(draft, wanted)
    return draft


def clear_draft(campaign: Campaign, *, actor: User, about: str, version: int | None = None) -> None:
    """It was sent, or is thrown away: the row stays empty, its files go. With `version` only while it is still that one."""
    with _held(campaign, actor, about) as draft:
        if version is not None and draft.version != version:
            return  # another window went on writing; that text stays
        empty(draft)


def empty(draft: LogDraft) -> None:
    """Take away its text and files, in a transaction that holds the row; the row goes on counting versions."""
    _put(draft, {})
    for file in draft.files.all():
        _remove(file)


def put_file(campaign: Campaign, *, actor: User, about: str, file: UploadedFile[Any]) -> LogDraftFile:
    """Keep a file with the draft: checked now, by what it holds, and again when it goes into the log."""
    ready = check(file)
    with _held(campaign, actor, about) as draft:
        names = set(draft.files.values_list("name", flat=True))
        if len(names) >= MOST_FILES:
            raise Invalid(f"An entry takes at most {MOST_FILES} files at once; send it, then add the rest.", field="files")
        row = LogDraftFile(
            draft=draft, name=_free(ready.name, names), content_type=ready.content_type, size_bytes=len(ready.body)
        )
        row.file.save(ready.name, ContentFile(ready.body), save=False)
        try:
            row.save()
        except BaseException:
            row.file.delete(save=False)
            raise
        LogDraft.objects.filter(pk=draft.pk).exclude(goes_at=None).update(goes_at=None)  # somebody goes on with it
    return row


def drop_file(file: LogDraftFile) -> None:
    """Take it away from the draft again."""
    with transaction.atomic():
        _remove(file)


def files_ready(draft: LogDraft | None) -> list[Ready]:
    """The draft's files, checked once more, for write_entry. What is not on the server any more is refused by name."""
    found = []
    for row in draft.files.all() if draft else ():
        try:
            with row.file.open("rb") as opened:
                body = opened.read()
        except FileNotFoundError as missing:
            gone = f"{row.name} is not on the server any more. Take it away and add it again."
            raise Invalid(gone, field="files") from missing
        found.append(check(SimpleUploadedFile(row.name, body, row.content_type)))
    return found


@contextmanager
def _held(campaign: Campaign, actor: User, about: str) -> Iterator[LogDraft]:
    """The draft's row to the end of a transaction; made where there is none yet."""
    if not can_reply(actor):
        raise NotAllowed(NEEDS_A_ROLE)
    if not ABOUT.fullmatch(about):
        raise Invalid("The browser named no text to keep. Load the page anew.", field="about")
    with transaction.atomic():
        LogDraft.objects.get_or_create(campaign=campaign, user=actor, about=about)
        yield LogDraft.objects.select_for_update().get(campaign=campaign, user=actor, about=about)


def _put(draft: LogDraft, content: Content) -> None:
    draft.content, draft.version, draft.saved_at, draft.goes_at = content, draft.version + 1, timezone.now(), None
    draft.save(update_fields=["content", "version", "saved_at", "goes_at"])


def _remove(file: LogDraftFile) -> None:
    stored = file.file
    file.delete()
    transaction.on_commit(lambda: stored.delete(save=False))


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number where the draft has it already: pasted pictures are all called image.png."""
    path, number, free = PurePosixPath(name), 2, name
    while free in taken:
        free = f"{path.stem}-{number}{path.suffix}"
        number += 1
    return free
