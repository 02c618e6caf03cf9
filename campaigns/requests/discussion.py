"""The discussion on a request: comments in Markdown, kept as written, with mentions and attached files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q

from campaigns.models import ProductionRequest, RequestComment, RequestEvent, RequestVerb
from campaigns.requests.attachments import MOST_FILES, attach, check_upload
from campaigns.requests.rules import can_comment
from campaigns.requests.telling import group_of, tell_people
from portal.errors import Invalid, NotAllowed
from portal.mentions import people_named
from portal.models import User

LONGEST_COMMENT = 10_000


def comment(
    request: ProductionRequest,
    text: str,
    *,
    actor: User,
    parent: RequestComment | None = None,
    files: Sequence[UploadedFile[Any]] = (),
) -> RequestComment:
    """Add to the discussion. Tells the requester's group, whoever takes part in the thread, and whoever is @mentioned.

    A reply to a reply joins the thread it is in. Each file is checked by what it holds; one bad file refuses the whole.
    """
    if not can_comment(actor):
        raise NotAllowed("Commenting needs a role in the portal. Ask an administrator for one.")
    if not ProductionRequest.objects.visible_to(actor).filter(pk=request.pk).exists():
        raise NotAllowed("This draft is not open to you.")
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Invalid("Write something; a file needs a word on what it is." if files else "Write something.", field="text")
    if len(text) > LONGEST_COMMENT:
        raise Invalid(f"The comment has {len(text):,} characters; use at most {LONGEST_COMMENT:,}.", field="text")
    if parent is not None and parent.request_id != request.pk:
        raise Invalid("The comment answered is none of this request.", field="parent")
    if len(files) > MOST_FILES:
        raise Invalid(f"{len(files)} files are too many; attach at most {MOST_FILES}.", field="files")
    checked = [check_upload(file) for file in files]
    with transaction.atomic():
        thread = parent.parent or parent if parent is not None else None
        added = RequestComment.objects.create(request=request, parent=thread, author=actor, text=text)
        mentioned = mentioned_in(text, request)
        added.mentioned.set(mentioned)
        RequestEvent.objects.create(
            request=request, verb=RequestVerb.COMMENTED, actor=actor, data={"comment": added.pk, "files": len(checked)}
        )
        _tell(request, added, mentioned)
        attach(added, checked)
    return added


def mentioned_in(text: str, request: ProductionRequest) -> list[User]:
    """The people named as @name in the text who may see the request, each once."""
    return [user for user in people_named(text) if ProductionRequest.objects.visible_to(user).filter(pk=request.pk).exists()]


def _tell(request: ProductionRequest, added: RequestComment, mentioned: list[User]) -> None:
    author, title = added.author, f"request {request.pk} “{request.title}”"
    tell_people(mentioned, request, author, f"{author} mentioned you on {title}", added.text)
    told = {user.pk for user in mentioned}
    others = {user.pk: user for user in group_of(request)}
    if added.parent is not None:
        in_thread = RequestComment.objects.filter(Q(parent=added.parent) | Q(pk=added.parent.pk)).values("author")
        others |= {user.pk: user for user in User.objects.filter(pk__in=in_thread)}
    rest = [user for pk, user in others.items() if pk not in told]
    tell_people(rest, request, author, f"{author} commented on {title}", added.text)
