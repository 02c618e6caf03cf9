"""What the errors of all clients of outside systems have in common."""


class SourceError(Exception):
    """A question could not be answered. Says what was asked and what came back, in one line.

    `kind` is stored and shown; see monitoring.models.Failure.
    """

    kind = "garbage"
    concerns_service = False  # whether asking anything else now would fail alike

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
