"""Numbers that addresses and hidden fields send: versions, counts, places. What people type is read elsewhere."""

from __future__ import annotations


def whole_sent(text: str) -> int | None:
    """The number; None for whatever is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
