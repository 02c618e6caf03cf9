"""What monitoring knows of a campaign at one moment, as far as a check asks for it: the numbers that a check records.

Kept as JSON with each check, so that the next one can say what is new. Times are the portal's clock, UTC. A number that is not
known is None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec


@dataclass(frozen=True)
class WorkflowSeen:
    """A workflow that goes on. Jobs are None where they were never read, or where a cut answer leaves them unknown."""

    state: str
    since: datetime | None = None
    paused_by: str = ""
    ended: int | None = None
    exit_zero: int | None = None
    stalled: int | None = None
    running: int | None = None
    queued: int | None = None


@dataclass(frozen=True)
class FinishedSeen:
    """A workflow that finished since the last check."""

    at: datetime
    files_processed: int | None = None
    files_total: int | None = None
    ended: int | None = None
    exit_zero: int | None = None


@dataclass(frozen=True)
class ErrorSeen:
    """How often an exit code ended jobs of the workflows that go on. `place` is the site or RSE at which it is concentrated, ''
    if it is not; `n_at_place` how many of them are there, `place_kind` site or RSE.
    """

    code: int
    n: int
    meaning: str = ""
    place: str = ""
    place_kind: str = ""
    n_at_place: int = 0


@dataclass(frozen=True)
class BadSiteSeen:
    """A site that fails nearly everything of a workflow."""

    workflow: int
    site: str
    failed: int
    ended: int


@dataclass(frozen=True)
class Seen:
    """`as_of`: how old the oldest of the numbers is. `unknown_since`: when they ceased to be as fresh as they should be, None
    while they are; `unknown_why` says what keeps them from it. `lower_bounds`: workflows whose numbers are at least so much.
    """

    at: datetime
    as_of: datetime | None = None
    unknown_since: datetime | None = None
    unknown_why: str = ""
    reference: int | None = None
    workflows: Mapping[int, WorkflowSeen] = field(default_factory=dict)
    finished: Mapping[int, FinishedSeen] = field(default_factory=dict)
    errors: tuple[ErrorSeen, ...] = ()
    bad_sites: tuple[BadSiteSeen, ...] = ()
    lower_bounds: tuple[int, ...] = ()
    last_start_at: datetime | None = None

    def total(self, name: str) -> int | None:
        """The sum over the workflows that go on; None as soon as one of them is not known."""
        values = [getattr(one, name) for one in self.workflows.values()]
        return None if None in values else sum(values)

    @property
    def unread(self) -> list[int]:
        """Workflows of which no job was read."""
        return sorted(number for number, one in self.workflows.items() if one.ended is None)

    @property
    def paused(self) -> dict[int, WorkflowSeen]:
        return {number: one for number, one in sorted(self.workflows.items()) if one.state == "paused"}

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return told


def seen_from(kept: object) -> Seen | None:
    """What an earlier check saw; None where that was kept in another way than today's."""
    try:
        return msgspec.convert(kept, Seen, strict=False)
    except msgspec.ValidationError:
        return None
