"""justIN's JSON rows as typed, frozen rows. The justIN contract, section 3, is the source of keys and types.

Checking is by column, not by row: an answer holds up to 10,000 rows, and sets of types and values of a column are
found at the speed of C. A wrong type is refused with the field's name; unknown further fields are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from monitoring.justin.errors import JustinCut, JustinGarbage

NEVER = "1970-01-01 00:00:00"  # justIN's word for "not yet"

INT = frozenset({int})
TEXT = frozenset({str})
NUMBER = frozenset({int, float})
NULL = type(None)


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """A workflow as its campaign's listing gives it. Both counts are of stage 1, and exact whatever their size."""

    workflow_id: int
    description: str
    user_name: str
    state: str
    mql: str
    started_at: datetime | None
    finished_at: datetime | None
    scope_name: str
    files_processed: int
    files_total: int


class EventRow(NamedTuple):
    """An event. Texts are '' where justIN has none; `jobscript_exit` is 0 on events that carry no code."""

    event_id: int
    event_type_name: str
    stage_id: int
    file_did: str
    jobsub_id: str
    site_name: str
    entry_name: str
    rse_name: str
    at: datetime
    jobscript_exit: int


class FileStateRow(NamedTuple):
    """An input file of a stage. The job columns are of the last attempt, not necessarily a current one."""

    file_did: str
    state: str
    n_allocations: int


class OutputRow(NamedTuple):
    """An uploaded output; `rse_name` is '' for scratch."""

    file_did: str
    jobsub_id: str
    rse_name: str
    size_bytes: int


Row = WorkflowRow | EventRow | FileStateRow | OutputRow

OPTIONAL_TEXT = TEXT | {NULL}
WORKFLOW_SPEC = {
    "workflow_id": INT, "description": OPTIONAL_TEXT, "user_name": OPTIONAL_TEXT, "state": TEXT, "mql": OPTIONAL_TEXT,
    "start_time": TEXT, "finish_time": TEXT, "scope_name": OPTIONAL_TEXT, "files_processed": INT, "files_total": INT,
}  # fmt: skip
EVENT_SPEC = {
    "event_id": INT, "event_type_name": OPTIONAL_TEXT, "workflow_id": INT, "stage_id": INT, "file_did": OPTIONAL_TEXT,
    "jobsub_id": OPTIONAL_TEXT, "site_name": OPTIONAL_TEXT, "entry_name": OPTIONAL_TEXT, "rse_name": OPTIONAL_TEXT,
    "event_time": TEXT, "jobscript_exit": INT,
}  # fmt: skip
FILE_STATE_SPEC = {"file_did": TEXT, "state": TEXT, "allocations": INT}
OUTPUT_SPEC = {"file_did": TEXT, "jobsub_id": OPTIONAL_TEXT, "rse_name": OPTIONAL_TEXT, "size_bytes": INT}


def load(body: bytes) -> list[dict[str, Any]]:
    """The JSON array of a body. Raises JustinCut when it ends in the middle, JustinGarbage when it is none."""
    try:
        answer = json.loads(body)
    except UnicodeDecodeError as error:
        raise JustinGarbage("answered with bytes that are no text") from error
    except (json.JSONDecodeError, RecursionError) as error:
        start, end = body[:200].lstrip(), body[-200:].rstrip()
        if start.startswith(b"[") and not end.endswith(b"]"):
            raise JustinCut(f"sent {len(body):,} bytes of JSON that end in the middle") from error
        raise JustinGarbage(f"answered with something that is no JSON: {_begin(body)}") from error
    if not isinstance(answer, list):
        raise JustinGarbage(f"answered with a JSON {type(answer).__name__} instead of a list")
    return answer


def columns(rows: list[dict[str, Any]], spec: dict[str, frozenset[type]]) -> dict[str, Sequence[Any]]:
    """The columns of a list of rows, each checked against the types it may hold. Raises JustinGarbage."""
    keys = tuple(spec)
    if not rows:
        return dict.fromkeys(keys, ())
    try:
        table = list(zip(*map(itemgetter(*keys), rows), strict=True))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise JustinGarbage(_first_bad_row(rows, keys)) from error
    found = dict(zip(keys, table, strict=True))
    for key, allowed in spec.items():
        if not set(map(type, found[key])) <= allowed:
            bad = next(value for value in found[key] if type(value) not in allowed)
            raise JustinGarbage(f"sent {key} = {str(bad)[:60]!r}, a {type(bad).__name__}")
    return found


def workflow_rows(rows: list[dict[str, Any]]) -> list[WorkflowRow]:
    table = columns(rows, WORKFLOW_SPEC)
    _refuse_negative(table, "workflow_id", "files_processed", "files_total")
    return [
        WorkflowRow(
            workflow_id, description or "", user_name or "", state, mql or "",
            _time_or_none(started), _time_or_none(finished), scope_name or "", processed, total,
        )
        for workflow_id, description, user_name, state, mql, started, finished, scope_name, processed, total in zip(
            *table.values(), strict=True
        )
    ]  # fmt: skip


def event_rows(rows: list[dict[str, Any]]) -> list[EventRow]:
    table = columns(rows, EVENT_SPEC)
    codes = table["jobscript_exit"]
    if codes and not (min(codes) >= -128 and max(codes) <= 127):
        raise JustinGarbage("sent a jobscript_exit outside -128 to 127")
    times = {text: _time(text) for text in set(table["event_time"])}
    return list(
        map(
            EventRow._make,
            zip(
                table["event_id"], _texts(table["event_type_name"]), table["stage_id"], _texts(table["file_did"]),
                _texts(table["jobsub_id"]), _texts(table["site_name"]), _texts(table["entry_name"]),
                _texts(table["rse_name"]), map(times.__getitem__, table["event_time"]), codes,
                strict=True,
            ),
        )
    )  # fmt: skip


def file_state_rows(rows: list[dict[str, Any]]) -> list[FileStateRow]:
    table = columns(rows, FILE_STATE_SPEC)
    _refuse_negative(table, "allocations")
    return list(map(FileStateRow._make, zip(*table.values(), strict=True)))


def output_rows(rows: list[dict[str, Any]]) -> list[OutputRow]:
    table = columns(rows, OUTPUT_SPEC)
    _refuse_negative(table, "size_bytes")
    return list(
        map(
            OutputRow._make,
            zip(
                table["file_did"], _texts(table["jobsub_id"]), _texts(table["rse_name"]), table["size_bytes"],
                strict=True,
            ),
        )
    )  # fmt: skip


def _texts(column: Sequence[str | None]) -> list[str]:
    return [text or "" for text in column]


def _time(text: str) -> datetime:
    if len(text) != 19 or text[10] != " ":
        raise JustinGarbage(f"sent a time that is none: {text[:40]!r}")
    try:
        return datetime.fromisoformat(text + "+00:00")
    except ValueError as error:
        raise JustinGarbage(f"sent a time that is none: {text[:40]!r}") from error


def _time_or_none(text: str) -> datetime | None:
    return None if text == NEVER else _time(text).astimezone(UTC)


def _refuse_negative(table: dict[str, Sequence[Any]], *keys: str) -> None:
    for key in keys:
        if table[key] and min(table[key]) < 0:
            raise JustinGarbage(f"sent a negative {key}")


def _first_bad_row(rows: list[Any], keys: tuple[str, ...]) -> str:
    for row in rows:
        if not isinstance(row, dict):
            return f"sent a row that is a {type(row).__name__}"
        for key in keys:
            if key not in row:
                return f"sent a row without {key}"
    return "sent rows that cannot be read"


def _begin(body: bytes) -> str:
    return repr(body[:60].decode("utf-8", "replace"))
