"""What reading a file gives: its text as Markdown and its pictures, which the text names as ![words](file:NAME)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Picture:
    """A picture as it came, not looked at yet."""

    name: str
    body: bytes


@dataclass(frozen=True)
class Document:
    """`lost`: why pictures are not among them, one reason each."""

    text: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    lost: Sequence[str] = ()


def picture_name(number: int, ending: str) -> str:
    """A name of our own: what a document calls its pictures says nothing, and may be anything."""
    return f"picture-{number:03d}{ending}"
