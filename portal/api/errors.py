"""Errors as JSON that says what is wrong, names the field, and says what to do.

Every error answers {"detail", "remedy", "errors": [{"field", "message", "remedy"}]}; `errors` is empty where no field is at
fault. 401: no or an unknown token. 403: the roles do not allow it. 409: it contradicts what is there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from portal.errors import Conflict, Invalid, NotAllowed, Refused

log = logging.getLogger(__name__)

SCHEMA = "/api/v1/docs/"
LOG_IN = "Send the header “Authorization: Token …”; a token is made on the profile page of the portal."
ASK = "Ask a coordinator, or use the token of somebody who holds the role."
REMEDIES = {
    "authentication_failed": LOG_IN,
    "not_authenticated": LOG_IN,
    "permission_denied": ASK,
    "not_found": f"Check the id or name in the address; {SCHEMA} lists the addresses.",
    "method_not_allowed": f"{SCHEMA} lists what each address takes.",
    "not_acceptable": "The API answers in JSON: accept application/json.",
    "unsupported_media_type": "Send JSON, with the header “Content-Type: application/json”.",
    "parse_error": "Send one JSON object in UTF-8.",
    "throttled": "Wait, then try again.",
    "required": "Add it to the JSON object.",
    "null": "Give it a value.",
    "blank": "Give it a value.",
    "unknown": "Leave it out, or correct its name.",
}
STATUS = {Invalid: status.HTTP_400_BAD_REQUEST, NotAllowed: status.HTTP_403_FORBIDDEN, Conflict: status.HTTP_409_CONFLICT}


def errors(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turns what a view raised into an answer; the framework's handler for errors, named in the settings."""
    if isinstance(exc, Refused):
        set_rollback()
        return _answer(_status_of(exc), exc.message, _refused_remedy(exc), _of_field(exc))
    if isinstance(exc, Http404):
        # the text may be the framework's own; a view that knows better raises NotFound with its words
        exc = exceptions.NotFound("There is nothing at this address.")
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    response = exception_handler(exc, context)
    if response is None:
        return _broken(exc)
    if isinstance(exc, exceptions.ValidationError):
        found = list(_flat(exc.detail))
        what = "; ".join(f"{error['field']}: {error['message']}" if error["field"] else error["message"] for error in found)
        body = _body(what, found[0]["remedy"] if found else "", found)
    else:
        assert isinstance(exc, exceptions.APIException)
        code = exc.get_codes() if isinstance(exc.get_codes(), str) else exc.default_code
        body = _body(_sentence(str(exc.detail)), getattr(exc, "remedy", "") or REMEDIES.get(str(code), ""), [])
    response.data = body
    return response


class NotThere(exceptions.NotFound):
    """404 with the words of the view that looked."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.remedy = remedy


def _answer(code: int, detail: str, remedy: str, found: list[dict[str, str]]) -> Response:
    return Response(_body(detail, remedy, found), status=code)


def _body(detail: str, remedy: str, found: list[dict[str, str]]) -> dict[str, Any]:
    return {"detail": detail, "remedy": remedy, "errors": found}


def _status_of(exc: Refused) -> int:
    return next((code for kind, code in STATUS.items() if isinstance(exc, kind)), status.HTTP_400_BAD_REQUEST)


def _refused_remedy(exc: Refused) -> str:
    if isinstance(exc, NotAllowed):
        return ASK
    if isinstance(exc, Conflict):
        return f"Send another {exc.field}." if exc.field else "Look at what is there, then try again."
    return f"Correct {exc.field} and send it again." if exc.field else "Correct it and send it again."


def _of_field(exc: Refused) -> list[dict[str, str]]:
    if isinstance(exc, Invalid) and exc.problems:
        return [
            {"field": one.path, "message": one.message, "remedy": f"Correct {one.path or 'it'} and send it again."}
            for one in exc.problems
        ]
    return [{"field": exc.field, "message": exc.message, "remedy": _refused_remedy(exc)}] if exc.field else []


def _flat(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """One error for each message, its field as a dotted path; '' where the object as a whole is at fault."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            name = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(filter(None, (field, name))))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, field)
    else:
        code = getattr(detail, "code", "")
        remedy = REMEDIES.get(code) or (f"Correct {field}; " if field else "") + f"see {SCHEMA} for what it takes."
        yield {"field": field, "message": _sentence(str(detail)), "remedy": remedy[0].upper() + remedy[1:]}


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", ")")) else f"{text}."


def _broken(exc: Exception) -> Response:
    """What no rule foresaw: told to the log in full, to the client in a sentence."""
    set_rollback()
    if isinstance(exc, OperationalError | InterfaceError):
        log.error("The database did not answer: %s", exc)
        return _answer(
            status.HTTP_503_SERVICE_UNAVAILABLE, "The portal's database does not answer.",
            "Nothing was changed. Try again in a minute.", [],
        )  # fmt: skip
    log.error("An API view failed", exc_info=exc)
    return _answer(
        status.HTTP_500_INTERNAL_SERVER_ERROR, "The portal made a mistake.",
        "Nothing was changed. Tell the portal's administrators what you asked, and when.", [],
    )  # fmt: skip
