"""What the OpenAPI document says of errors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

MEANINGS = {
    400: "A field or parameter cannot be used; `errors` names it and says what would do.",
    401: "No token, or one that is unknown or revoked.",
    403: "Your roles do not allow it; `detail` says which would.",
    404: "There is no such thing.",
    409: "It contradicts what is already there.",
}


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Its name in what was sent; empty where the whole is at fault.")
    message = serializers.CharField()
    remedy = serializers.CharField()


class ErrorSerializer(serializers.Serializer[Any]):
    """Every error looks like this."""

    detail = serializers.CharField(help_text="What is wrong, in a sentence.")
    remedy = serializers.CharField(help_text="What to do.")

    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]


def failures(*codes: int) -> dict[int, OpenApiResponse]:
    """The error answers of an operation, for `extend_schema(responses={...} | failures(400, 404))`."""
    return {code: OpenApiResponse(ErrorSerializer, description=MEANINGS[code]) for code in codes}
