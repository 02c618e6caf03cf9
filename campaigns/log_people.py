"""What people wrote into a log so far, in one query: whoever keeps something made of it compares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count, Max, Q, Sum

from campaigns.models import Campaign, EntryKind, LogEntry

PEOPLE = ~Q(kind=EntryKind.MACHINE)
COUNTED: dict[str, Callable[..., Any]] = {
    "n": partial(Count, "pk"), "up_to": partial(Max, "number"), "versions": partial(Sum, "version"),
    "struck": partial(Count, "struck_at"),
}  # fmt: skip


@dataclass(frozen=True)
class PeopleState:
    """What people wrote so far: how many entries, the newest's number (0: none), and the key that a PDF of it has."""

    n: int
    up_to: int
    key: str


def people_of(campaign: Campaign) -> PeopleState:
    """In one query."""
    seen = LogEntry.objects.filter(PEOPLE, campaign=campaign).aggregate(**all_counted())
    return PeopleState(seen["n"], seen["up_to"] or 0, key_of([seen[name] for name in COUNTED]))


def all_counted() -> dict[str, Any]:
    return {name: counted() for name, counted in COUNTED.items()}


def key_of(value: Any) -> str:
    """A hash that is equal for equal values."""
    return hashlib.sha256(json.dumps(value, default=str, ensure_ascii=False).encode()).hexdigest()
