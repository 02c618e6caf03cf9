"""A request's content out of a posted form, and the row buttons that work without script. Nothing here judges it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from campaigns.requests.shape import GROUPS, MOST_ROWS, TABLES, TEXTS, Content, is_empty_row

FIRST_CHOICES = {"outputs": {"unit": "GB"}, "samples": {"kind": "dataset"}}  # what a new row's selects say
_CELL = re.compile(r"(steps|outputs|samples)\.(\d{1,6})\.(\w{1,40})")


def content_of(posted: Mapping[str, str]) -> Content:
    """What was typed, by the fields' names; empty rows at the end of a table are left out."""
    content: Content = {name: posted.get(name, "") for name in TEXTS}
    for group, names in GROUPS.items():
        content[group] = {name: posted.get(f"{group}.{name}", "") for name in names}
    found: dict[str, dict[int, dict[str, Any]]] = {table: {} for table in TABLES}
    for key in posted:
        cell = _CELL.fullmatch(key)
        if not cell:
            continue
        table, index, name = cell[1], int(cell[2]), cell[3]
        if name in TABLES[table]:
            found[table].setdefault(index, {})[name] = posted[key]
        elif name == "extra" and (extra := _extra(posted[key])):
            found[table].setdefault(index, {})["extra"] = extra
    for table, rows in found.items():
        content[table] = [{**dict.fromkeys(TABLES[table], ""), **row} for _index, row in sorted(rows.items())]
        while content[table] and is_blank(table, content[table][-1]):
            content[table].pop()
    content["datasets"] = [line.strip() for line in posted.get("datasets", "").splitlines() if line.strip()]
    return content


def blank_row(table: str) -> dict[str, Any]:
    """A row as a button adds it."""
    return dict.fromkeys(TABLES[table], "") | FIRST_CHOICES.get(table, {})


def is_blank(table: str, row: dict[str, Any]) -> bool:
    """Whether the row holds nothing that anybody would miss: neither typed nor imported."""
    return not row.get("extra") and is_empty_row(table, row)


def value_at(content: Mapping[str, Any], path: str) -> Any:
    """What stands at a path such as samples.2.what; empty text where nothing does."""
    value: Any = content
    for part in path.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return ""
    return value


def act(content: Content, action: str) -> str:
    """Do what a row's button says (`add:steps`, `remove:steps:1`, `up:samples:2`, `down:samples:0`), in place.

    Returns the path of the field where the reader goes on; empty when the button fits nothing, and nothing is changed then.
    """
    verb, _, rest = action.partition(":")
    table, _, number = rest.partition(":")
    if table not in TABLES:
        return ""
    rows, first = content[table], TABLES[table][0]
    if verb == "add" and len(rows) < MOST_ROWS:
        if not rows:  # the empty row that is on the page already
            rows.append(blank_row(table))
        rows.append(blank_row(table))
        return f"{table}.{len(rows) - 1}.{first}"
    index = int(number) if number.isdecimal() and len(number) < 7 else -1
    if not 0 <= index < len(rows):
        return ""
    if verb == "remove":
        rows.pop(index)
        return f"{table}.{min(index, max(0, len(rows) - 1))}.{first}"
    to = index + {"up": -1, "down": 1}.get(verb, 0)
    if to != index and 0 <= to < len(rows):
        rows[index], rows[to] = rows[to], rows[index]
        return f"{table}.{to}.{first}"
    return ""


def _extra(text: str) -> dict[str, Any] | None:
    """Columns of an imported row that the form does not show; they travel with it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
