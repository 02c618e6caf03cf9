"""The request form as data: its fields with what is typed in them and what is wrong with it. The templates only draw it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.dateparse import parse_date

from campaigns.models import Detector, OfficialRepository, RequestKind, WorkingGroup
from campaigns.requests.reading import Problem
from campaigns.requests.shape import TABLES, Content
from campaigns.views.request_posted import blank_row, value_at

Options = list[tuple[str, str]]
UNITS: Options = [(unit, unit) for unit in ("kB", "MB", "GB", "TB")]
SAMPLE_KINDS: Options = [("dataset", "Dataset"), ("mql", "MQL query"), ("runs", "Run list"), ("monte-carlo", "Monte Carlo")]


@dataclass(frozen=True)
class Spec:
    """A field as the form draws it. In a table the label is what a screen reader says, with the row's number for {n}."""

    name: str
    label: str
    kind: str = "text"  # text, number, select, date, area
    options: str = ""  # the list that a select or the suggestions are filled from
    unit: str = ""
    placeholder: str = ""
    size: int = 0
    span: str = ""  # wide: the whole line; most: all but the last place of it


@dataclass(frozen=True)
class Field:
    """A field with its value, and the first thing that is wrong with it."""

    spec: Spec
    path: str
    value: str
    label: str
    options: Options = field(default_factory=list)
    message: str = ""
    is_warning: bool = False
    has_focus: bool = False

    @property
    def id(self) -> str:
        return "f-" + self.path.replace(".", "-")

    @property
    def is_number(self) -> bool:
        return self.spec.kind == "number"

    @property
    def input_type(self) -> str:
        """A date field would hide what is not a date, so that one is shown as text."""
        return "date" if self.spec.kind == "date" and (not self.value or _is_date(self.value)) else "text"


@dataclass(frozen=True)
class Cell:
    head: str
    fields: list[Field]
    is_number: bool = False
    total: str = ""  # key of the computed number that stands here instead of fields
    words: str = ""  # and that number


@dataclass(frozen=True)
class Row:
    index: str
    number: str
    cells: list[Cell]
    extra: str = ""


@dataclass(frozen=True)
class Table:
    name: str
    one: str
    title: str
    can_move: bool
    heads: list[Cell]
    rows: list[Row]
    blank: Row
    message: str = ""
    is_warning: bool = False


@dataclass(frozen=True)
class Form:
    """What form.html draws."""

    about: list[Field]
    code: list[Field]
    validation: list[Field]
    resources: list[Field]
    datasets: Field
    steps: Table
    outputs: Table
    samples: Table
    suggestions: dict[str, Options]
    general: list[Problem]  # what belongs to no field


ABOUT = [
    Spec("title", "Title", span="most"),
    Spec("contact", "Contact", placeholder="who answers questions"),
    Spec("working_group", "Working group", "select", options="working_groups"),
    Spec("detector", "Detector", "select", options="detectors"),
    Spec("kind", "Kind", "select", options="kinds"),
    Spec("wanted_by", "Wanted by", "date"),
    Spec("why", "What it is for", "area", span="wide"),
]
CODE = [
    Spec("code.package", "Package", placeholder="dunesw"),
    Spec("code.tag", "Tag", placeholder="v10_12_01d00"),
    Spec("code.repository", "Official repository", options="repositories", placeholder="DUNE/dunesw"),
]
VALIDATION = [
    Spec("validation.what", "Run, dataset or sample", placeholder="run 39252, first 100 files"),
    Spec("validation.events", "Events", "number"),
    Spec("validation.judge", "Judged by"),
]
RESOURCES = [
    Spec("resources.cpu_seconds_per_event", "CPU per event", "number", unit="s"),
    Spec("resources.memory_mib", "Memory", "number", unit="MiB"),
    Spec("resources.storage_mb_per_event", "Storage per event", "number", unit="MB"),
]
DATASETS = Spec("datasets", "One name a line", "area", placeholder="vd-protodune:pdvd-reco-2026c-full")
CELLS: dict[str, list[tuple[str, list[Spec]]]] = {
    "steps": [
        ("Step", [Spec("name", "Step {n}", size=10)]),
        ("fcl file", [Spec("fcl", "fcl file of step {n}", size=34)]),
        ("Events per job", [Spec("events_per_job", "Events per job of step {n}", "number", size=6)]),
    ],
    "outputs": [
        ("File pattern", [Spec("pattern", "Pattern {n}", size=22)]),
        ("Files", [Spec("files", "Files of pattern {n}", "number", size=8)]),
        (
            "Size of one",
            [
                Spec("size", "Size of one file of pattern {n}", "number", size=5),
                Spec("unit", "Unit of the size of pattern {n}", "select", options="units"),
            ],
        ),
    ],
    "samples": [
        ("Kind", [Spec("kind", "Kind of sample {n}", "select", options="sample_kinds")]),
        ("Dataset, query or runs", [Spec("what", "Sample {n}", size=28)]),
        ("Files", [Spec("files", "Files of sample {n}", "number", size=7)]),
        ("Events", [Spec("events", "Events of sample {n}", "number", size=8)]),
    ],
}
NAMES = {  # table: its name, one row's name, whether the order means something
    "steps": ("Processing steps", "step", True),
    "outputs": ("Outputs to tape", "pattern", False),
    "samples": ("Samples", "sample", True),
}


def options_now(content: Mapping[str, Any]) -> dict[str, Options]:
    """The lists behind the selects: what is active today, and what was chosen earlier even if it no longer is."""
    groups = [(name, name) for name in WorkingGroup.objects.filter(is_active=True).values_list("name", flat=True)]
    detectors = [(name, name) for name in Detector.objects.filter(is_active=True).values_list("name", flat=True)]
    repositories = OfficialRepository.objects.filter(is_active=True).values_list("name", "package")
    return {
        "working_groups": [("", "Choose"), *groups],
        "detectors": [("", "Choose"), *detectors],
        "kinds": [("", "Choose"), *((str(value), str(label)) for value, label in RequestKind.choices)],
        "repositories": list(repositories),
        "units": UNITS,
        "sample_kinds": SAMPLE_KINDS,
    }


def build(content: Content, problems: Iterable[Problem], totals: Mapping[str, str], *, focus: str = "") -> Form:
    """The form with this content. A problem stands at its field, or at the nearest thing around it that the form has."""
    return _Builder(content, list(problems), totals, focus).form()


class _Builder:
    def __init__(self, content: Content, problems: list[Problem], totals: Mapping[str, str], focus: str) -> None:
        self.content, self.totals, self.focus = content, totals, focus
        self.options = options_now(content)
        self.problems: dict[str, Problem] = {}
        self.general: list[Problem] = []
        self.paths = self._paths()
        for problem in sorted(problems, key=lambda one: one.level != "error"):
            self._place(problem)

    def form(self) -> Form:
        return Form(
            about=[self._field(spec, spec.name, spec.label) for spec in ABOUT],
            code=[self._field(spec, spec.name, spec.label) for spec in CODE],
            validation=[self._field(spec, spec.name, spec.label) for spec in VALIDATION],
            resources=[self._field(spec, spec.name, spec.label) for spec in RESOURCES],
            datasets=self._field(DATASETS, "datasets", DATASETS.label),
            steps=self._table("steps"),
            outputs=self._table("outputs"),
            samples=self._table("samples"),
            suggestions={"repositories": self.options["repositories"]},
            general=self.general,
        )

    def _paths(self) -> set[str]:
        paths = {spec.name for spec in (*ABOUT, *CODE, *VALIDATION, *RESOURCES, DATASETS)} | set(TABLES)
        for table, names in TABLES.items():
            n_rows = max(1, len(self.content.get(table) or []))
            paths |= {f"{table}.{index}.{name}" for index in range(n_rows) for name in names}
        return paths

    def _place(self, problem: Problem) -> None:
        path = problem.path
        while path and path not in self.paths:
            path = path.rpartition(".")[0]
        if not path:
            self.general.append(problem)
        self.problems.setdefault(path, problem)

    def _field(self, spec: Spec, path: str, label: str, value: Any = None) -> Field:
        value = value_at(self.content, path) if value is None else value
        text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        options = self.options.get(spec.options, [])
        if spec.kind == "select" and text not in [known for known, _label in options]:
            options = [*options, (text, f"{text} (not in the list)")]
        problem = self.problems.get(path)
        return Field(
            spec, path, text, label, options,
            message=problem.message if problem else "",
            is_warning=bool(problem and problem.level != "error"),
            has_focus=path == self.focus,
        )  # fmt: skip

    def _table(self, name: str) -> Table:
        title, one, can_move = NAMES[name]
        rows = self.content.get(name) or [blank_row(name)]
        problem = self.problems.get(name)
        blank = self._row(name, "__i__", blank_row(name))
        return Table(
            name, one, title, can_move,
            heads=[Cell(cell.head, [], cell.is_number) for cell in blank.cells],
            rows=[self._row(name, str(index), row) for index, row in enumerate(rows)],
            blank=blank,
            message=problem.message if problem else "",
            is_warning=bool(problem and problem.level != "error"),
        )  # fmt: skip

    def _row(self, table: str, index: str, values: Mapping[str, Any]) -> Row:
        number = str(int(index) + 1) if index.isdecimal() else "__n__"
        cells = [
            Cell(
                head,
                [
                    self._field(spec, f"{table}.{index}.{spec.name}", spec.label.format(n=number), values.get(spec.name, ""))
                    for spec in specs
                ],
                is_number=specs[0].kind == "number",
            )
            for head, specs in CELLS[table]
        ]
        if table == "outputs":
            key = f"outputs.{index}.total"
            cells.append(Cell("Total", [], is_number=True, total=key, words=self.totals.get(key, "")))
        extra = values.get("extra")
        return Row(index, number, cells, json.dumps(extra) if extra else "")


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and parse_date(text) is not None
    except ValueError:
        return False
