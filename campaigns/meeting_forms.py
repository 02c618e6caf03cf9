"""Forms of meetings. They check what was typed; campaigns/meetings checks what may be done."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms

from campaigns.campaign_forms import DATE_ERROR, SettingsForm, day, line
from campaigns.meetings.acting import LONGEST_MEETING
from campaigns.meetings.actions import LONGEST
from campaigns.meetings.agenda import LONGEST_TEXT
from campaigns.meetings.series import FIELDS as OF_SERIES
from campaigns.meetings.series import MOST_WEEKS
from campaigns.meetings.services import shown
from campaigns.models import AgendaItem, Campaign, Meeting, MeetingAction, MeetingSeries, ProductionRequest, Weekday
from campaigns.step_forms import StepForm, text
from portal.models import User
from portal.roles import Role
from portal.zones import today_of, zone_names, zone_of

DAY = DATE_ERROR | {"required": "Give the day as year-month-day, for example 2026-11-23."}
CLOCK = {"required": "Give the time, for example 16:00.", "invalid": "Give the time as 16:00."}
LENGTH = dict.fromkeys(
    ("required", "invalid", "min_value", "max_value"), f"Give a number of minutes from 5 to {LONGEST_MEETING}."
)
USUAL_TITLE, USUAL_TIME, USUAL_LENGTH = "Production meeting", time(16), 60


def clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time", "class": "form-control"}, format="%H:%M")


def select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in zone_names()]


class PlanForm(SettingsForm):
    """What a series and a single meeting have in common. Each field knows what the person had before their eyes."""

    wide = frozenset({"title", "name", "where", "reason"})

    begins = forms.TimeField(label="Begins at", widget=clock(), error_messages=CLOCK, show_hidden_initial=True)
    time_zone = forms.ChoiceField(
        label="By the clock of",
        choices=_zones,
        widget=select(),
        show_hidden_initial=True,
        error_messages={"invalid_choice": "Choose a place of the list, e.g. Europe/Zurich.", "required": "Choose a place."},
    )
    n_minutes = forms.IntegerField(
        label="Minutes",
        min_value=5,
        max_value=LONGEST_MEETING,
        widget=line(inputmode="numeric"),
        error_messages=LENGTH,
        show_hidden_initial=True,
    )
    where = forms.CharField(
        required=False,
        max_length=500,
        label="Where",
        help_text="A link or a room.",
        widget=line(spellcheck="false", placeholder="https://"),
        show_hidden_initial=True,
    )

    def value_of(self, name: str, typed: str) -> Any:
        return self.fields[name].clean(typed)  # choices among numbers are numbers only then


class MeetingForm(PlanForm):
    """A single meeting; of one that is there already it may be said why it is moved."""

    part = "meeting"
    field_order = ("title", "on", "begins", "n_minutes", "time_zone", "where", "reason")

    title = forms.CharField(
        max_length=100,
        label="Title",
        widget=line(),
        show_hidden_initial=True,
        error_messages={"required": "Give the meeting a title, for example Production meeting."},
    )
    on = forms.DateField(label="Day", widget=day(), error_messages=DAY, show_hidden_initial=True)
    reason = forms.CharField(
        required=False, label="Why it is moved", help_text="It stands on the meeting’s page and in calendars.", widget=text(2)
    )

    @classmethod
    def blank(cls, user: User, now: datetime, where: str) -> MeetingForm:
        form = cls(
            initial={
                "title": USUAL_TITLE, "on": today_of(user, now) + timedelta(days=1), "begins": USUAL_TIME,
                "time_zone": zone_of(user).key, "n_minutes": USUAL_LENGTH, "where": where,
            }
        )  # fmt: skip
        del form.fields["reason"]
        return form

    @classmethod
    def of(cls, meeting: Meeting, data: Any = None) -> MeetingForm:
        return cls(data, initial=shown(meeting))


class SeriesForm(PlanForm):
    part = "series"
    field_order = (
        "name", "weekday", "every_weeks", "begins", "n_minutes", "time_zone", "where", "from_on", "until_on", "is_active",
    )  # fmt: skip
    GOES_ON, ENDED = "goes-on", "ended"

    name = forms.CharField(
        max_length=100,
        label="Name",
        widget=line(),
        show_hidden_initial=True,
        error_messages={"required": "Give the series a name, for example Production meeting."},
    )
    weekday = forms.TypedChoiceField(
        label="Day", choices=Weekday.choices, coerce=int, widget=select(), show_hidden_initial=True,
        error_messages={"required": "Choose a day of the week.", "invalid_choice": "Choose a day of the week."},
    )  # fmt: skip
    every_weeks = forms.TypedChoiceField(
        label="Comes again",
        choices=[(1, "every week"), *((n, f"every {n} weeks") for n in range(2, MOST_WEEKS + 1))],
        coerce=int,
        widget=select(),
        show_hidden_initial=True,
    )
    from_on = forms.DateField(
        label="From", widget=day(), error_messages=DAY, show_hidden_initial=True,
        help_text="Weeks are counted from the week of this day.",
    )  # fmt: skip
    until_on = forms.DateField(
        required=False, label="To", widget=day(), error_messages=DATE_ERROR, show_hidden_initial=True,
        help_text="The last day; empty: until it is ended.",
    )  # fmt: skip
    is_active = forms.TypedChoiceField(
        label="The series",
        choices=[(GOES_ON, "goes on"), (ENDED, "is ended")],
        coerce=lambda value: value == SeriesForm.GOES_ON,
        widget=select(),
        show_hidden_initial=True,
    )

    @classmethod
    def blank(cls, user: User, now: datetime) -> SeriesForm:
        today = today_of(user, now)
        return cls(
            initial={
                "name": USUAL_TITLE, "weekday": today.weekday(), "every_weeks": 1, "begins": USUAL_TIME, "from_on": today,
                "time_zone": zone_of(user).key, "n_minutes": USUAL_LENGTH, "is_active": cls.GOES_ON,
            }
        )  # fmt: skip

    @classmethod
    def of(cls, series: MeetingSeries, data: Any = None) -> SeriesForm:
        initial = {name: getattr(series, name) for name in OF_SERIES}
        return cls(data, initial=initial | {"is_active": cls.GOES_ON if series.is_active else cls.ENDED})


def _campaigns() -> forms.ModelChoiceField[Campaign]:
    return forms.ModelChoiceField(
        queryset=Campaign.objects.none(),
        required=False,
        label="Campaign",
        empty_label="none",
        widget=select(),
        error_messages={"invalid_choice": "Choose one of the campaigns that go on."},
    )


def _offer(form: forms.Form, now: Campaign | None) -> None:
    """Those that go on, and the one it is about already."""
    offered = Campaign.objects.active() | Campaign.objects.filter(pk__in=[now.pk] if now else [])
    form.fields["campaign"].queryset = offered.order_by("name")  # type: ignore[attr-defined]


class ItemForm(StepForm):
    wide = frozenset({"title", "text"})

    title = forms.CharField(
        max_length=200,
        label="What it is about",
        widget=line(),
        error_messages={"required": "Say in a few words what it is about."},
    )
    campaign = _campaigns()
    request = forms.IntegerField(
        required=False,
        label="Request",
        widget=line(inputmode="numeric", placeholder="its number"),
        error_messages={"invalid": "Give the request’s number, for example 12."},
    )
    text = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        label="More",
        help_text="Markdown; #3225 leads to the workflow.",
        widget=text(3),
    )

    def __init__(self, data: Any = None, *, user: User, item: AgendaItem | None = None) -> None:
        self.user = user
        initial = (
            {"title": item.title, "text": item.text, "campaign": item.campaign_id, "request": item.request_id} if item else {}
        )
        super().__init__(data, part="item", initial=initial)
        _offer(self, item.campaign if item else None)

    def clean_request(self) -> ProductionRequest | None:
        number = self.cleaned_data["request"]
        if number is None:
            return None
        known = ProductionRequest.objects.visible_to(self.user).defer("content", "search_text")
        found = known.filter(pk=number).first() if 0 < number < 2**31 else None
        if found is None:
            raise forms.ValidationError(f"There is no request {number}.")
        return found


class ActionForm(StepForm):
    wide = frozenset({"text"})

    text = forms.CharField(
        max_length=LONGEST, label="What is to be done", widget=line(), error_messages={"required": "Say what is to be done."}
    )
    responsible = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="By whom",
        empty_label="Choose a person",
        widget=select(),
        error_messages={"required": "Choose a person.", "invalid_choice": "Choose a person who holds a role."},
    )
    due_on = forms.DateField(required=False, label="Until", widget=day(), error_messages=DATE_ERROR)
    campaign = _campaigns()

    def __init__(self, data: Any = None, *, action: MeetingAction | None = None) -> None:
        initial = (
            {"text": action.text, "responsible": action.responsible_id, "due_on": action.due_on, "campaign": action.campaign_id}
            if action
            else {}
        )
        super().__init__(data, part="action", initial=initial)
        holders = User.objects.filter(groups__name__in=Role.values, is_active=True).distinct().order_by("username")
        self.fields["responsible"].queryset = holders  # type: ignore[attr-defined]
        _offer(self, action.campaign if action else None)


class CancelForm(StepForm):
    wide = frozenset({"reason"})

    reason = forms.CharField(
        label="Reason",
        help_text="It stands on the meeting’s page and in calendars.",
        widget=text(2),
        error_messages={"required": "Say why; it stands on the meeting’s page and in calendars."},
    )


class MinutesForm(StepForm):
    wide = frozenset({"text"})

    text = forms.CharField(
        required=False,
        label="Minutes",
        widget=text(18),
        help_text="Markdown; #3225 leads to the workflow, @name to that person.",
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
