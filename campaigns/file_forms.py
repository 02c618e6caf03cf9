"""Forms of a campaign's files."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict

from campaigns.campaign_forms import line
from campaigns.jobscripts.checking import LONGEST_NAME, LONGEST_REFERENCE, name_of_upload, read_upload, typed_text
from campaigns.models import JobscriptKind, JobscriptVersion
from campaigns.step_forms import StepForm, text
from portal.errors import Refused


class FileForm(StepForm):
    """A version of a file: uploaded, typed, or in git. `version` and `based_on` say what it was begun from."""

    name = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        label="Name",
        help_text="As the command names it; of an uploaded file its own, if this stays empty.",
        widget=line(spellcheck="false", placeholder="reco.jobscript"),
    )
    kind = forms.ChoiceField(
        label="It is a",
        choices=JobscriptKind.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choose jobscript or input file.", "required": "Choose jobscript or input file."},
    )
    file = forms.FileField(
        required=False,
        label="File",
        help_text="Any text, 1 MB at most. It goes before the text below.",
        widget=forms.ClearableFileInput(attrs={"class": "form-control"}),
        error_messages={"empty": "The file is empty. Choose the one that is run."},
    )
    text = forms.CharField(
        required=False, strip=False, label="Text", widget=text(22, spellcheck="false", wrap="off", autocapitalize="off")
    )
    git_reference = forms.CharField(
        required=False,
        max_length=LONGEST_REFERENCE,
        label="In git",
        help_text="ORG/REPO/PATH:TAG; commands then take it from there. With its text above, the linter sees it too.",
        widget=line(spellcheck="false", placeholder="DUNE/dune-prod-utils/pdhd/reco.jobscript:v1.2"),
    )
    git_commit = forms.CharField(
        required=False,
        max_length=60,
        label="Its commit",
        help_text="All 40 digits.",
        widget=line(spellcheck="false"),
    )
    note = forms.CharField(required=False, label="What is new, may stay empty", widget=line())
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    based_on = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    over = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """An uploaded file becomes the text, so that nothing is lost when the form is shown again."""
        data = super().clean() or self.cleaned_data
        upload = data.get("file")
        data["text"] = typed_text(data.get("text") or "")
        if upload is not None:
            try:
                data["text"] = read_upload(upload)
            except Refused as refused:
                self.add_error("file", refused.message)
            data["name"] = data.get("name") or name_of_upload(upload.name or "")
        return data

    def show_again(self) -> None:
        """What was uploaded stands in the text field, as a browser keeps no file."""
        shown = cast(QueryDict, self.data).copy()
        for name in ("text", "name"):
            if self.cleaned_data.get(name):
                shown[name] = self.cleaned_data[name]
        self.data = shown

    @classmethod
    def of(cls, origin: JobscriptVersion | None, *, version: int, kind: str, is_own: bool) -> FileForm:
        """Before anything is typed; from a version of this campaign or of another."""
        initial: dict[str, Any] = {"kind": kind, "version": version}
        if origin is not None:
            initial |= {"name": origin.name, "kind": origin.kind, "text": origin.text, "based_on": origin.pk}
            if is_own:
                initial |= {"git_reference": origin.git_reference, "git_commit": origin.git_commit}
        return cls(part="file", initial=initial)
