"""Texts that somebody began and did not send: found again by their author, told of when they have lain for long, then removed.

The daily task may be missed or run twice. Nothing goes that its author was not told of for TOLD_FOR.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone

from campaigns.log.drafts import empty
from campaigns.models import Campaign, LogDocument, LogDraft, LogDraftFile
from portal.notices import tell
from portal.roles import Anyone

KEPT_FOR = timedelta(days=90)  # a step of a campaign takes weeks: who has not come back in a season does not
TOLD_FOR = timedelta(days=14)  # of these: longer than most are away
LOOSE_AFTER = timedelta(days=1)  # a file is on the disk before its row is committed
WRITTEN_AT = {"new": "campaigns:log-write", "check": "campaigns:check-record", "handover": "campaigns:handover-write"}
BEGUN = ~Q(content={}) | Q(files__isnull=False)  # a row that holds nothing stays: its version must not begin anew
NAMES = {"new": "entry", "reply": "reply to", "edit": "change of", "amend": "addition to"}


def unfinished(user: Anyone, campaign: Campaign | None = None, *, and_about: str = "") -> QuerySet[LogDraft]:
    """The person's own, what was touched last first; of all campaigns that they may see, or of one. `touched_at` says when.

    `and_about`: this draft as well where its row holds nothing, as forms need its version.
    """
    if not user.pk:
        return LogDraft.objects.none()
    drafts = _with_touch().filter(BEGUN | Q(about=and_about), user=user.pk)
    if campaign is not None:
        return drafts.filter(campaign=campaign).select_related("campaign").order_by("-touched_at")
    visible = Campaign.objects.visible_to(user).values("pk")
    return drafts.filter(campaign__in=visible).select_related("campaign").order_by("-touched_at")


def name_of(about: str) -> str:
    """What is being written: check, reply to entry 121."""
    verb, _dash, number = about.partition("-")
    return f"{NAMES[verb]} entry {number}" if number else NAMES.get(verb, verb)


def written_at(campaign: Campaign, about: str) -> str:
    """The address of the form."""
    verb, _dash, number = about.partition("-")
    where = WRITTEN_AT.get(verb, f"campaigns:log-{verb}")
    return reverse(where, args=[campaign.slug, *([number] if number else [])])


def clean_drafts(now: datetime | None = None) -> int:
    """Tell authors of what has lain for long, and remove what they were told of; then files that belong to nothing, which a
    process that was killed left behind. Returns how many drafts were removed.
    """
    now = now or timezone.now()
    for draft in (
        _with_touch().filter(BEGUN, goes_at=None, touched_at__lt=now - KEPT_FOR + TOLD_FOR).select_related("user", "campaign")
    ):
        _tell(draft, now + TOLD_FOR)
    n = sum(_remove(pk, now) for pk in LogDraft.objects.filter(goes_at__lte=now).values_list("pk", flat=True))
    for model in (LogDraftFile, LogDocument):  # not the log's own: a database restored from yesterday must find its files
        field = model._meta.get_field("file")
        folder = "log-drafts" if model is LogDraftFile else "log-documents"
        _sweep(field.storage, folder, set(model.objects.values_list("file", flat=True)), now - LOOSE_AFTER)
    return n


def _with_touch() -> QuerySet[Any]:
    return LogDraft.objects.annotate(touched_at=Greatest(F("saved_at"), Coalesce(Max("files__at"), F("saved_at"))))


def _tell(draft: LogDraft, goes_at: datetime) -> None:
    """Whoever goes on with it in this moment wins: the version is another one then."""
    with transaction.atomic():
        same = LogDraft.objects.filter(pk=draft.pk, version=draft.version, goes_at=None)
        if same.update(goes_at=goes_at):
            tell(
                [draft.user],
                f"{draft.campaign}: the {name_of(draft.about)} that you began goes on {goes_at:%-d %b}",
                "Nobody has touched it for long. Send it, change it, or let it go.",
                path=written_at(draft.campaign, draft.about),
            )


def _remove(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        draft = LogDraft.objects.select_for_update().filter(pk=pk, goes_at__lte=now).first()
        if draft is not None:
            empty(draft)
    return draft is not None


def _sweep(storage: Storage, folder: str, known: set[str], before: datetime) -> None:
    """Delete the files in and below a folder that are older and not known."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in (f"{folder}/{file}" for file in files):
        if name not in known and storage.get_modified_time(name) < before:
            storage.delete(name)
    for below in folders:
        _sweep(storage, f"{folder}/{below}", known, before)
