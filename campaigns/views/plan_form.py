"""The form of a plan's editor: common settings, samples, and rows as text. It says what is wrong by the path of the field."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from campaigns.campaign_forms import line
from campaigns.planning.content import LARGEST, LONGEST, Common, PlanContent, PlannedSample, read_content, written
from campaigns.step_forms import StepForm, text
from campaigns.views.plan_text import COLUMN_OF, TypedRows, read_rows, whole, write_rows
from campaigns.views.sent import whole_sent
from portal.errors import Invalid

MOST_SAMPLES = 200
SAMPLE_FIELDS = ("key", "label", "mql", "n_files", "n_files_from")
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


class CommonForm(StepForm):
    """What holds for every row that does not say otherwise."""

    description = words("Description", "Begins the description of each workflow; the row’s key follows.", 200)
    scope = words("Scope", "Of validation and production; tests always run in usertests.", 100, placeholder="fardet-hd")
    campaign_id = number("justIN campaign", "Of validation and production.")
    test_campaign_id = number("justIN campaign of tests")
    jobscript = words("Jobscript, a file", "Where the commands are run. Give this or the next.")
    jobscript_git = words("Jobscript in git", "ORG/REPO/PATH:TAG")
    rss_mib = number("Memory in MiB")
    wall_seconds = number("Wall time in seconds")
    processors = number("Processors")
    max_distance = number("Largest distance", "0 is the same site, 100 anywhere.", 0)
    lifetime_days = number("Lifetime of outputs in days")
    n_jobs_reference = number("Jobs to keep running")
    env = LinesField(
        required=False, label="Environment", help_text="NAME=VALUE, one a line.", widget=text(3, spellcheck="false")
    )
    output_patterns = LinesField(
        required=False, label="Output patterns", help_text="PATTERN:DATASET, one a line.", widget=text(3, spellcheck="false")
    )

    @classmethod
    def of(cls, common: Common) -> CommonForm:
        told = {name: getattr(common, name) for name in cls.base_fields}
        return cls(part="common", initial={k: "\n".join(v) if isinstance(v, list) else v for k, v in told.items()})

    def document(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}


@dataclass
class SampleRow:
    """A line of the samples' table, as typed."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not any(value.strip() for name, value in self.values.items() if name != "key")


@dataclass
class PlanForm:
    """All that stands in the editor. `errors` are those of rows, by path; `general` what belongs to no field."""

    common: CommonForm
    samples: list[SampleRow]
    text: str
    version: int
    base: str
    rows: TypedRows = field(default_factory=TypedRows)
    general: list[str] = field(default_factory=list)
    content: PlanContent | None = None
    is_unsaved: bool = False

    @property
    def is_wrong(self) -> bool:
        return bool(self.common.errors or any(one.errors for one in self.samples) or self.rows.errors or self.general)

    @property
    def row_errors(self) -> list[tuple[str, str, str]]:
        """(path, which row and column, what is wrong)."""
        told = []
        for path, why in self.rows.errors.items():
            _rows, _dot, rest = path.partition(".")
            at, _dot, name = rest.partition(".")
            told.append((path, f"Row {int(at) + 1}, {COLUMN_OF.get(name, name or 'row')}" if at.isdigit() else "Rows", why))
        return told

    @property
    def errors_json(self) -> str:
        """For the script: [row, column, why]."""
        found = []
        for path, why in self.rows.errors.items():
            parts = path.split(".")
            if len(parts) > 1 and parts[1].isdigit():
                found.append([int(parts[1]), COLUMN_OF.get(".".join(parts[2:]), "key"), why])
        return json.dumps(found)

    def refuse(self, refused: Invalid) -> None:
        """Put a reason beside the field that its path names."""
        root, _dot, rest = refused.field.partition(".")
        at, _dot, name = rest.partition(".")
        if root == "common" and (known := rest.split(".")[0]) in self.common.fields:
            self.common.add_error(known, refused.message)
        elif root == "samples" and at.isdigit() and int(at) < len(self.samples):
            self.samples[int(at)].errors[name or "key"] = refused.message
        elif root == "rows":
            self.rows.errors[refused.field] = refused.message
        else:
            self.general.append(refused.message)


def form_of(content: PlanContent, version: int) -> PlanForm:
    """The form as it stands before anything is typed."""
    samples = [SampleRow({name: _text(getattr(one, name)) for name in SAMPLE_FIELDS}) for one in content.samples]
    return PlanForm(
        CommonForm.of(content.common), samples, write_rows(content.rows), version, json.dumps(written(content)), content=content
    )


def form_from(posted: QueryDict, *, who: str) -> PlanForm:
    """What was sent. `content` is there when all of it could be read; `who` typed the numbers that nobody else gave."""
    form = PlanForm(
        CommonForm(posted, part="common"),
        _samples(posted),
        posted.get("rows", ""),
        whole_sent(posted.get("version", "")) or 0,
        posted.get("base", ""),
        is_unsaved=True,
    )
    base = base_of(form)
    common = form.common.document() if form.common.is_valid() else {}
    samples = [_sample(row, base, who) for row in form.samples]
    form.rows = read_rows(form.text, [row.values["key"] for row in form.samples])
    if not form.is_wrong:
        try:
            form.content = read_content({"common": common, "samples": samples, "rows": form.rows.rows})
        except Invalid as refused:
            form.refuse(refused)
    return form


def base_of(form: PlanForm) -> PlanContent | None:
    """The plan that the change began from; None where what was sent is none."""
    try:
        return read_content(json.loads(form.base))
    except (ValueError, Invalid, RecursionError):
        return None


def _samples(posted: QueryDict) -> list[SampleRow]:
    """Lines with something in them, in order; new ones get the next free key."""
    n = min(whole_sent(posted.get("n_samples", "")) or 0, MOST_SAMPLES)
    rows = [SampleRow({name: posted.get(f"samples-{at}-{name}", "").strip() for name in SAMPLE_FIELDS}) for at in range(n)]
    rows = [row for row in rows if not row.is_blank]
    used = {row.values["key"] for row in rows}
    free = (f"s{at}" for at in range(1, 2 * MOST_SAMPLES + 1))
    for row in rows:
        if not row.values["key"]:
            row.values["key"] = next(key for key in free if key not in used)
    return rows


def _sample(row: SampleRow, base: PlanContent | None, who: str) -> dict[str, Any]:
    document: dict[str, Any] = {name: row.values[name] for name in ("key", "label", "mql", "n_files_from") if row.values[name]}
    try:
        n_files = whole(row.values["n_files"])
    except ValueError as error:
        row.errors["n_files"] = str(error)
        return document
    before = (base.sample(row.values["key"]) if base else None) or PlannedSample("new")
    if n_files is not None:
        document["n_files"] = n_files
        if n_files != before.n_files and row.values["n_files_from"] == before.n_files_from:
            document["n_files_from"] = row.values["n_files_from"] = f"typed by {who}"
    return document


def _text(value: object) -> str:
    return "" if value is None else str(value)
