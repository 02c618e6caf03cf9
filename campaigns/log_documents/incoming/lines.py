"""The lines of a Markdown text, with what is a heading told apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})\s+(?P<text>.*?)\s*#*\s*$")
FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")
UNDERLINE = re.compile(r" {0,3}(?P<mark>=+|-{2,})\s*$")
FORMAT = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)|\\(?=[^\w\s])")
LONGEST_DATE_LINE = 60
PLAIN = 7  # below all headings: a line by itself, which may be a date


@dataclass(frozen=True)
class Line:
    """`level` 1 to 6 of a heading, PLAIN for a short line by itself with a figure in it, 0 for all others."""

    text: str
    level: int = 0
    words: str = ""

    @property
    def is_plain(self) -> bool:
        return self.level == PLAIN


def lines_of(text: str) -> Iterator[Line]:
    """The lines; nothing within a fence of code is a heading, and one that is underlined is written with its marks."""
    lines = text.split("\n")
    fence = ""
    was_underlined = False
    for n, line in enumerate(lines):
        if was_underlined:
            was_underlined = False
            continue
        opens = FENCE.match(line)
        if fence:
            fence = "" if is_end_of_code(line, fence) else fence
            yield Line(line)
        elif opens:
            fence = opens["fence"]
            yield Line(line)
        elif heading := HEADING.match(line):
            yield Line(line, len(heading["marks"]), heading["text"])
        elif level := _underlined(lines, n):
            was_underlined = True
            yield Line(f"{'#' * level} {line.strip()}", level, line.strip())
        elif _is_by_itself(lines, n):
            yield Line(line, PLAIN, line.strip())
        else:
            yield Line(line)


def is_end_of_code(line: str, fence: str) -> bool:
    found = FENCE.match(line)
    return bool(found and found["fence"].startswith(fence) and not line.strip(" `~"))


def plain(text: str) -> str:
    """Without the marks of bold, code and escapes."""
    return FORMAT.sub("", text).strip()


def _underlined(lines: list[str], n: int) -> int:
    """1 for a line above =====, 2 for one above -----, else 0."""
    if not lines[n].strip() or n + 1 == len(lines) or (n and lines[n - 1].strip()):
        return 0
    under = UNDERLINE.match(lines[n + 1])
    if under is None or lines[n].lstrip()[0] in "|->*+":
        return 0
    return 1 if under["mark"][0] == "=" else 2


def _is_by_itself(lines: list[str], n: int) -> bool:
    line = lines[n].strip()
    if not 0 < len(line) <= LONGEST_DATE_LINE or not any(c.isdigit() for c in line):
        return False
    return not (n and lines[n - 1].strip()) and not (n + 1 < len(lines) and lines[n + 1].strip())
