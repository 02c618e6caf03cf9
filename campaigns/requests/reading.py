"""What a reading of a request's content consists of: values, problems, the eight items, totals. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Level = Literal["error", "warning"]
ItemState = Literal["ok", "bad", "warning", "todo"]


@dataclass(frozen=True)
class Problem:
    """Something wrong or doubtful in one field. `path` is the field's, e.g. steps.0.fcl; `short` says it in two words."""

    path: str
    level: Level
    message: str
    short: str = ""


@dataclass(frozen=True)
class Item:
    """One of the eight items of a request. `path` is the field that the checklist leads to; `words` follow the title."""

    number: int
    title: str
    path: str
    state: ItemState
    words: str

    @property
    def is_complete(self) -> bool:
        return self.state in ("ok", "warning")


@dataclass(frozen=True)
class Totals:
    """Sums over the request; None where a part is missing or wrong. Sizes are decimal bytes.

    `tape_rows` has one entry for each row of outputs as typed, also for rows left empty. `storage_bytes` and `cpu_hours` are
    resources per event times the events of all samples.
    """

    n_events: int | None = None
    n_files: int | None = None
    tape_bytes: int | None = None
    tape_rows: tuple[int | None, ...] = ()
    n_tape_files: int | None = None
    cpu_hours: float | None = None
    storage_bytes: int | None = None


@dataclass(frozen=True)
class Code:
    package: str = ""
    tag: str = ""
    repository: str = ""


@dataclass(frozen=True)
class Step:
    name: str
    fcl: str
    n_events_per_job: int | None


@dataclass(frozen=True)
class Validation:
    what: str = ""
    n_events: int | None = None
    judge: str = ""


@dataclass(frozen=True)
class Output:
    """Files of one pattern that go to tape."""

    pattern: str
    n_files: int | None
    size_bytes: int | None
    total_bytes: int | None


@dataclass(frozen=True)
class Resources:
    cpu_seconds_per_event: Decimal | None = None
    memory_mib: Decimal | None = None
    storage_bytes_per_event: Decimal | None = None


@dataclass(frozen=True)
class Sample:
    """Something to process; the order of samples is their priority."""

    kind: str
    what: str
    n_files: int | None
    n_events: int | None


@dataclass(frozen=True)
class Values:
    """The content as typed values; rows left empty are not among them, what cannot be read is None or ""."""

    title: str = ""
    working_group: str = ""
    detector: str = ""
    kind: str = ""
    contact: str = ""
    wanted_by_on: date | None = None
    why: str = ""
    code: Code = field(default_factory=Code)
    steps: tuple[Step, ...] = ()
    validation: Validation = field(default_factory=Validation)
    outputs: tuple[Output, ...] = ()
    resources: Resources = field(default_factory=Resources)
    samples: tuple[Sample, ...] = ()
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """All that can be said of a content without looking at other requests.

    `problems` is what is wrong in what was typed, `missing` what submitting needs besides: a fresh draft has nothing wrong
    and much missing.
    """

    problems: list[Problem]
    missing: list[Problem]
    items: list[Item]
    totals: Totals
    values: Values

    @property
    def n_complete(self) -> int:
        """Of the eight items."""
        return sum(item.is_complete for item in self.items)

    @property
    def blocking(self) -> list[Problem]:
        """What stands in the way of submitting: errors first, then what is missing. Empty: it may be submitted."""
        return [problem for problem in self.problems if problem.level == "error"] + self.missing

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.level == "warning"]


class Notes:
    """Collects problems while a content is read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.missing: list[Problem] = []

    def error(self, path: str, message: str, short: str = "") -> None:
        self.problems.append(Problem(path, "error", message, short))

    def warn(self, path: str, message: str, short: str = "") -> None:
        self.problems.append(Problem(path, "warning", message, short))

    def need(self, path: str, message: str, short: str = "") -> None:
        self.missing.append(Problem(path, "error", message, short))
