"""One error per way in which a question to MetaCat fails. `kind` is stored and shown; see monitoring.models.Failure."""

from monitoring.source_errors import SourceError


class MetacatError(SourceError):
    """A question to MetaCat failed."""


class MetacatUnreachable(MetacatError):
    """No connection, or it was closed before an answer began."""

    kind = "unreachable"
    concerns_service = True


class MetacatSlow(MetacatError):
    """No whole answer within the time limit. MetaCat goes on with the query: asking again at once would double its work."""

    kind = "slow"
    concerns_service = True


class MetacatBusy(MetacatError):
    """Status 429, 502, 503, 504, 521 or 524: it, or the proxy before it, has no time."""

    kind = "busy"
    concerns_service = True


class MetacatServerError(MetacatError):
    """Status 500: the catalogue could not run this query. It can be the query's fault; others may well be answered."""

    kind = "server-error"


class MetacatRefused(MetacatError):
    """Status 400: the query cannot be read, or asks for what does not exist."""

    kind = "refused"


class MetacatUnknownDataset(MetacatError):
    """There is no such dataset. A query of one is answered with zero files and no word about it."""

    kind = "not-found"


class MetacatLoginWanted(MetacatError):
    """Status 401 or 403, or a redirect to a log-in: this MetaCat does not answer readers without one."""

    kind = "login-wanted"
    concerns_service = True


class MetacatErrorPage(MetacatError):
    """Another status, a redirect, or a page with status 200: mostly a wrong address."""

    kind = "error-page"
    concerns_service = True


class MetacatGarbage(MetacatError):
    """Not JSON, keys missing or of the wrong type."""

    kind = "garbage"


class MetacatCut(MetacatError):
    """The body ends in the middle."""

    kind = "cut"


class MetacatWrongAnswer(MetacatError):
    """Records instead of a count: MetaCat drops a parameter it does not like, silently."""

    kind = "wrong-rows"


class MetacatTrap(MetacatError):
    """Not asked: MetaCat would count something else than the query says, or the whole catalogue."""

    kind = "trap"
