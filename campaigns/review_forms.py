"""Forms of review: reasons, acceptance, priority. They check what was typed; the services check what may be done."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import Campaign, ProductionRequest

LONGEST_REASON = 5_000


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        error_messages={"required": "Give the reason; the requester reads it, and it stays in the history."},
    )


class NoteForm(forms.Form):
    """When and, if there is more to say, what."""

    meeting_on = forms.DateField(
        required=False,
        label="Meeting of",
        help_text="Empty: today.",
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give the day as year-month-day, for example 2026-11-23."},
    )
    note = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label="Note",
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )


class AcceptForm(NoteForm):
    """Into which campaign a request goes: a new one by name, or one there is."""

    NEW, EXISTING = "new", "existing"
    AGREED, PROVISIONAL = "agreed", "provisional"
    INTO = ("into", "name", "standing", "campaign")  # fields that belong together on the page

    into = forms.ChoiceField(
        choices=[(NEW, "A new campaign"), (EXISTING, "A campaign there is")],
        initial=NEW,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the campaign is new or there already."},
    )
    name = forms.CharField(
        required=False,
        max_length=100,
        label="Name of the new campaign",
        help_text="Unique: letters, digits, dot, underscore and hyphen.",
        widget=forms.TextInput(attrs={"class": "form-control", "spellcheck": "false", "placeholder": "pdvd-reco-2026c"}),
    )
    standing = forms.ChoiceField(
        required=False,
        choices=[(AGREED, "agreed at the meeting"), (PROVISIONAL, "provisional, till a meeting agrees")],
        initial=AGREED,
        label="The name is",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    campaign = forms.ModelChoiceField(
        queryset=Campaign.objects.none(),
        required=False,
        label="Campaign",
        empty_label="Choose one",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choose one of the active campaigns."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.active().order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("into") == self.NEW and not data.get("name", "").strip():
            self.add_error("name", "A campaign needs a name, for example pdvd-reco-2026c. It may be provisional.")
        if data.get("into") == self.EXISTING and not data.get("campaign") and "campaign" not in self.errors:
            self.add_error("campaign", "Choose the campaign that shall serve this request too.")
        return data


class PriorityForm(forms.Form):
    """What coordinators set. Empty takes a value away."""

    priority = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=999,
        label="Priority",
        help_text="1 is first. Empty: none.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "form-control text-end"}),
        error_messages={
            "invalid": "Give a whole number from 1 to 999, or nothing.",
            "min_value": "The first priority is 1.",
            "max_value": "Give a number from 1 to 999.",
        },
    )
    wanted_by_on = forms.DateField(
        required=False,
        label="Wanted by",
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give the day as year-month-day, for example 2027-01-15."},
    )
    reason = forms.CharField(
        required=False,
        max_length=500,
        label="Reason",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    @classmethod
    def showing(cls, request: ProductionRequest) -> PriorityForm:
        """The form with what is set now."""
        return cls(initial={"priority": request.priority, "wanted_by_on": request.wanted_by_on})


class CommentForm(forms.Form):
    """A contribution to the discussion. Files are read from the request itself, as there may be several."""

    text = forms.CharField(
        required=False,  # the service says what is wrong with an empty one; a file alone may do
        max_length=20_000,
        label="Comment",
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )
