"""Fields that take exactly what they say: a wrong type is refused, never bent into shape."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LARGEST_ID = 2**31 - 1


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LARGEST_ID})
class IdField(serializers.Field[int, Any, int, Any]):
    """An id of justIN: a JSON number, whole, from 1 to 2147483647. No text, no true, no 402.0."""

    default_error_messages = {
        "invalid": "Give the id as justIN shows it: a whole number from 1 to {largest}, without quotes, for example 402."
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or not 0 < data <= LARGEST_ID:
            self.fail("invalid", largest=LARGEST_ID)
        return data

    def to_representation(self, value: int) -> int:
        return value


@extend_schema_field(OpenApiTypes.STR)
class TextField(serializers.Field[str, Any, str, Any]):
    """A JSON text; numbers are refused. Spaces around it go; what it may hold, the service says."""

    default_error_messages = {"invalid": "Give a text in double quotes.", "null_characters": "It holds a null character."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if "\x00" in data:
            self.fail("null_characters")
        return data.strip()

    def to_representation(self, value: str) -> str:
        return value


class Strict(serializers.Serializer[Any]):
    """Input that refuses names it does not know: a misspelt one would be dropped in silence otherwise."""

    def to_internal_value(self, data: Any) -> Any:
        if hasattr(data, "keys"):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
                raise serializers.ValidationError(
                    {
                        name: serializers.ErrorDetail(f"There is no {name} here; known are {known}.", code="unknown")
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)


class PageQuery(Strict):
    """Query parameters of every list."""

    page = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, help_text="From 1.")
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, help_text="Rows a page.")
