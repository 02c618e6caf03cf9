"""The forms in which a log is written: a new entry, a reply, an edit, an addition, a check, a handover. What is refused comes
back as typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms

from campaigns.campaign_forms import line
from campaigns.log.drafts import Content, OtherDraft
from campaigns.log.opening import Opening
from campaigns.log.reading import last_number
from campaigns.log.unfinished import written_at
from campaigns.meetings.reading import meetings_offered
from campaigns.models import Campaign, EntryKind, LogDraft, LogEntry
from campaigns.step_forms import NAMED_ELSEWHERE, StepForm, text
from portal.models import User

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"]
SPLIT = re.compile(r"[\s,;]+")
MOST_TYPED = 200
NOT_TYPED = ("draft_version", "token", "read_to")
MORE = ("happened_at", "tags", "workflows", "sites", "meeting")  # folded away


class TextForm(StepForm):
    """A text with its files. `about` names the draft that it is kept as; `draft_version` is the one the page was made from."""

    button = "Save"
    heading = ""
    lede = ""
    asks = "Text"
    named_elsewhere = NAMED_ELSEWHERE | {"text": "body"}  # checks and handovers call it so

    body = forms.CharField(required=False, strip=False, label="Text", widget=text(6, spellcheck="true"))
    draft_version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    token = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, campaign: Campaign, user: User, about: str, draft: LogDraft | None, **kwargs: Any) -> None:
        super().__init__(*args, part="write", **kwargs)
        self.campaign, self.user, self.about = campaign, user, about
        self.clash: OtherDraft | None = None
        self.preview = ""
        self.file_errors: list[str] = []
        self.use_draft(draft)

    def use_draft(self, draft: LogDraft | None) -> None:
        """Its files are those of the form, its version is the one that the next save replaces."""
        self.draft = draft
        self.files_kept = list(draft.files.all()) if draft else []
        self.version_shown = draft.version if draft else 0
        self.is_kept = bool(draft and draft.content)

    @property
    def typed(self) -> Content:
        """The fields as typed, for keeping them."""
        return {name: str(self[name].value() or "") for name in self.fields if name not in NOT_TYPED}

    @property
    def token_shown(self) -> str:
        return str(self["token"].value() or "") or uuid4().hex

    @property
    def place(self) -> str:
        """The name under which a browser keeps what is typed."""
        return f"log/{self.user.pk}/{self.campaign.pk}/{self.about}"

    @property
    def sends_to(self) -> str:
        return written_at(self.campaign, self.about)

    @property
    def more_is_wrong(self) -> bool:
        """Whether a field that is folded away must be seen."""
        return any(name in self.errors for name in MORE)

    @property
    def more_is_said(self) -> bool:
        return any(name in self.fields and self[name].value() for name in MORE)


class EntryForm(TextForm):
    """A new entry."""

    button = "Record"
    heading = "Write"
    asks = "What you make of it"

    kind = forms.ChoiceField(
        label="Kind of entry",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choose a kind.", "invalid_choice": "Choose a kind that is offered."},
    )
    happened_at = forms.DateTimeField(
        required=False,
        label="Happened at",
        input_formats=TIME_FORMATS,
        widget=forms.DateTimeInput(attrs={"class": "form-control", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="UTC; empty: now.",
        error_messages={"invalid": "Give day and time as 2026-11-23 18:40, UTC."},
    )
    workflows = forms.CharField(
        required=False, label="Workflows", help_text="Those that the text names as #3225 are found anyhow.",
        widget=line(placeholder="3222, 3225", inputmode="numeric"),
    )  # fmt: skip
    sites = forms.CharField(required=False, label="Sites", widget=line(placeholder="UK_Brunel", spellcheck="false"))
    tags = forms.CharField(required=False, label="Tags", widget=line(placeholder="disk, tape"))
    meeting = forms.ChoiceField(required=False, label="Meeting", widget=forms.Select(attrs={"class": "form-select"}))
    read_to = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kinds: Sequence[EntryKind], newest: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label.capitalize()) for kind in kinds]  # type: ignore[attr-defined]
        field: Any = self.fields["meeting"]
        field.choices = [
            ("", "none"),
            *((f"{one.held_on:%Y-%m-%d}", f"{one.title}, {one.held_on:%a %Y-%m-%d}") for one in meetings_offered()),
        ]
        field.valid_value = lambda value: True  # one that is offered no more, of a draft: the service says what may be
        self.newest = last_number(self.campaign) if newest is None else newest

    def clean_workflows(self) -> list[int]:
        numbers = []
        for word in filter(None, SPLIT.split(self.cleaned_data["workflows"])):
            number = word.removeprefix("#")
            if not (number.isascii() and number.isdigit() and 0 < int(number[:20]) < 2**31):
                raise forms.ValidationError(f"“{word[:40]}” is no workflow’s number. Give them as 3222, 3225.")
            numbers.append(int(number))
        return numbers[:MOST_TYPED]

    def clean_sites(self) -> list[str]:
        return [word for word in SPLIT.split(self.cleaned_data["sites"]) if word][:MOST_TYPED]

    def clean_tags(self) -> list[str]:
        return [word for word in SPLIT.split(self.cleaned_data["tags"]) if word]


class ReplyForm(TextForm):
    button = "Reply"
    also: tuple[str, str] | None = None  # action and words of a second button


class AmendForm(TextForm):
    button = "Add this"


class EditForm(TextForm):
    button = "Save changes"

    tags = forms.CharField(required=False, label="Tags", widget=line())
    base = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def clean_tags(self) -> list[str]:
        return [word for word in SPLIT.split(self.cleaned_data["tags"]) if word]


class CheckForm(TextForm):
    """What a person makes of what is new."""

    button = "Record check"
    asks = "What you make of it"


class HandoverForm(TextForm):
    button = "Hand over"
    heading = "Hand over"
    asks = "What the next shifter has to know"


class StrikeForm(StepForm):
    reason = forms.CharField(
        label="Reason",
        help_text="It stands beside the entry.",
        widget=text(3),
        error_messages={"required": "Give a reason; it stands beside the entry."},
    )


def entry_form(
    campaign: Campaign,
    user: User,
    draft: LogDraft | None,
    kinds: Sequence[EntryKind],
    data: Mapping[str, Any] | None = None,
    *,
    begun: Opening | None = None,
    kind: str = "",
    newest: int | None = None,
) -> EntryForm:
    """The form for a new entry: with what was sent, else the draft, else what an entry of this kind begins with."""
    initial: dict[str, Any] = {"kind": kind or kinds[0].value}
    if draft and draft.content:
        initial = dict(draft.content)
    elif begun is not None:
        initial |= {
            "body": begun.body, "tags": " ".join(begun.tags), "sites": " ".join(begun.sites),
            "workflows": ", ".join(map(str, begun.workflows)), "meeting": begun.meeting,
        }  # fmt: skip
    if initial["kind"] not in {one.value for one in kinds}:
        initial["kind"] = kinds[0].value
    if isinstance(at := initial.get("happened_at"), datetime):
        initial["happened_at"] = at.astimezone(UTC)
    return EntryForm(data, campaign=campaign, user=user, about="new", draft=draft, kinds=kinds, newest=newest, initial=initial)


def reply_form(entry: LogEntry, user: User, draft: LogDraft | None, data: Mapping[str, Any] | None = None) -> ReplyForm:
    content = draft.content if draft else {}
    form = ReplyForm(
        data, campaign=entry.campaign, user=user, about=f"reply-{entry.number}", draft=draft, initial=dict(content)
    )
    form.heading = f"Reply to entry {entry.number}"
    if entry.is_open:
        form.also = "close", "Reply and close"
    elif hasattr(entry, "closing"):
        form.also = "reopen", "Reply and reopen"
    return form


def amend_form(entry: LogEntry, user: User, draft: LogDraft | None, data: Mapping[str, Any] | None = None) -> AmendForm:
    content = draft.content if draft else {}
    form = AmendForm(
        data, campaign=entry.campaign, user=user, about=f"amend-{entry.number}", draft=draft, initial=dict(content)
    )
    form.heading = f"Add to entry {entry.number}"
    form.lede = "What it says stays as it is; this stands beneath it, with today’s date."
    return form


def edit_form(entry: LogEntry, user: User, draft: LogDraft | None, data: Mapping[str, Any] | None = None) -> EditForm:
    initial: dict[str, Any] = {"body": entry.body, "tags": " ".join(entry.tags), "base": entry.version}
    if draft and draft.content:
        initial |= draft.content
    form = EditForm(data, campaign=entry.campaign, user=user, about=f"edit-{entry.number}", draft=draft, initial=initial)
    form.heading = f"Edit entry {entry.number}"
    form.lede = "Every version is kept, and shown with what changed."
    return form


def check_form(
    campaign: Campaign, user: User, draft: LogDraft | None, data: Mapping[str, Any] | None = None, *, begun: str = ""
) -> CheckForm:
    """`begun`: with what the text opens as long as nothing was typed; of the handover, too."""
    return CheckForm(data, campaign=campaign, user=user, about="check", draft=draft, initial=_begun(draft, begun))


def handover_form(
    campaign: Campaign, user: User, draft: LogDraft | None, data: Mapping[str, Any] | None = None, *, begun: str = ""
) -> HandoverForm:
    form = HandoverForm(data, campaign=campaign, user=user, about="handover", draft=draft, initial=_begun(draft, begun))
    form.lede = "It is an entry of the log; the next shifter is told, and says that it was taken over."
    return form


def _begun(draft: LogDraft | None, begun: str) -> dict[str, Any]:
    return dict(draft.content) if draft and draft.content else {"body": begun}
