"""The names by which rows of a plan are called: what they are for in one word, and the keys that they get. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

FOR = {
    "test": ("test", "main"),
    "small-run": ("validation", "small-run"),
    "validation": ("validation", "main"),
    "production": ("production", "main"),
    "test small-run": ("test", "small-run"),
    "production small-run": ("production", "small-run"),
}
FOR_NAMES = {"test": "Test", "small-run": "Small run", "validation": "Validation", "production": "Full production"}
WORD_OF = {pair: word for word, pair in FOR.items()}
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
TO_THE_END = "to the end"
ENDS = {"", "-1", TO_THE_END, "end"}
PREFIX = {"test": "test-", "validation": "validation-", "production": "r"}


def for_word(typed: str) -> str:
    """The word of FOR that was meant; '' where it is none of them."""
    word = " ".join(typed.lower().split())
    word = "small-run" if word in ("small run", "small") else "production" if word == "full production" else word
    return word if word in FOR else ""


def is_end(typed: str) -> bool:
    """Whether a limit says that the slice runs to the end of its sample."""
    return " ".join(typed.lower().replace("−", "-").split()) in ENDS


def give_keys(rows: Sequence[dict[str, Any]], taken: Iterable[str] = ()) -> None:
    """Rows without a key get the next free one of their kind; keys stay for good, as workflows are found by them."""
    used = {row["key"] for row in rows} | set(taken)
    last: dict[str, int] = {}
    for row in rows:
        if row["key"]:
            continue
        prefix = "small-" if row.get("use") == "small-run" else PREFIX[row["step"]]
        last[prefix] = last.get(prefix, 0) + 1
        while f"{prefix}{last[prefix]}" in used:
            last[prefix] += 1
        row["key"] = f"{prefix}{last[prefix]}"
