"""What changed between two versions of a text, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

WORD = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 6_000  # of both texts together; comparing is quadratic, beyond it lines are compared
SAME, ADDED, REMOVED = "same", "added", "removed"


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `what` is same, added or removed."""

    what: str
    text: str


def difference(old: str, new: str) -> list[Piece]:
    """The texts as pieces in reading order; what was removed comes before what stands in its place."""
    words = WORD.findall(old), WORD.findall(new)
    if len(words[0]) + len(words[1]) > MOST_WORDS:
        words = old.splitlines(keepends=True), new.splitlines(keepends=True)
    told: list[Piece] = []
    for piece in _joined(_pieces(*words)):
        if told and told[-1].what == piece.what:
            piece = Piece(piece.what, told.pop().text + piece.text)
        told.append(piece)
    return told


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(SAME, "".join(old[a:b]))
            continue
        if a < b:
            yield Piece(REMOVED, "".join(old[a:b]))
        if c < d:
            yield Piece(ADDED, "".join(new[c:d]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """A blank between two changed words is changed with them, so that nobody reads a chequered text."""
    removed, added = "", ""
    for piece in pieces:
        if piece.what == REMOVED:
            removed += piece.text
        elif piece.what == ADDED:
            added += piece.text
        elif piece.text.isspace() and "\n" not in piece.text and (removed or added):
            removed += piece.text
            added += piece.text
        else:
            yield from _changed(removed, added)
            removed, added = "", ""
            yield piece
    yield from _changed(removed, added)


def _changed(removed: str, added: str) -> Iterator[Piece]:
    """Both, without the blanks that they end with alike."""
    tail = ""
    while removed and added and removed[-1] == added[-1] and removed[-1].isspace():
        tail, removed, added = removed[-1] + tail, removed[:-1], added[:-1]
    if removed:
        yield Piece(REMOVED, removed)
    if added:
        yield Piece(ADDED, added)
    if tail:
        yield Piece(SAME, tail)
