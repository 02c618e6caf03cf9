"""How two texts differ, line by line, with a little of what stands around each change. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

AROUND = 3
MOST_LINES = 10_000  # of each text; comparing longer ones would hold up the page


@dataclass(frozen=True)
class Line:
    """A line of one text or of both. `kind` is same, removed or added; a number is None where the text has no such line."""

    kind: str
    old: int | None
    new: int | None
    text: str

    @property
    def sign(self) -> str:
        return {"removed": "−", "added": "+"}.get(self.kind, "")


@dataclass(frozen=True)
class Difference:
    """All changes between two texts. `too_long`: they were not compared."""

    hunks: tuple[tuple[Line, ...], ...] = ()
    n_added: int = 0
    n_removed: int = 0
    too_long: bool = False

    @property
    def is_none(self) -> bool:
        return not self.hunks and not self.too_long


def difference(old: str, new: str) -> Difference:
    """Compare two texts. Line ends count: a line that only ends otherwise is told as changed."""
    if old == new:
        return Difference()
    before, after = old.split("\n"), new.split("\n")
    if max(len(before), len(after)) > MOST_LINES:
        return Difference(too_long=True)
    first = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    start = max(0, first - AROUND)  # what is the same at the beginning need not be compared
    matcher = SequenceMatcher(None, before[start:], after[start:])
    hunks, n_added, n_removed = [], 0, 0
    for group in matcher.get_grouped_opcodes(AROUND):
        lines: list[Line] = []
        for what, i1, i2, j1, j2 in group:
            if what == "equal":
                pairs = zip(range(i1, i2), range(j1, j2), strict=True)
                lines += [Line("same", start + i + 1, start + j + 1, _shown(before[start + i])) for i, j in pairs]
                continue
            lines += [Line("removed", start + i + 1, None, _shown(before[start + i])) for i in range(i1, i2)]
            lines += [Line("added", None, start + j + 1, _shown(after[start + j])) for j in range(j1, j2)]
            n_removed, n_added = n_removed + i2 - i1, n_added + j2 - j1
        hunks.append(tuple(lines))
    return Difference(tuple(hunks), n_added, n_removed)


def _shown(line: str) -> str:
    """A carriage return, which nobody would see otherwise, as its picture."""
    return line[:-1] + "␍" if line.endswith("\r") else line
