"""Words that were searched for, marked where they stand: in HTML of ours, and in a stretch of plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString

PART = re.compile(r"(<[^>]*>)")  # nh3's output: no > inside a tag but as &gt;
ENTITY = re.compile(r"(&(?:#\d+|#x[0-9a-fA-F]+|\w+);)")
BEFORE, LENGTH = 80, 320  # characters of an excerpt


def marked(html: SafeString, words: Sequence[str]) -> SafeString:
    """The same HTML with every one of the words in <mark>; tags and their attributes stay as they are."""
    pattern = _pattern(words)
    if pattern is None:
        return html
    parts = PART.split(html)
    return SafeString("".join(part if place % 2 else _mark(part, pattern) for place, part in enumerate(parts)))


def excerpt(text: str, words: Sequence[str]) -> SafeString:
    """The stretch of a plain text around the first of the words, each of them marked."""
    plain = " ".join(text.split())
    pattern = _pattern(words)
    found = re.search("|".join(map(re.escape, words)), plain, re.IGNORECASE) if words else None
    start = max(0, found.start() - BEFORE) if found else 0
    if start:
        start = plain.find(" ", start) + 1 or start
    cut = plain[start : start + LENGTH]
    said = escape(("… " if start else "") + cut + (" …" if start + LENGTH < len(plain) else ""))
    return SafeString(said) if pattern is None else SafeString(_mark(said, pattern))


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """The words as they stand in HTML, the longest first."""
    escaped = sorted({escape(word) for word in words if word}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, escaped)), re.IGNORECASE) if escaped else None


def _mark(text: str, pattern: re.Pattern[str]) -> str:
    """Marks in escaped text; a word is never found inside an entity such as &amp;."""
    if "&" not in text:
        return pattern.sub(lambda match: f"<mark>{match[0]}</mark>", text)
    found, end = [], 0
    entities = [match.span() for match in ENTITY.finditer(text)]
    for match in pattern.finditer(text):
        cuts = any(a < match.start() < b or a < match.end() < b for a, b in entities)
        if not cuts:
            found += [text[end : match.start()], f"<mark>{match[0]}</mark>"]
            end = match.end()
    return "".join([*found, text[end:]])
