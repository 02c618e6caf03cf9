"""The form of a plan's editor: common settings, samples, and rows as text. It says what is wrong by the path of the field."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from campaigns.planning.content import MOST_STAGES, PlanContent, PlannedSample, read_content, written
from campaigns.planning.sizes import typed_by
from campaigns.views.plan_settings import CommonForm, LaterStageForm, stages_from
from campaigns.views.plan_text import COLUMN_OF, TypedRows, read_rows, whole, write_rows
from campaigns.views.sent import whole_sent
from monitoring.models import QueryCount
from portal.errors import Invalid

MOST_SAMPLES = 200
SAMPLE_FIELDS = ("key", "label", "mql", "n_files", "n_files_from")


@dataclass
class SampleRow:
    """A line of the samples' table, as typed."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    count: QueryCount | None = None  # what MetaCat told of its query
    sent_as: str = ""

    @property
    def is_blank(self) -> bool:
        return not any(value.strip() for name, value in self.values.items() if name != "key")


@dataclass
class PlanForm:
    """All that stands in the editor. `errors` are those of rows, by path; `general` what belongs to no field."""

    common: CommonForm
    stages: list[LaterStageForm]
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
        forms_wrong = any(one.errors for one in (self.common, *self.stages))
        return bool(forms_wrong or any(one.errors for one in self.samples) or self.rows.errors or self.general)

    @property
    def common_fields(self) -> list[forms.BoundField]:
        """Without what the next stage reads, as long as there is none."""
        return [field for field in self.common if self.stages or field.name != "next_patterns"]

    @property
    def may_add_stage(self) -> bool:
        return len(self.stages) < MOST_STAGES - 1

    def add_stage(self) -> None:
        self.stages.append(LaterStageForm(part=f"stage{len(self.stages) + 2}", initial={}))
        self.stages[-1].fields["jobscript"].widget.attrs["autofocus"] = True
        self.is_unsaved = True

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

    def say(self, field: str, why: str) -> None:
        """Why MetaCat's number does not stand in the sample whose fields began with this as they were sent."""
        row = next((one for one in self.samples if one.sent_as == field), None)
        if row is not None:
            row.errors["count"] = why
        else:
            self.general.append(why)

    def refuse(self, refused: Invalid) -> None:
        """Put a reason beside the field that its path names."""
        root, _dot, rest = refused.field.partition(".")
        at, _dot, name = rest.partition(".")
        if refused.field.startswith("common.later_stages."):
            _common, _stages, at, name, *_rest = [*refused.field.split("."), "jobscript"]
            stage = self.stages[int(at)] if at.isdigit() and int(at) < len(self.stages) else None
            if stage is None or name not in stage.fields:
                self.general.append(refused.message)
            else:
                stage.add_error(name, refused.message)
        elif root == "common" and (known := rest.split(".")[0]) in self.common.fields:
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
    later = enumerate(content.common.later_stages, start=2)
    return PlanForm(
        CommonForm.of(content.common, part="common"),
        [LaterStageForm.of(one, part=f"stage{number}") for number, one in later],
        samples,
        write_rows(content.rows),
        version,
        json.dumps(written(content)),
        content=content,
    )


def form_from(posted: QueryDict, *, who: str) -> PlanForm:
    """What was sent. `content` is there when all of it could be read; `who` typed the numbers that nobody else gave."""
    form = PlanForm(
        CommonForm(posted, part="common"),
        stages_from(posted),
        _samples(posted),
        posted.get("rows", ""),
        whole_sent(posted.get("version", "")) or 0,
        posted.get("base", ""),
        is_unsaved=True,
    )
    base = base_of(form)
    common = form.common.document() if form.common.is_valid() else {}
    stages = [one.document() for one in form.stages if one.is_valid()]
    common |= {"later_stages": stages} if stages else {}
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
    return base_in(form.base)


def base_in(text: str) -> PlanContent | None:
    """The same from the field that holds it."""
    try:
        return read_content(json.loads(text))
    except (ValueError, Invalid, RecursionError):
        return None


def _samples(posted: QueryDict) -> list[SampleRow]:
    """Lines with something in them, in order; new ones get the next free key."""
    n = min(whole_sent(posted.get("n_samples", "")) or 0, MOST_SAMPLES)
    rows = [
        SampleRow({name: posted.get(f"samples-{at}-{name}", "").strip() for name in SAMPLE_FIELDS}, sent_as=f"samples-{at}")
        for at in range(n)
    ]
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
            document["n_files_from"] = row.values["n_files_from"] = typed_by(who)
    return document


def _text(value: object) -> str:
    return "" if value is None else str(value)
