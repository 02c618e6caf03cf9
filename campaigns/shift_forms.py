"""The form of when checks are due. It checks what was typed; campaigns/shift checks what may be done."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.campaign_forms import SettingsForm, line
from campaigns.models import CheckSchedule
from campaigns.shift.services import schedule_shown
from campaigns.shift.windows import LONGEST_FIRST_DAYS
from portal.zones import zone_names

FROM_TO = f"Give a number of days from 0 to {LONGEST_FIRST_DAYS}."


def _zones() -> list[tuple[str, str]]:
    return [("", "that of whoever is on shift"), *((name, name.replace("_", " ")) for name in zone_names())]


class ChecksForm(SettingsForm):
    """When checks are due: a part of the campaign's settings page."""

    part = "checks"
    WANTED, NOT_WANTED = "wanted", "not wanted"

    is_wanted = forms.ChoiceField(
        label="Checks are",
        choices=[(WANTED, "wanted while something runs"), (NOT_WANTED, "not wanted")],
        widget=forms.Select(attrs={"class": "form-select"}),
        show_hidden_initial=True,
    )
    time_zone = forms.ChoiceField(
        required=False,
        label="By the clock of",
        choices=_zones,
        widget=forms.Select(attrs={"class": "form-select"}),
        show_hidden_initial=True,
    )
    slots = forms.CharField(
        required=False,
        max_length=300,
        label="Windows of a day",
        help_text="One check is due in each, e.g. 06:00–12:00, 16:00–22:00. Empty: these two.",
        widget=line(),
        show_hidden_initial=True,
    )
    first_slots = forms.CharField(
        required=False,
        max_length=300,
        label="In the first days of full production",
        help_text="Empty: four windows from 06:00 to 22:00.",
        widget=line(),
        show_hidden_initial=True,
    )
    n_first_days = forms.IntegerField(
        label="Number of these days",
        min_value=0,
        max_value=LONGEST_FIRST_DAYS,
        widget=line(inputmode="numeric"),
        show_hidden_initial=True,
        error_messages={"required": FROM_TO, "invalid": FROM_TO, "min_value": FROM_TO, "max_value": FROM_TO},
    )

    @classmethod
    def of(cls, row: CheckSchedule, data: Any = None) -> ChecksForm:
        return cls(data, initial=schedule_shown(row))

    def seen(self) -> dict[str, str]:
        """As the page showed what was changed here, as far as it said so."""
        shown = {name: self.data.get(self[name].html_initial_name) for name in self.changed_data}
        return {name: str(value) for name, value in shown.items() if value is not None}
