"""Rows of a plan as lines of text, one a row: what the editor sends, and what a person types or pastes without script.

Cells are parted by commas, or by tabs as a spreadsheet gives them. static/js/plan-text.js reads and writes the same.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from campaigns.planning.content import LARGEST, PlannedRow
from campaigns.planning.keys import FOR, FOR_NAMES, KEY, WORD_OF, for_word, give_keys, is_end

COLUMNS = ["key", "for", "sample", "skip", "limit", "jobs", "memory", "distance", "site", "again", "notes", "query"]
ALSO = {  # further names in a head; '' is left out
    "row": "key", "step": "for", "batch": "limit", "memory mib": "memory", "comments": "notes", "comment": "notes",
    "files": "", "remaining": "",
}  # fmt: skip
FIELDS = {
    "skip": ("skip", 0), "jobs": ("n_jobs", 1), "memory": ("rss_mib", 1), "distance": ("max_distance", 0),
}  # fmt: skip
TEXTS = {"sample": "sample", "site": "site", "again": "parent", "notes": "notes", "query": "mql"}
COLUMN_OF = {"step": "for", "use": "for", "limit": "limit", "key": "key"} | {
    **{name: column for column, (name, _least) in FIELDS.items()},
    **{name: column for column, name in TEXTS.items()},
}
NUMBER = re.compile(r"[0-9]{1,10}")
BLANKS = re.compile(r"[\s,\u2009\u202f\u00a0]+")


@dataclass
class TypedRows:
    """What was typed: documents of the rows (those that cannot be read as far as they can), and what is wrong by path."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


def write_rows(rows: Iterable[PlannedRow]) -> str:
    """The lines, a head first."""
    lines = [COLUMNS]
    for row in rows:
        cells = {
            "key": row.key,
            "for": WORD_OF[row.step, row.use],
            "limit": "" if row.limit is None else str(row.limit),
            **{column: _text(getattr(row, name)) for column, (name, _least) in FIELDS.items()},
            **{column: getattr(row, name) for column, name in TEXTS.items()},
        }
        lines.append([_quoted(cells[column]) for column in COLUMNS])
    return "".join(",".join(line) + "\n" for line in lines)


def read_rows(text: str, samples: Sequence[str]) -> TypedRows:
    """Read lines; `samples` are the keys that rows may be of. A line of two numbers is a slice in full production."""
    typed = TypedRows()
    columns = COLUMNS
    for cells in _lines(text, typed):
        names = [_name_of(cell) for cell in cells]
        if None not in names:
            columns = [name or "" for name in names]
            continue
        if len(cells) == 2 and all(NUMBER.fullmatch(BLANKS.sub("", cell)) or is_end(cell) for cell in cells):
            said = {"for": "production", "skip": cells[0], "limit": cells[1]}
        else:
            said = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
        wrong: dict[str, str] = {}
        path = f"rows.{len(typed.rows)}"
        typed.rows.append(_row(said, samples, wrong))
        typed.errors |= {f"{path}.{name}": why for name, why in wrong.items()}
    give_keys(typed.rows)
    return typed


def _name_of(cell: str) -> str | None:
    """The column that a cell of a head names; '' for one that is left out, None for none."""
    name = re.sub(r"[^a-z]+", " ", cell.lower()).strip()
    return name if not cell.strip() or name in COLUMNS else ALSO.get(name)


def whole(text: str, *, least: int = 0) -> int | None:
    """A number as people write it (6,000); None where nothing is written. Raises ValueError with what is wrong."""
    bare = BLANKS.sub("", text)
    if not bare:
        return None
    if not NUMBER.fullmatch(bare):
        raise ValueError(f"“{text.strip()[:40]}” is no whole number.")
    n = int(bare)
    if not least <= n <= LARGEST:
        raise ValueError(
            f"{n:,} is too {'small: at least' if n < least else 'large: at most'} {least if n < least else LARGEST:,}."
        )
    return n


def _lines(text: str, typed: TypedRows) -> Iterator[list[str]]:
    """Cells of each line with something in it. A line that ends within quotes goes on in the next."""
    begun = ""
    for line in text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        begun += line
        if begun.count('"') % 2:
            begun += "\n"
            continue
        delimiter = "\t" if "\t" in re.sub(r'"[^"]*"', "", begun) else ","
        cells = next(csv.reader(StringIO(begun, newline=""), delimiter=delimiter), [])
        begun = ""
        if any(cell.strip() for cell in cells):
            yield cells
    if begun:
        typed.errors["rows"] = f"A quote is not closed: {begun.strip()[:60]}"


def _row(said: dict[str, str], samples: Sequence[str], wrong: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    key = said.get("key", "")
    if key and not KEY.fullmatch(key):
        wrong["key"] = "A key has letters, digits, _ and - only, 40 at most."
    row["key"] = key
    word = for_word(said.get("for", ""))
    if not word:
        wrong["step"] = f"Say what it is for: {', '.join(FOR_NAMES)}."
    row["step"], row["use"] = FOR.get(word, ("production", "main"))
    for column, (name, least) in FIELDS.items():
        try:
            row[name] = whole(said.get(column, ""), least=least)
        except ValueError as error:
            wrong[name] = str(error)
    try:
        row["limit"] = None if is_end(said.get("limit", "")) else whole(said["limit"], least=1)
    except ValueError as error:
        is_none = BLANKS.sub("", said["limit"]) == "0"
        wrong["limit"] = "0 files are none; leave it empty for “to the end”." if is_none else str(error)
    for column, name in TEXTS.items():
        row[name] = said.get(column, "")
    if not row["sample"] and len(samples) == 1:
        row["sample"] = samples[0]
    if not row["sample"] or row["sample"] not in samples:
        wrong["sample"] = f"There is no sample {row['sample'][:40]}." if row["sample"] else "Say which sample."
    return {name: value for name, value in row.items() if value not in (None, "") or name == "key"}


def _quoted(cell: str) -> str:
    """csv.writer would leave a tab as it is, which reads as the end of a cell."""
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if re.search(r'[",\t\r\n]', cell) else cell


def _text(value: object) -> str:
    return "" if value is None else str(value)
