"""What requests refuse beside portal.errors, with what a page needs to show why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.errors import Conflict, Invalid

if TYPE_CHECKING:
    from campaigns.models import ProductionRequest
    from campaigns.requests.diff import Change
    from campaigns.requests.reading import Problem


class Stale(Conflict):
    """Somebody saved the request after the version this save began from. Nothing was changed.

    `current` is the request as it stands (with saved_by and saved_at). `base` is the content of the version the save began
    from, or None when it is no longer kept. `changed` is what others changed since (base → current), `mine` what this save
    would have changed (base → offered); without a base `changed` compares what was offered with what stands and `mine`
    is empty.
    """

    def __init__(
        self, current: ProductionRequest, changed: list[Change], *, mine: list[Change], base: dict[str, Any] | None
    ) -> None:
        super().__init__(
            f"{current.saved_by or 'Somebody'} saved {current} in the meantime. Look at what changed, then save again.",
            field="version",
        )
        self.current = current
        self.changed = changed
        self.mine = mine
        self.base = base


class Incomplete(Invalid):
    """The content does not do; `problems` says where and why, errors and what is missing alike."""

    def __init__(self, message: str, problems: list[Problem]) -> None:
        super().__init__(message, field=problems[0].path if problems else "")
        self.problems: list[Problem] = problems
