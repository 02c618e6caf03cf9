"""What an entry of a campaign's history is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from portal.models import Event


@dataclass(frozen=True)
class Change:
    """One value that changed; `label` says which, where the entry's verb does not. '' stands for nothing."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One thing that a person (or the portal) did. `about` is what it was done to, `path` where to read more. `alarm` is the
    word in red of what went round the rules or broke them: waived, reopened, refused.
    """

    at: datetime
    who: str
    about: str
    path: str
    kind: str
    verb: str
    what: str
    changes: list[Change] = field(default_factory=list)
    note: str = ""
    alarm: str = ""
    meeting_on: date | None = None  # the day of the meeting that it names

    @property
    def is_red(self) -> bool:
        return bool(self.alarm)

    @property
    def weight(self) -> str:
        """high for what is shown in red, else normal; for tables and programs."""
        return "high" if self.is_red else "normal"


def who_did(event: Event) -> str:
    return event.actor.username if event.actor else "the portal"
