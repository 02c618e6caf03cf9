"""The shape of a request's content: one JSON document of texts, exactly as typed. Pure.

Names of fields are paths: code.tag, steps.0.fcl, samples.2.what. Whatever comes in, `clean` makes it this shape and never
raises; `misfits` says what it would drop or bend, for clients that should be told instead.
"""

from __future__ import annotations

from typing import Any

from campaigns.requests.amounts import written_out
from campaigns.requests.reading import Problem

TEXTS: tuple[str, ...] = ("title", "working_group", "detector", "kind", "contact", "wanted_by", "why")
GROUPS: dict[str, tuple[str, ...]] = {
    "code": ("package", "tag", "repository"),
    "validation": ("what", "events", "judge"),
    "resources": ("cpu_seconds_per_event", "memory_mib", "storage_mb_per_event"),
}
TABLES: dict[str, tuple[str, ...]] = {
    "steps": ("name", "fcl", "events_per_job"),
    "outputs": ("pattern", "files", "size", "unit"),
    "samples": ("kind", "what", "files", "events"),
}
CHOSEN: dict[str, tuple[str, ...]] = {
    "outputs": ("unit",),
    "samples": ("kind",),
}  # have a value in a row that is otherwise empty
EXTRA = "extra"  # of a sample: columns of an imported list that requests have no field for
LONGEST_TEXT = 10_000
MOST_ROWS = 200
MOST_EXTRA = 20

Content = dict[str, Any]


def empty() -> Content:
    """A content with nothing typed: every field there, every table with no rows."""
    return clean({})


def clean(raw: object) -> Content:
    """The content in its shape: unknown names dropped, numbers as texts, sizes bounded.

    Never raises; cleaning again changes nothing.
    """
    given = raw if isinstance(raw, dict) else {}
    content: Content = {name: _text(given.get(name)) for name in TEXTS}
    for group, names in GROUPS.items():
        content[group] = _row(given.get(group), names)
    for table, names in TABLES.items():
        content[table] = [_row(row, names, extra=table == "samples") for row in _rows(given.get(table))]
    content["datasets"] = _lines(given.get("datasets"))
    return content


def is_empty_row(table: str, row: dict[str, Any]) -> bool:
    """Whether nobody typed anything into this row of a table."""
    chosen = CHOSEN.get(table, ())
    return not any(str(row.get(name, "")).strip() for name in TABLES[table] if name not in chosen)


def without_empty_rows(content: Content) -> Content:
    """The same without rows that say nothing, as revisions keep it."""
    return {
        name: [row for row in value if not is_empty_row(name, row)] if name in TABLES else value
        for name, value in clean(content).items()
    }


def misfits(raw: object) -> list[Problem]:
    """What `clean` would drop or bend: unknown names, wrong types, too much. For clients that send JSON."""
    found: list[Problem] = []
    if not isinstance(raw, dict):
        return [Problem("", "error", "Send one JSON object.")]
    known = (*TEXTS, *GROUPS, *TABLES, "datasets")
    found += _unknown("", raw, known)
    for name in TEXTS:
        found += _wrong_text(name, raw.get(name))
    for group, names in GROUPS.items():
        if raw.get(group) is not None:
            found += _wrong_row(group, raw[group], names)
    for table, names in TABLES.items():
        rows = raw.get(table)
        if rows is None:
            continue
        if not isinstance(rows, list):
            found.append(Problem(table, "error", "Give a list of objects."))
            continue
        found += _too_many(table, rows)
        also = (EXTRA,) if table == "samples" else ()
        for index, row in enumerate(rows[:MOST_ROWS]):
            found += _wrong_row(f"{table}.{index}", row, names, also=also)
    datasets = raw.get("datasets")
    if datasets is not None and not isinstance(datasets, list):
        found.append(Problem("datasets", "error", "Give a list of texts, each a name such as hd-protodune:reco-v1."))
    elif datasets:
        found += _too_many("datasets", datasets)
        for index, name in enumerate(datasets[:MOST_ROWS]):
            if not isinstance(name, str):
                found.append(Problem(f"datasets.{index}", "error", "Give a text in double quotes."))
            else:
                found += _wrong_text(f"datasets.{index}", name)
    return found


def _text(value: object) -> str:
    """A text that every database can keep. Numbers become text; anything else says nothing."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        value = written_out(value)
    if not isinstance(value, str):
        return ""
    value = value[: 2 * LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in value if (c >= " " or c in "\n\t") and c != "\x7f" and not "\ud800" <= c <= "\udfff")
    return kept[:LONGEST_TEXT]


def _row(raw: object, names: tuple[str, ...], *, extra: bool = False) -> dict[str, Any]:
    given = raw if isinstance(raw, dict) else {}
    row: dict[str, Any] = {name: _text(given.get(name)) for name in names}
    more = given.get(EXTRA)
    if extra and isinstance(more, dict) and more:
        row[EXTRA] = {_text(name)[:50]: _text(value)[:500] for name, value in list(more.items())[:MOST_EXTRA]}
    return row


def _rows(raw: object) -> list[object]:
    return raw[:MOST_ROWS] if isinstance(raw, list) else []


def _lines(raw: object) -> list[str]:
    """Names of datasets: a list, or a text with one name a line. Lines without a name are dropped."""
    if isinstance(raw, str):
        raw = _text(raw).split("\n")
    if not isinstance(raw, list | tuple):
        return []
    lines = (" ".join(_text(line).split()) for line in raw[: 10 * MOST_ROWS])
    return [line for line in lines if line][:MOST_ROWS]


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(path: str, row: dict[str, Any], names: tuple[str, ...]) -> list[Problem]:
    listed = ", ".join(names)
    return [
        Problem(_at(path, str(name)[:50]), "error", f"There is no {str(name)[:50]} here; known are {listed}.")
        for name in row
        if name not in names
    ]


def _wrong_row(path: str, row: object, names: tuple[str, ...], *, also: tuple[str, ...] = ()) -> list[Problem]:
    if not isinstance(row, dict):
        return [Problem(path, "error", f"Give an object with {', '.join(names)}.")]
    found = _unknown(path, row, names + also)
    for name in names:
        found += _wrong_text(_at(path, name), row.get(name))
    for name in also:
        if row.get(name) is not None and not isinstance(row[name], dict):
            found.append(Problem(_at(path, name), "error", "Give an object of texts."))
    return found


def _wrong_text(path: str, value: object) -> list[Problem]:
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return [Problem(path, "error", "Give a text or a number.")]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return [Problem(path, "error", f"It has {len(value):,} characters; use at most {LONGEST_TEXT:,}.")]
    if isinstance(value, str) and _text(value) != value.replace("\r\n", "\n").replace("\r", "\n"):
        return [Problem(path, "error", "It holds characters that cannot be kept, such as a null character.")]
    return []


def _too_many(path: str, rows: list[Any]) -> list[Problem]:
    if len(rows) <= MOST_ROWS:
        return []
    return [Problem(path, "error", f"{len(rows):,} rows; at most {MOST_ROWS}. File a second request for the rest.")]
