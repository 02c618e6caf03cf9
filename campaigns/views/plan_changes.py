"""What changed from one plan to another, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from campaigns.planning.content import PlanContent, PlannedRow, written
from campaigns.planning.keys import TO_THE_END
from campaigns.views.plan_words import STEP_NAMES
from portal.wording import counted, listed

NAMES = {
    "n_files": "number of files",
    "n_files_from": "source of the number of files",
    "n_jobs": "jobs",
    "rss_mib": "memory",
    "wall_seconds": "wall time",
    "max_distance": "distance",
    "lifetime_days": "lifetime",
    "campaign_id": "justIN campaign",
    "test_campaign_id": "justIN campaign of tests",
    "jobscript_git": "jobscript in git",
    "env": "environment",
    "output_patterns": "output patterns",
    "next_patterns": "output for the next stage",
    "n_jobs_reference": "jobs to keep running",
    "mql": "query",
}
LONGEST = 80
MOST_TOLD = 30
UNSAID = {"skip": 0, "use": "main"}  # what an absent value means


def changes(old: PlanContent | None, new: PlanContent) -> list[str]:
    """One line for each thing that changed; of many the first ones, and how many more."""
    if old is None:
        return [f"The first revision: {counted(len(new.rows), 'row')}, {counted(len(new.samples), 'sample')}."]
    before, after = written(old), written(new)
    stages = [one["common"].pop("later_stages", []) for one in (before, after)]
    told = [f"{_first(key)}: {was} → {is_}" for key, was, is_ in _differences(before["common"], after["common"])]
    told += _of_stages(*stages)
    told += _of_items("Sample", _keyed(before["samples"]), _keyed(after["samples"]))
    told += _of_rows(old, new)
    if len(told) > MOST_TOLD:
        told = [*told[:MOST_TOLD], f"… and {counted(len(told) - MOST_TOLD, 'change')} more"]
    return told


def _of_stages(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    told: list[str] = []
    for at, (old, new) in enumerate(zip_longest(before, after), start=2):
        if old is None:
            told.append(f"Stage {at} added: {_short(new.get('jobscript') or new.get('jobscript_git'))}")
        elif new is None:
            told.append(f"Stage {at} removed")
        else:
            told += _changed(f"Stage {at}", old, new)
    return told


def _of_rows(old: PlanContent, new: PlanContent) -> list[str]:
    before, after = {row.key: row for row in old.rows}, {row.key: row for row in new.rows}
    told = [f"Row {key} added: {row_words(row)}" for key, row in after.items() if key not in before]
    told += [f"Row {key} removed: {row_words(row)}" for key, row in before.items() if key not in after]
    were, are = _keyed(written(old)["rows"]), _keyed(written(new)["rows"])
    told += [line for key in are if key in were for line in _changed(f"Row {key}", were[key], are[key])]
    kept_before = [key for key in before if key in after]
    kept_after = [key for key in after if key in before]
    if kept_before != kept_after:
        moved = [key for key, other in zip(kept_after, kept_before, strict=True) if key != other]
        told.append(f"Another order: rows {listed(moved)} stand elsewhere")
    return told


def _of_items(what: str, before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]) -> list[str]:
    told = [
        f"{what} {key} added: {_short(one.get('label') or one.get('mql'))}" for key, one in after.items() if key not in before
    ]
    told += [f"{what} {key} removed" for key in before if key not in after]
    return told + [line for key in after if key in before for line in _changed(f"{what} {key}", before[key], after[key])]


def _changed(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    pieces = [f"{_name(key)} {was} → {is_}" for key, was, is_ in _differences(old, new)]
    return [f"{what}: {', '.join(pieces)}"] if pieces else []


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for key in [*old, *(key for key in new if key not in old)]:
        was, is_ = old.get(key, UNSAID.get(key)), new.get(key, UNSAID.get(key))
        if was != is_:
            yield key, _told(key, was), _told(key, is_)


def row_words(row: PlannedRow) -> str:
    """A row as a person says it: "full production, s1, 0 / 6,000"."""
    if row.n_jobs is not None:
        takes = f"{row.n_jobs:,} Monte Carlo jobs"
    else:
        takes = f"{row.skip:,} / {TO_THE_END if row.limit is None else format(row.limit, ',')}"
    return f"{STEP_NAMES[row.step].lower()}, {row.sample}, {takes}"


def _told(key: str, value: Any) -> str:
    if key == "limit" and value is None:
        return TO_THE_END
    if isinstance(value, bool) or value is None or value == "":
        return "nothing" if value in (None, "") else str(value)
    if isinstance(value, int) and not key.endswith("campaign_id"):
        return f"{value:,}"
    return _short(", ".join(value) if isinstance(value, list) else value)


def _short(value: object) -> str:
    text = str(value or "nothing")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _first(key: str) -> str:
    """A name at the beginning of a line; justIN is written as it is."""
    name = _name(key)
    return name if name.startswith("justIN") else name.capitalize()


def _name(key: str) -> str:
    return NAMES.get(key, key.replace("_", " "))


def _keyed(items: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in items}
