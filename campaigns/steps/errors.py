"""What the steps refuse beside portal.errors, with what a page or program needs to show why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.errors import Conflict

if TYPE_CHECKING:
    from campaigns.steps.standing import StepStands


class NotReady(Conflict):
    """The step cannot be completed; `step` is where it stands, with what is missing and what blocks it."""

    def __init__(self, message: str, step: StepStands) -> None:
        super().__init__(message, field="step")
        self.step = step
