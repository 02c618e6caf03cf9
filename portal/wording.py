"""Words that sentences of all floors are made with, and texts as people type them."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 5


def joined(words: Iterable[object]) -> str:
    """a, b and c; '' for none."""
    *texts, last = [str(word) for word in words] or [""]
    return f"{', '.join(texts)} and {last}" if texts else last


def listed(words: Iterable[object]) -> str:
    """a, b and c; of many the first few."""
    texts = [str(word) for word in words]
    return joined([*texts[:MOST_NAMED], f"{len(texts) - MOST_NAMED} more"] if len(texts) > MOST_NAMED else texts)


def counted(n: int, one: str, many: str = "") -> str:
    """1 job, 1,200 jobs."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def plain(text: str) -> str:
    """One kind of line break; no null characters, no halves of characters, no blank lines around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode().strip("\n").rstrip()
