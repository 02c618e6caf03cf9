"""Two people wrote at the same time: what the other changed since, beside one's own, and both put together. Pure.

Three contents are compared: `base` from which both began, `theirs` as it is saved now, `mine` as it was typed. A line is
asked about when they changed it and it is not the same now; what only I changed stays mine without a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from campaigns.requests.diff import label_of, row_in_words
from campaigns.requests.shape import GROUPS, TABLES, TEXTS, Content
from campaigns.views.request_fields import NAMES
from campaigns.views.request_posted import is_blank, value_at

ROW_IS_KNOWN_BY = {"steps": "fcl", "outputs": "pattern", "samples": "what"}
WHOLE = (*TABLES, "datasets")


@dataclass(frozen=True)
class Choice:
    """One line of what they changed, as texts, and whose text stands unless the reader says otherwise."""

    path: str
    label: str
    base: str
    theirs: str
    mine: str
    pick: str  # mine, theirs

    @property
    def can_have_both(self) -> bool:
        return self.path in WHOLE


def choices(base: Content, theirs: Content, mine: Content) -> list[Choice]:
    """What they changed and I do not have alike: taken from them where I left the line alone, else mine."""
    base, theirs, mine = map(_without_empty_end, (base, theirs, mine))
    found = []
    for path in _paths(base, theirs, mine):
        before, other, own = (value_at(content, path) for content in (base, theirs, mine))
        if other in (before, own):
            continue
        found.append(
            Choice(
                path,
                NAMES[path][0] if path in NAMES else label_of(path),
                _words(path, before),
                _words(path, other),
                _words(path, own),
                pick="theirs" if own == before else "mine",
            )
        )
    return found


def merge(theirs: Content, mine: Content, picks: Mapping[str, str]) -> Content:
    """My content with their text at each path that `picks` gives them; "both" adds the rows of theirs that mine lacks."""
    theirs, merged = _without_empty_end(theirs), _without_empty_end(mine)
    for path, pick in picks.items():
        other = deepcopy(value_at(theirs, path))
        if pick == "both" and path in WHOLE:
            merged[path] = [*merged[path], *(row for row in other if row not in merged[path])]
        elif pick == "theirs" and (path in WHOLE or not isinstance(other, dict | list)):
            _put(merged, path, other)
    return merged


def _paths(*contents: Content) -> Iterator[str]:
    """Every line to compare. A table goes cell by cell only while all have the same rows in the same order."""
    yield from TEXTS
    for group, names in GROUPS.items():
        yield from (f"{group}.{name}" for name in names)
    for table, names in TABLES.items():
        known = [[row.get(ROW_IS_KNOWN_BY[table]) for row in content[table]] for content in contents]
        if all(rows == known[0] for rows in known):
            yield from (f"{table}.{index}.{name}" for index in range(len(known[0])) for name in names)
        else:
            yield table
    yield "datasets"


def _put(content: Content, path: str, value: Any) -> None:
    way, _, last = path.rpartition(".")
    place = value_at(content, way) if way else content
    if isinstance(place, dict) and last in place:
        place[last] = value


def _words(path: str, value: Any) -> str:
    """What stands at a path as lines of text."""
    if isinstance(value, list):
        return "\n".join(_words(path, one) for one in value)
    return row_in_words(path.split(".")[0], value) if isinstance(value, dict) else str(value)


def _without_empty_end(content: Content) -> Content:
    content = deepcopy(content)
    for table in TABLES:
        while content[table] and is_blank(table, content[table][-1]):
            content[table].pop()
    return content


@dataclass(frozen=True)
class Line:
    """One line of two requests side by side."""

    label: str
    mine: str
    theirs: str

    @property
    def same(self) -> bool:
        return self.mine == self.theirs


def side_by_side(mine: Content, theirs: Content) -> list[Line]:
    """Every line that one of the two fills in; the rows of tables whole, in their order."""
    paths = [*TEXTS, *(f"{group}.{name}" for group, names in GROUPS.items() for name in names)]
    for table in TABLES:
        n_rows = max(len(mine[table]), len(theirs[table]))
        paths += [f"{table}.{index}" for index in range(n_rows)]
    lines = [
        Line(label_of(path), _words(path, value_at(mine, path)), _words(path, value_at(theirs, path)))
        for path in [*paths, "datasets"]
    ]
    return [line for line in lines if line.mine or line.theirs]
