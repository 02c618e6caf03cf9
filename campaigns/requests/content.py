"""What a request says: `clean` brings any input into shape, `read` says what it means and what is wrong with it. Pure.

    reading = read(content, **official_lists())     # lists from campaigns.requests.lists
    reading.items, reading.problems, reading.missing, reading.totals, reading.values

The content is one JSON document of texts, exactly as typed; see campaigns/requests/shape.py for its fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from campaigns.models import RequestKind
from campaigns.requests import checks
from campaigns.requests.code_version import Official, read_code
from campaigns.requests.reading import Item, ItemState, Notes, Problem, Reading, Totals, Values
from campaigns.requests.shape import Content, clean, empty, misfits, without_empty_rows
from portal.templatetags.portal_format import bytes_decimal

__all__ = [
    "Content", "Item", "Problem", "Reading", "Totals", "Values", "clean", "empty", "misfits", "read", "without_empty_rows",
]  # fmt: skip

LONGEST_TITLE = 200
TITLES = (
    "Code version", "Processing steps", "Validation sample", "Outputs to tape",
    "Resources", "Samples", "Events a sample", "Output datasets",
)  # fmt: skip
FIRST_FIELDS = (
    "code.package", "steps.0.name", "validation.what", "outputs.0.pattern",
    "resources.cpu_seconds_per_event", "samples.0.what", "samples.0.events", "datasets",
)  # fmt: skip
OUT_OF_STEP = 5  # storage by the resources against what goes to tape


def read(
    content: object,
    repositories: Sequence[Official] | None = None,
    *,
    groups: Sequence[str] | None = None,
    detectors: Sequence[str] | None = None,
    today: date | None = None,
) -> Reading:
    """Everything a content says by itself. Never raises. A list that is None is not looked at; `today` is UTC's by default."""
    given = clean(content)
    notes = Notes()
    about = _about(notes, given, groups, detectors, today or datetime.now(UTC).date())
    code = read_code(notes, given["code"], repositories)
    steps = checks.read_steps(notes, given["steps"])
    validation = checks.read_validation(notes, given["validation"])
    outputs, tape_rows = checks.read_outputs(notes, given["outputs"])
    resources = checks.read_resources(notes, given["resources"], steps)
    samples = checks.read_samples(notes, given["samples"])
    datasets = checks.read_datasets(notes, given["datasets"], samples)
    values = Values(
        **about, code=code, steps=steps, validation=validation, outputs=outputs,
        resources=resources, samples=samples, datasets=datasets,
    )  # fmt: skip
    totals = _totals(values, tape_rows)
    _compare(notes, values, totals)
    items = [_item(number, notes, values, totals) for number in range(1, 9)]
    return Reading(notes.problems, notes.missing, items, totals, values)


def _about(
    notes: Notes, given: Content, groups: Sequence[str] | None, detectors: Sequence[str] | None, today: date
) -> dict[str, Any]:
    title = " ".join(given["title"].split())
    if not title:
        notes.need("title", "Give the request a title.")
    elif len(title) > LONGEST_TITLE:
        notes.error("title", f"The title has {len(title):,} characters; use at most {LONGEST_TITLE}.")
    group = _one_of(notes, "working_group", given["working_group"], groups, "working group", "working groups")
    detector = _one_of(notes, "detector", given["detector"], detectors, "detector", "detectors")
    kind = _one_of(notes, "kind", given["kind"], RequestKind.values, "kind of request", "kinds")
    return {
        "title": title,
        "working_group": group,
        "detector": detector,
        "kind": kind,
        "contact": checks.line(notes, "contact", given["contact"]),
        "wanted_by_on": _wanted_by(notes, given["wanted_by"].strip(), today),
        "why": given["why"].strip(),
    }


def _one_of(notes: Notes, path: str, typed: str, known: Sequence[str] | None, one: str, many: str) -> str:
    name = checks.line(notes, path, typed)
    if not name:
        notes.need(path, f"Choose the {one}.")
        return ""
    if known is None:
        return name
    for official in known:
        if official.lower() == name.lower():
            return official
    notes.error(path, f"“{name[:60]}” is not on the list of {many}. Choose one of {', '.join(sorted(known)[:12])}.")
    return ""


def _wanted_by(notes: Notes, typed: str, today: date) -> date | None:
    if not typed:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", typed):
            raise ValueError
        wanted = date.fromisoformat(typed)
    except ValueError:
        notes.error("wanted_by", f"“{typed[:30]}” is not a date. Write it as year-month-day, for example 2027-01-15.")
        return None
    if wanted < today:
        notes.warn("wanted_by", f"{typed} is past. Give a day to come, or leave it empty.")
    elif wanted.year > today.year + 10:
        notes.warn("wanted_by", f"{typed} is more than ten years away. Check the year.")
    return wanted


def _totals(values: Values, tape_rows: tuple[int | None, ...]) -> Totals:
    n_events = _sum([sample.n_events for sample in values.samples])
    tape_bytes = _sum([output.total_bytes for output in values.outputs])
    return Totals(
        n_events=n_events,
        n_files=_sum([sample.n_files for sample in values.samples]),
        tape_bytes=tape_bytes if tape_bytes is None or tape_bytes <= checks.MOST_TAPE_BYTES else None,
        tape_rows=tape_rows,
        n_tape_files=_sum([output.n_files for output in values.outputs]),
        cpu_hours=_times(values.resources.cpu_seconds_per_event, n_events, 3600),
        storage_bytes=None if (storage := _times(values.resources.storage_bytes_per_event, n_events)) is None else int(storage),
    )


def _sum(parts: list[int | None]) -> int | None:
    """The sum of all parts, or None when there is none or one is unknown: a sum of some would read as the whole."""
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _times(each: Decimal | None, n: int | None, per: int = 1) -> float | None:
    return None if each is None or n is None else float(each * n / per)


def _compare(notes: Notes, values: Values, totals: Totals) -> None:
    """Parts that contradict each other: mostly a slip of a unit in one of them."""
    storage, tape = totals.storage_bytes, totals.tape_bytes
    if storage and tape and max(storage, tape) >= OUT_OF_STEP * min(storage, tape) and tape > storage:
        notes.warn(
            "resources.storage_mb_per_event",
            f"By this the whole request takes {bytes_decimal(storage)}, but {bytes_decimal(tape)} go to tape. Check the units.",
            "storage and tape differ",
        )
    validation = values.validation.n_events
    if validation and totals.n_events and validation > totals.n_events:
        notes.warn(
            "validation.events",
            f"{validation:,} events to validate are more than the {totals.n_events:,} of all samples.",
            "more than all samples",
        )


def _item(number: int, notes: Notes, values: Values, totals: Totals) -> Item:
    errors, missing, warnings = (
        [problem for problem in problems if _belongs(number, problem.path)]
        for problems in (
            [problem for problem in notes.problems if problem.level == "error"],
            notes.missing,
            [problem for problem in notes.problems if problem.level == "warning"],
        )
    )
    state: ItemState = "bad" if errors else "todo" if missing else "warning" if warnings else "ok"
    first = (errors + missing + warnings)[:1]
    words = first[0].short if first else _fine(number, values, totals)
    if state == "warning":
        words = ", ".join(filter(None, (_fine(number, values, totals), words)))
    return Item(number, TITLES[number - 1], first[0].path if first else FIRST_FIELDS[number - 1], state, words)


def _belongs(number: int, path: str) -> bool:
    group, *rest = path.split(".")
    if group == "samples":
        return number == (7 if rest[-1:] == ["events"] else 6)
    return {"code": 1, "steps": 2, "validation": 3, "outputs": 4, "resources": 5, "datasets": 8}.get(group) == number


def _fine(number: int, values: Values, totals: Totals) -> str:
    return {
        1: values.code.tag,
        2: _n(len(values.steps), "step"),
        3: _n(values.validation.n_events or 0, "event"),
        4: bytes_decimal(totals.tape_bytes) if totals.tape_bytes is not None else "",
        5: f"{totals.cpu_hours:,.0f} CPU hours" if totals.cpu_hours is not None else "given",
        6: _n(len(values.samples), "sample"),
        7: _n(totals.n_events, "event") if totals.n_events is not None else "",
        8: _n(len(values.datasets), "dataset"),
    }[number]


def _n(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
