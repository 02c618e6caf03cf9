"""The contents of a log on paper: its days, and below each what people wrote; of a very long log what stands out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.log_documents.opening import Asked
from campaigns.log_documents.paper import Day, Said
from campaigns.models import EntryKind

MOST_LINES = 400
LONGEST = 84  # of a line, so that it takes one
EVERYDAY = frozenset({EntryKind.NOTE, EntryKind.CHECK, EntryKind.MACHINE})


@dataclass(frozen=True)
class Line:
    """`page` None: not known yet."""

    level: int
    text: str
    anchor: str
    is_struck: bool = False
    is_everyday: bool = False
    page: int | None = None


def lines_of_requests(asked: Sequence[Asked]) -> list[Line]:
    lines = [Line(1, "What was asked for", "asked")]
    return lines + [Line(2, f"Request {one.request.pk}: {one.title}", one.anchor) for one in asked]


def lines_of_days(days: Iterable[Day]) -> list[Line]:
    """A day on which nobody but machines said something has no line; it is found between its neighbours."""
    lines: list[Line] = []
    for day in days:
        if not day.people:
            continue
        lines.append(Line(1, f"{day.day:%A} {day.day.day} {day.day:%B %Y}{_counted(day)}", day.anchor))
        lines += [_line(said) for said in day.people]
    return lines


def shortened(lines: Sequence[Line]) -> list[Line]:
    """All, or without notes and checks, or days alone: whichever is the first to fit."""
    for fits in (lambda line: True, lambda line: line.level == 1 or not line.is_everyday, lambda line: line.level == 1):
        kept = [line for line in lines if fits(line)]
        if len(kept) <= MOST_LINES:
            break
    return kept


def with_pages(lines: Sequence[Line], pages: Mapping[str, int]) -> list[Line]:
    return [Line(one.level, one.text, one.anchor, one.is_struck, one.is_everyday, pages.get(one.anchor)) for one in lines]


def _line(said: Said) -> Line:
    return Line(2, shorter(said.label), f"e{said.entry.number}", said.entry.is_struck, said.entry.kind in EVERYDAY)


def shorter(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _counted(day: Day) -> str:
    """How many of what, where not every entry has a line of its own."""
    kinds = Counter(said.entry.get_kind_display() for said in day.people)
    parts = [f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in kinds.items()]
    if day.n_machine:
        parts.append(f"{day.n_machine} seen by the portal")
    return f" · {', '.join(parts)}" if parts else ""
