"""What the form shows of a reading: in the page when it is drawn, and as JSON for the script that keeps the page up to date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.template.loader import render_to_string

from campaigns.models import ProductionRequest
from campaigns.requests import sanity
from campaigns.requests.content import Item, Problem, Reading
from campaigns.requests.diff import label_of
from campaigns.requests.lists import read_now
from campaigns.requests.shape import Content
from portal.models import User
from portal.templatetags.portal_format import DOES_NOT_APPLY, bytes_decimal, count
from portal.wording import joined

MOST_ALIKE = 3
ITEMS_OF = {"outputs": 4, "resources": 5, "samples": 7}  # the item that a total belongs to


@dataclass(frozen=True)
class Like:
    """An earlier request that says much the same, in a sentence."""

    request: ProductionRequest
    words: str


@dataclass(frozen=True)
class Answer:
    """All that is said beside what was typed."""

    reading: Reading
    warnings: list[Problem]
    alike: list[Like]

    @property
    def problems(self) -> list[Problem]:
        return [*self.reading.problems, *self.warnings]

    @property
    def items(self) -> list[Item]:
        """The checklist; an item that is complete and yet out of proportion says so."""
        doubts = {ITEMS_OF.get(doubt.path.split(".")[0]): doubt for doubt in reversed(self.warnings)}
        return [
            replace(item, state="warning", path=doubt.path, words=doubt.short)
            if item.state == "ok" and (doubt := doubts.get(item.number))
            else item
            for item in self.reading.items
        ]

    def as_json(self) -> dict[str, Any]:
        reading = self.reading
        return {
            "problems": [_problem(problem) for problem in reading.problems],
            "warnings": [_problem(problem) for problem in self.warnings],
            "missing": [_problem(problem) for problem in reading.missing],
            "items": [
                {"number": item.number, "title": item.title, "path": item.path, "state": item.state, "words": item.words}
                for item in self.items
            ],
            "n_complete": reading.n_complete,
            "totals": {
                "n_events": reading.totals.n_events,
                "n_files": reading.totals.n_files,
                "tape_bytes": reading.totals.tape_bytes,
                "tape_rows": list(reading.totals.tape_rows),
                "cpu_hours": reading.totals.cpu_hours,
                "storage_bytes": reading.totals.storage_bytes,
            },
            "words": words_of(reading),
            "needed": needed(reading),
            "alike": render_to_string("requests/form_alike.html", {"alike": self.alike}),
        }


def answer(content: Content, *, user: User, record: ProductionRequest | None = None) -> Answer:
    """Read what was typed, and compare it with earlier requests that this person may see."""
    own = record.pk if record else None
    reading = read_now(content)
    alike = sanity.alike(content, exclude=own, viewer=user, limit=MOST_ALIKE)
    return Answer(
        reading, sanity.out_of_proportion(reading, exclude=own), [Like(one.request, _alike_words(one)) for one in alike]
    )


def words_of(reading: Reading) -> dict[str, str]:
    """The computed numbers as they stand in the form, by the place they stand in; a dash where a part is missing."""
    totals = reading.totals
    words = {
        "outputs_files": _or_dash(totals.n_tape_files),
        "outputs_bytes": _bytes(totals.tape_bytes),
        "samples_rows": str(len(reading.values.samples)),
        "samples_files": _or_dash(totals.n_files),
        "samples_events": _or_dash(totals.n_events),
        "resources": _resources(reading),
    }
    words |= {f"outputs.{index}.total": _bytes(n_bytes) for index, n_bytes in enumerate(totals.tape_rows)}
    return words


def needed(reading: Reading) -> str:
    """What stands in the way of submitting, in a sentence, and what comes then."""
    numbers = [str(item.number) for item in reading.items if not item.is_complete]
    about = [
        label_of(problem.path)
        for problem in reading.blocking
        if problem.path.split(".")[0] in ("title", "working_group", "detector", "kind", "contact", "wanted_by", "why")
    ]
    parts = [name.lower() for name in dict.fromkeys(about)]
    if numbers:
        parts.append(f"item{'s' if len(numbers) > 1 else ''} {joined(numbers)}")
    if not parts:
        return "All eight items are complete. Once submitted, it is presented at the next production meeting."
    listed = joined(parts)
    verb = "is" if len(parts) == 1 and len(numbers) <= 1 else "are"
    return f"{listed[0].upper()}{listed[1:]} {verb} needed first. Then it is presented at the next production meeting."


def _problem(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "level": problem.level, "message": problem.message}


def _alike_words(one: sanity.Alike) -> str:
    if one.is_duplicate:
        return f"Request {one.request.pk} asks for the same: {joined(one.same)}."
    same = f"the same {joined(one.same)}" if one.same else "much the same"
    other = f", other {joined(one.differs)}" if one.differs else ""
    return f"Like request {one.request.pk}: {same}{other}."


def _or_dash(n: int | None) -> str:
    return DOES_NOT_APPLY if n is None else count(n)


def _bytes(n_bytes: int | None) -> str:
    return DOES_NOT_APPLY if n_bytes is None else bytes_decimal(n_bytes)


def _resources(reading: Reading) -> str:
    totals = reading.totals
    if totals.n_events is None:
        return "Computed once every sample has its events."
    parts = []
    if totals.cpu_hours is not None:
        parts.append(f"{totals.cpu_hours:,.0f} CPU hours" if totals.cpu_hours >= 10 else f"{totals.cpu_hours:.2g} CPU hours")
    if totals.storage_bytes is not None:
        parts.append(bytes_decimal(totals.storage_bytes))
    if not parts:
        return f"Computed from the above for {totals.n_events:,} events."
    return f"{' and '.join(parts)} for {totals.n_events:,} events"
