"""The forms of a plan's common settings: what holds for the campaign, and each stage of its workflows."""

from __future__ import annotations

from typing import Any, Self

from django import forms
from django.http import QueryDict

from campaigns.campaign_forms import line
from campaigns.planning.content import LARGEST, LONGEST, MOST_STAGES, StageSettings
from campaigns.step_forms import StepForm, text
from campaigns.views.sent import whole_sent

WHOLE = {"invalid": "Give a whole number.", "min_value": "Give a number of 1 or more.", "max_value": "This is too large."}


def number(label: str, help_text: str = "", least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        required=False, label=label, help_text=help_text, min_value=least, max_value=LARGEST,
        widget=line(inputmode="numeric"), error_messages=WHOLE,
    )  # fmt: skip


def words(label: str, help_text: str = "", longest: int = LONGEST, **attrs: object) -> forms.CharField:
    return forms.CharField(
        required=False, label=label, help_text=help_text, max_length=longest, widget=line(spellcheck="false", **attrs)
    )


class LinesField(forms.CharField):
    """One item a line."""

    def clean(self, value: Any) -> list[str]:
        return [item.strip() for item in super().clean(value).splitlines() if item.strip()]


def lines(label: str, help_text: str) -> LinesField:
    return LinesField(required=False, label=label, help_text=help_text, widget=text(3, spellcheck="false"))


class StageForm(StepForm):
    """One stage of each workflow. Later ones have their number before the names of their fields."""

    jobscript = words("Jobscript, a file", "Where the commands are run. Give this or the next.")
    jobscript_git = words("Jobscript in git", "ORG/REPO/PATH:TAG")
    rss_mib = number("Memory in MiB")
    wall_seconds = number("Wall time in seconds")
    processors = number("Processors")
    max_distance = number("Largest distance", "0 is the same site, 100 anywhere.", 0)
    lifetime_days = number("Lifetime of outputs in days")
    env = lines("Environment", "NAME=VALUE, one a line.")
    output_patterns = lines("Output patterns", "PATTERN:DATASET, one a line.")
    next_patterns = lines("Output for the next stage", "PATTERN or PATTERN:DATASET, one a line: its input.")

    @classmethod
    def of(cls, said: StageSettings, *, part: str) -> Self:
        told = {name: getattr(said, name) for name in cls.base_fields}
        return cls(part=part, initial={k: "\n".join(v) if isinstance(v, list) else v for k, v in told.items()})

    def document(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}


class LaterStageForm(StageForm):
    def __init__(self, data: Any = None, **how: Any) -> None:
        self.prefix = how["part"]
        super().__init__(data, **how)
        self.auto_id = "%s"  # the prefix is in it already

    @property
    def number(self) -> int:
        return int(self.part.removeprefix("stage"))

    @property
    def is_blank(self) -> bool:
        return not any(self.data.get(self.add_prefix(name), "").strip() for name in self.fields)


class CommonForm(StageForm):
    """What holds for every row that does not say otherwise, with the first stage."""

    field_order = ("description", "scope", "quota", "campaign_id", "test_campaign_id", "n_jobs_reference")

    description = words("Description", "Begins the description of each workflow; the row’s key follows.", 200)
    scope = words("Scope", "Of validation and production; tests always run in usertests.", 100, placeholder="fardet-hd")
    quota = words("Quota in justIN", "Where it is not called as the scope is. Of tests it is usertests.", 100)
    campaign_id = number("justIN campaign", "Of validation and production; empty while it is still to be made.")
    test_campaign_id = number("justIN campaign of tests", "Empty while it is still to be made.")
    n_jobs_reference = number("Jobs to keep running")


def stages_from(posted: QueryDict) -> list[LaterStageForm]:
    """Stages after the first, without the one that is to go and without those in which nothing stands, numbered anew."""
    n = min(whole_sent(posted.get("n_stages", "")) or 0, MOST_STAGES - 1)
    sent = [LaterStageForm(posted, part=f"stage{number}") for number in range(2, n + 2)]
    gone = posted.get("action", "")
    kept = [one for one in sent if not one.is_blank and gone != f"drop-{one.part}"]
    if kept == sent:
        return kept
    moved = QueryDict(mutable=True)
    for number, one in enumerate(kept, start=2):
        moved.update({f"stage{number}-{name}": posted.get(one.add_prefix(name), "") for name in one.fields})
    return [LaterStageForm(moved, part=f"stage{number}") for number in range(2, len(kept) + 2)]
