"""Forms of a campaign's settings. They check what was typed; campaigns/campaign_services.py checks what may be done."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from campaigns.campaign_fields import (
    LONGEST_ADDRESS,
    LONGEST_LABEL,
    LONGEST_LINE,
    LONGEST_PURPOSE,
    MOST_JOBS,
    MOST_LINKS,
    Link,
    tags_in,
)
from campaigns.models import Appointment, Campaign, CampaignStatus, Detector, ProductionRequest, RequestKind, RequestState
from portal.models import User
from portal.roles import Role

MOST_OFFERED = 200
DATE_ERROR = {"invalid": "Give the day as year-month-day, for example 2026-11-23."}
STATUS_NAME = {status: status.label.capitalize() for status in CampaignStatus}


def line(**attrs: object) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attrs})


def day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class SettingsForm(forms.Form):
    """A part of the settings page; `part` begins the ids of its fields, as several forms share the page.

    Fields with a hidden initial value know what the person had before their eyes; only those that differ from it are changed.
    """

    part = ""
    use_required_attribute = False

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"{self.part}-%s", **kwargs)

    def changed(self) -> dict[str, Any]:
        """What the person changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data}

    def seen(self) -> dict[str, Any]:
        """The values that stood in these fields when the page was loaded, as far as it said so."""
        found = {}
        for name in self.changed_data:
            typed = self.data.get(self[name].html_initial_name)
            if typed is not None:
                try:
                    found[name] = self.value_of(name, typed)
                except forms.ValidationError:
                    continue
        return found

    def value_of(self, name: str, typed: str) -> Any:
        """What a field's text means."""
        return self.fields[name].to_python(typed)


class NameForm(SettingsForm):
    part = "name"
    AGREED, PROVISIONAL = "agreed", "provisional"

    name = forms.CharField(
        max_length=100,
        label="Name",
        help_text="Unique: letters, digits, dot, underscore and hyphen. Addresses with the old name go on working.",
        widget=line(spellcheck="false"),
        error_messages={"required": "A campaign needs a name, for example pdhd-reco-2026b."},
    )
    standing = forms.ChoiceField(
        choices=[(AGREED, "agreed at a meeting"), (PROVISIONAL, "provisional, till a meeting agrees")],
        label="The name is",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.CharField(required=False, max_length=2_000, label="Reason", widget=line())

    @classmethod
    def of(cls, campaign: Campaign) -> NameForm:
        standing = cls.PROVISIONAL if campaign.name_is_provisional else cls.AGREED
        return cls(initial={"name": campaign.name, "standing": standing})


class AboutForm(SettingsForm):
    part = "about"

    purpose = forms.CharField(
        required=False,
        max_length=LONGEST_PURPOSE,
        label="What for, and for whom",
        help_text="One sentence; it stands under the name. The requests say the rest.",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
        show_hidden_initial=True,
    )
    detector_name = forms.ChoiceField(
        required=False, label="Detector", widget=forms.Select(attrs={"class": "form-select"}), show_hidden_initial=True
    )
    kind = forms.ChoiceField(
        required=False,
        label="Kind",
        choices=[("", "not said"), *RequestKind.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
        show_hidden_initial=True,
    )

    def __init__(self, *args: Any, detector_now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(Detector.objects.filter(is_active=True).values_list("name", flat=True))
        if detector_now and detector_now not in names:
            names.append(detector_now)
        self.fields["detector_name"].choices = [("", "not said"), *((name, name) for name in names)]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, campaign: Campaign, data: Any = None) -> AboutForm:
        initial = {name: getattr(campaign, name) for name in cls.base_fields}
        return cls(data, initial=initial, detector_now=campaign.detector_name)


class TagsField(forms.CharField):
    """Words with commas or blanks between them, as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, list) else tags_in(value or "")


class WorkForm(SettingsForm):
    """How it is run. Links are rows of label-N and url-N; empty rows say nothing."""

    part = "work"

    working_directory = forms.CharField(
        required=False,
        max_length=LONGEST_LINE,
        label="Working directory",
        help_text="MACHINE:/path, under the production account.",
        widget=line(spellcheck="false", placeholder="dunegpvm03:/exp/dune/app/users/dunepro/pdhd-reco-2026b"),
        show_hidden_initial=True,
    )
    jobscript_reference = forms.CharField(
        required=False,
        max_length=LONGEST_LINE,
        label="Jobscript",
        help_text="ORGANISATION/REPOSITORY/PATH:TAG, or where the file is. One that is kept among the files counts instead.",
        widget=line(spellcheck="false", placeholder="DUNE/dune-prod-utils/pdhd/reco.jobscript:v1.2"),
        show_hidden_initial=True,
    )
    n_jobs_reference = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_JOBS,
        label="Jobs to keep running",
        help_text="The agreed number to compare running jobs with.",
        widget=line(inputmode="numeric"),
        show_hidden_initial=True,
        error_messages={
            "invalid": "Give a whole number, for example 600.",
            "min_value": "Give a number from 1 on, or nothing.",
        },
    )

    metadata_campaigns = TagsField(
        required=False,
        label="Values of dune.campaign",
        help_text="What official datasets of this campaign carry in MetaCat, with commas between several. Empty: its name.",
        widget=line(spellcheck="false", placeholder="fd_mc_2026a"),
        show_hidden_initial=True,
    )

    def __init__(self, *args: Any, links: list[Link], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.links_now = links

    @classmethod
    def of(cls, campaign: Campaign, data: Any = None) -> WorkForm:
        initial = {name: getattr(campaign, name) for name in cls.base_fields}
        return cls(data, initial=initial, links=campaign.links)

    @property
    def links_shown(self) -> str:
        """What the page says it shows, for `seen`."""
        return self.data.get("seen-links", "") if self.is_bound else json.dumps(self.links_now)

    @property
    def link_rows(self) -> list[tuple[int, str, str]]:
        """Number, label and address of each row, and two empty ones."""
        if self.is_bound:
            rows = self._typed_links()
        else:
            rows = [(link.get("label", ""), link.get("url", "")) for link in self.links_now]
        rows = [*rows, ("", ""), ("", "")][: max(MOST_LINKS, len(rows))]
        return [(number, label, url) for number, (label, url) in enumerate(rows, start=1)]

    def changed(self) -> dict[str, Any]:
        found = super().changed()
        links = [{"label": label, "url": url} for label, url in self._typed_links()]
        if "seen-links" in self.data and links != self._seen_links():
            found["links"] = links
        return found

    def seen(self) -> dict[str, Any]:
        return super().seen() | {"links": self._seen_links()}

    def _seen_links(self) -> Any:
        try:
            return json.loads(self.data.get("seen-links", ""))
        except ValueError:
            return None

    def _typed_links(self) -> list[tuple[str, str]]:
        rows = [
            (
                self.data.get(f"label-{n}", "").strip()[: 2 * LONGEST_LABEL],
                self.data.get(f"url-{n}", "").strip()[: 2 * LONGEST_ADDRESS],
            )
            for n in range(1, MOST_LINKS + 3)
        ]
        return [row for row in rows if any(row)]


class StatusForm(SettingsForm):
    part = "status"

    status = forms.ChoiceField(
        choices=[(status.value, STATUS_NAME[status]) for status in CampaignStatus],
        label="Status",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.CharField(required=False, max_length=2_000, label="Reason", widget=line())
    seen_status = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, campaign: Campaign) -> StatusForm:
        return cls(initial={"status": campaign.status, "seen_status": campaign.status})


class AppointForm(SettingsForm):
    part = "appoint"

    user = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Shifter",
        empty_label="Choose a person",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choose a person.", "invalid_choice": "Choose a person who holds the role shifters."},
    )
    from_on = forms.DateField(required=False, label="From", widget=day(), error_messages=DATE_ERROR)
    until_on = forms.DateField(
        required=False, label="To", help_text="The last day; empty: until it is ended.", widget=day(), error_messages=DATE_ERROR
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shifters = User.objects.filter(groups__name=Role.SHIFTERS, is_active=True).distinct().order_by("username")
        self.fields["user"].queryset = shifters  # type: ignore[attr-defined]


class DaysForm(SettingsForm):
    """The days of one appointment."""

    from_on = forms.DateField(
        label="From", widget=day(), error_messages=DATE_ERROR | {"required": "Give the first day."}, show_hidden_initial=True
    )
    until_on = forms.DateField(required=False, label="To", widget=day(), error_messages=DATE_ERROR, show_hidden_initial=True)

    def __init__(self, data: Any = None, *, appointment: Appointment) -> None:
        self.part = f"days-{appointment.pk}"
        self.appointment = appointment
        super().__init__(data, initial={"from_on": appointment.from_on, "until_on": appointment.until_on})

    def seen_days(self) -> tuple[Any, Any]:
        was = (self.appointment.from_on, self.appointment.until_on)
        seen = self.seen()
        return seen.get("from_on", was[0]), seen.get("until_on", was[1])


class AddRequestForm(SettingsForm):
    part = "add-request"

    request = forms.ModelChoiceField(
        queryset=ProductionRequest.objects.none(),
        label="Accepted request",
        empty_label="Choose a request",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Choose a request.", "invalid_choice": "Choose a request that is accepted."},
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accepted = ProductionRequest.objects.filter(state=RequestState.ACCEPTED).exclude(campaigns=campaign)
        field: Any = self.fields["request"]
        field.queryset = accepted
        newest = accepted.only("pk", "title").order_by("-pk")[:MOST_OFFERED]
        field.choices = [("", field.empty_label), *((one.pk, f"{one.pk} {one.title[:80]}") for one in newest)]
