"""The one kind of error by which an action says no. Views turn it into a form error or a page, the API into JSON."""

from collections.abc import Sequence
from typing import Protocol


class Refused(Exception):
    """An action was refused and nothing was changed.

    `message` says why and what to do; `field` names the input, if one is at fault.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """The acting user's roles do not allow it."""


class Problem(Protocol):
    """What is wrong with one of several fields. `path` is its name, with dots: steps.0.fcl."""

    @property
    def path(self) -> str: ...

    @property
    def message(self) -> str: ...


class Invalid(Refused):
    """The input cannot be used. `problems` names each field at fault, where there are several."""

    problems: Sequence[Problem] = ()


class Conflict(Refused):
    """It contradicts what is already there, e.g. somebody was first."""
