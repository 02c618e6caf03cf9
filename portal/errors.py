"""The one kind of error by which an action says no. Views turn it into a form error or a page, the API into JSON."""


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


class Invalid(Refused):
    """The input cannot be used."""


class Conflict(Refused):
    """It contradicts what is already there, e.g. somebody was first."""
