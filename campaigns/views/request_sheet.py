"""A request's content laid out for reading: what was typed beside what it was read as, so that a page shows both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from campaigns.requests.content import Item, Problem, Reading, Values
from campaigns.requests.content import read as read_content
from campaigns.requests.inputs import SampleKind
from campaigns.requests.shape import without_empty_rows

ROOTS = {  # which part of a content belongs to which of the eight items
    "code": 1,
    "steps": 2,
    "validation": 3,
    "outputs": 4,
    "resources": 5,
    "samples": 6,
    "datasets": 8,
}


@dataclass(frozen=True)
class Amount:
    """A number, or the words typed in its place where they could not be read."""

    value: Any
    typed: str

    @property
    def is_unread(self) -> bool:
        return self.value is None and bool(self.typed.strip())


@dataclass(frozen=True)
class Sheet:
    """What the page of a request shows of its content. Rows pair typed values with those amounts that may be unread."""

    reading: Reading
    steps: list[tuple[Any, Amount]]
    outputs: list[tuple[Any, Amount, Amount, int | None]]
    samples: list[tuple[Any, str, Amount, Amount]]
    validation_events: Amount
    cpu_seconds: Amount
    memory: Amount
    storage: Amount

    @property
    def values(self) -> Values:
        return self.reading.values

    @property
    def items(self) -> dict[str, Item]:
        """By "i" and number, as templates want names."""
        return {f"i{item.number}": item for item in self.reading.items}

    def problems_of(self, number: int) -> list[Problem]:
        """What is wrong or missing in one of the eight items; 0 for what belongs to none of them."""
        found = [*self.reading.problems, *self.reading.missing]
        return [problem for problem in found if item_of(problem.path) == number]


def item_of(path: str) -> int:
    """The number of the item that a field belongs to, 0 for title, group and the like."""
    root, _dot, rest = path.partition(".")
    if root == "samples" and rest.endswith("events"):
        return 7
    return ROOTS.get(root, 0)


def sheet_of(content: dict[str, Any], **how: Any) -> Sheet:
    """Lay out a content; rows with nothing in them are left out. `how` goes to campaigns.requests.content.read."""
    typed = without_empty_rows(content)
    reading = read_content(typed, **how)
    values, resources = reading.values, typed["resources"]
    kinds = {kind.value: kind.label for kind in SampleKind}
    storage = values.resources.storage_bytes_per_event
    return Sheet(
        reading=reading,
        steps=[
            (step, Amount(step.n_events_per_job, row["events_per_job"]))
            for step, row in zip(values.steps, typed["steps"], strict=True)
        ],
        outputs=[
            (
                output,
                Amount(output.n_files, row["files"]),
                Amount(output.size_bytes, f"{row['size']} {row['unit']}".strip()),
                output.total_bytes,
            )
            for output, row in zip(values.outputs, typed["outputs"], strict=True)
        ],
        samples=[
            (
                sample,
                kinds.get(sample.kind, sample.kind),
                Amount(sample.n_files, row["files"]),
                Amount(sample.n_events, row["events"]),
            )
            for sample, row in zip(values.samples, typed["samples"], strict=True)
        ],
        validation_events=Amount(values.validation.n_events, typed["validation"]["events"]),
        cpu_seconds=Amount(values.resources.cpu_seconds_per_event, resources["cpu_seconds_per_event"]),
        memory=Amount(values.resources.memory_mib, resources["memory_mib"]),
        storage=Amount(None if storage is None else float(storage), resources["storage_mb_per_event"]),
    )
