"""How the arithmetic of a plan says no."""


class WrongValue(ValueError):
    """A value of a plan cannot be used.

    `field` names it, with dots inside rows (`stages.0.rss_mib`); `message` says what would be right.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
