"""One error per way in which a reading of justIN fails. `kind` is stored and shown; see monitoring.models.Failure."""

from monitoring.source_errors import SourceError


class JustinError(SourceError):
    """A reading of justIN failed."""


class JustinUnreachable(JustinError):
    """No connection, or it was closed before an answer began."""

    kind = "unreachable"
    concerns_service = True


class JustinSlow(JustinError):
    """No whole answer within the time limit."""

    kind = "slow"
    concerns_service = True


class JustinServerError(JustinError):
    """Status 5xx or 429. `retry_after_seconds` holds what the server asked for."""

    kind = "server-error"
    concerns_service = True


class JustinLoginWanted(JustinError):
    """A redirect to the log-in: this justIN does not give downloads without one."""

    kind = "login-wanted"
    concerns_service = True


class JustinErrorPage(JustinError):
    """An HTML page instead of data, mostly with status 200, or a status that is no answer."""

    kind = "error-page"


class JustinGarbage(JustinError):
    """Not JSON, not a list, keys missing or of the wrong type."""

    kind = "garbage"


class JustinCut(JustinError):
    """The body ends in the middle."""

    kind = "cut"


class JustinWrongRows(JustinError):
    """Rows that do not match the filters sent: justIN drops a filter it does not like, silently."""

    kind = "wrong-rows"
