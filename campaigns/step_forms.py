"""Forms of a step's page. They check what was typed; campaigns/steps checks what may be done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from campaigns.campaign_forms import DATE_ERROR, SettingsForm, day, line
from campaigns.meetings.reading import day_proposed
from campaigns.models import StepWorkflow
from campaigns.steps.feedback import DAYS_TO_ANSWER, VERDICTS
from monitoring.models import Workflow
from portal.errors import Refused

NAMED_ELSEWHERE = {
    "files": "file",
    "is_agreed": "verdict",
    "meetings": "meeting",
    "workflow_id": "workflow",
}  # fields of errors that the forms call otherwise


def text(rows: int = 2, **attrs: object) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "form-control", "rows": rows, **attrs})


class StepForm(SettingsForm):
    """One of many on the page: `part` begins the ids of its fields and tells it from the others."""

    named_elsewhere = NAMED_ELSEWHERE

    def __init__(self, data: Any = None, files: Any = None, *, part: str, initial: dict[str, Any] | None = None) -> None:
        self.part = part
        super().__init__(data, files=files, initial=initial)

    def refuse(self, refused: Refused) -> None:
        """Put the reason beside the field at fault, or over the form; the cursor goes to that field."""
        field = self.named_elsewhere.get(refused.field, refused.field)
        is_there = field in self.fields and not self.fields[field].widget.is_hidden
        self.add_error(field if is_there else None, refused.message)
        self.point_out()

    def point_out(self) -> None:
        """The first field that is wrong gets the focus when the page is shown again."""
        for name, field in self.fields.items():
            if name in self.errors:
                field.widget.attrs["autofocus"] = True
                return


class EvidenceForm(StepForm):
    text = forms.CharField(required=False, label="What it shows", widget=text(3))
    url = forms.CharField(
        required=False, label="Link", widget=line(inputmode="url", placeholder="https://", spellcheck="false")
    )
    file = forms.FileField(
        required=False,
        label="File",
        help_text="png, jpg, pdf, txt, csv, json or fcl, 10 MB at most.",
        widget=forms.ClearableFileInput(attrs={"class": "form-control"}),
    )
    workflow = forms.IntegerField(
        required=False,
        label="Workflow",
        widget=line(inputmode="numeric", placeholder="justIN id"),
        error_messages={"invalid": "Give the workflow’s number, for example 3302."},
    )
    log_entry = forms.IntegerField(
        required=False,
        label="Log entry",
        widget=line(inputmode="numeric", placeholder="its number"),
        error_messages={"invalid": "Give the number of an entry of this campaign’s log, for example 12."},
    )


class DecisionForm(StepForm):
    AGREED, NOT_AGREED = "agreed", "not-agreed"

    verdict = forms.ChoiceField(
        label="The meeting",
        choices=[(AGREED, "agreed"), (NOT_AGREED, "did not agree")],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Say what the meeting decided.", "invalid_choice": "Choose agreed or did not agree."},
    )
    meeting_on = forms.DateField(required=False, label="Meeting of", widget=day(), error_messages=DATE_ERROR)
    note = forms.CharField(
        required=False,
        label="Note",
        help_text="Needed where it did not agree: what is to be done instead.",
        widget=text(),
    )

    @classmethod
    def blank(cls, part: str) -> DecisionForm:
        return cls(part=part, initial={"verdict": cls.AGREED, "meeting_on": day_proposed()})


class ReasonForm(StepForm):
    """For waiving, reopening, closing an alert: nothing without a reason."""

    reason = forms.CharField(required=False, label="Reason", help_text="Needed; it stays in the history.", widget=text(rows=2))


class MaybeReasonForm(StepForm):
    """For taking back, ending a waiver, detaching, another template: a reason may be given."""

    reason = forms.CharField(required=False, label="Reason, may stay empty", widget=line())


class NoteForm(StepForm):
    note = forms.CharField(required=False, label="A word to the signers, may stay empty", widget=line())


class SignForm(StepForm):
    """Both buttons of a sign-off: `revision` is the fingerprint that stood on the page."""

    team = forms.CharField(required=False, widget=forms.HiddenInput)
    verdict = forms.CharField(required=False, widget=forms.HiddenInput)
    revision = forms.CharField(required=False, widget=forms.HiddenInput)
    comment = forms.CharField(required=False, label="What must change", widget=text(3))


class AskForm(StepForm):
    """Asking the requester."""

    due_on = forms.DateField(required=False, label="Answer due on", widget=day(), error_messages=DATE_ERROR)
    note = forms.CharField(
        required=False, label="What to look at, may stay empty", help_text="For example where the datasets are.", widget=text()
    )

    @classmethod
    def blank(cls, part: str) -> AskForm:
        return cls(part=part, initial={"due_on": timezone.localdate() + timedelta(days=DAYS_TO_ANSWER)})


class AnswerForm(StepForm):
    """The requester's answer."""

    verdict = forms.ChoiceField(
        label="Is the validation sample good?",
        choices=[("", "Choose"), *((value, word.capitalize()) for value, word in VERDICTS.items())],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choose yes, yes with remarks, or no."},
    )
    text = forms.CharField(
        required=False, label="Remarks", help_text="Needed unless the answer is a plain yes.", widget=text(3)
    )


class AttachForm(StepForm):
    """Which workflow was run for the step: one of those offered, or any other of the campaign by its number."""

    workflow = forms.ChoiceField(required=False, label="Workflow", widget=forms.Select(attrs={"class": "form-select"}))
    other = forms.IntegerField(
        required=False,
        label="Or its number",
        widget=line(inputmode="numeric", placeholder="3302"),
        error_messages={"invalid": "Give the workflow’s number, for example 3302."},
    )
    use = forms.ChoiceField(
        label="It is",
        choices=StepWorkflow.Use.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choose what it was run for.", "required": "Choose what it was run for."},
    )

    def __init__(self, *args: Any, offered: Iterable[Workflow] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["workflow"]
        field.choices = [("", "Choose one"), *((str(one.justin_id), _offer(one)) for one in offered)]
        if self.is_bound:  # what was offered when the page was loaded may be attached by now; the service says so
            field.valid_value = lambda value: str(value).isascii() and str(value).isdigit() and len(str(value)) < 10

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen, other = data.get("workflow"), data.get("other")
        data["justin_id"] = other if other is not None else int(chosen) if chosen else None
        if data["justin_id"] is None and not self.errors:
            self.add_error("workflow", "Choose a workflow, or give its number.")
        return data


def _offer(workflow: Workflow) -> str:
    about = " · ".join(filter(None, (workflow.scope_name, workflow.state, workflow.description[:60])))
    return f"{workflow.justin_id} {about}".strip()
