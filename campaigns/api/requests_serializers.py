"""What the API tells of production requests, and what it takes. Sizes are bytes; numbers are null where they are unknown."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.models import ProductionRequest, RequestKind, RequestState
from campaigns.requests.shape import GROUPS, MOST_ROWS, TABLES, TEXTS
from portal.api.fields import PageQuery, Strict

STATES = f"One of {', '.join(RequestState.values)}."
SORTED_BY = ("id", "priority", "wanted_by_on", "submitted_at", "n_events", "tape_bytes")
TYPED = {"oneOf": [{"type": "string"}, {"type": "number"}]}  # numbers may come as text: "20,784"


def _object(names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names, TYPED)}


CONTENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What the form holds: eight items and what they are about. Numbers as JSON numbers or as text with commas; "
    "the unit of an output's size is kB, MB, GB or TB (decimal); the kind of a sample is dataset, mql, runs or monte-carlo; "
    "the order of samples is their priority.",
    "properties": {
        **{name: {"type": "string"} for name in TEXTS},
        **{name: _object(names) for name, names in GROUPS.items()},
        **{name: {"type": "array", "maxItems": MOST_ROWS, "items": _object(names)} for name, names in TABLES.items()},
        "datasets": {"type": "array", "maxItems": MOST_ROWS, "items": {"type": "string"}},
    },
}


@extend_schema_field(CONTENT_SCHEMA)
class ContentField(serializers.JSONField):
    """A request's content; campaigns/requests/shape.py says what it may hold."""


class RequestListedSerializer(serializers.ModelSerializer[ProductionRequest]):
    """A request in a list."""

    url = serializers.SerializerMethodField(help_text="Its page in the portal.")
    state = serializers.CharField(help_text=STATES)
    requester = serializers.CharField(source="requester.username")
    working_group = serializers.CharField(source="working_group.name", default="")
    detector = serializers.CharField(source="detector.name", default="")

    class Meta:
        model = ProductionRequest
        fields = [
            "id", "url", "title", "state", "kind", "detector", "working_group", "requester", "n_complete", "n_events",
            "tape_bytes", "cpu_hours", "priority", "wanted_by_on", "created_at", "saved_at", "submitted_at", "version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, request: ProductionRequest) -> str:
        return str(self.context["request"].build_absolute_uri(request.get_absolute_url()))


class ItemSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="1 to 8.")
    title = serializers.CharField()
    state = serializers.CharField(help_text="ok, warning, bad or todo; the first two are complete.")
    words = serializers.CharField()
    field = serializers.CharField(help_text="The field at fault, or the item's first.")


class ProblemSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Its path in the content, for example steps.0.fcl.")
    level = serializers.ChoiceField(["error", "warning"])
    message = serializers.CharField(help_text="What is wrong, and what would be right.")


class RequestTotalsSerializer(serializers.Serializer[Any]):
    n_events = serializers.IntegerField(allow_null=True)
    n_files = serializers.IntegerField(allow_null=True)
    tape_bytes = serializers.IntegerField(allow_null=True)
    tape_rows = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="Bytes of each row of outputs."
    )
    n_tape_files = serializers.IntegerField(allow_null=True)
    cpu_hours = serializers.FloatField(allow_null=True)
    storage_bytes = serializers.IntegerField(allow_null=True)


class RequestSerializer(serializers.Serializer[Any]):
    """A request with all it says."""

    id = serializers.IntegerField()
    url = serializers.CharField(help_text="Its page in the portal.")
    state = serializers.CharField(help_text=STATES)
    version = serializers.IntegerField(help_text="Counts saves; a change names the one it began from.")
    requester = serializers.CharField()
    created_at = serializers.DateTimeField()
    saved_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    priority = serializers.IntegerField(allow_null=True)
    wanted_by_on = serializers.DateField(allow_null=True)
    cloned_from = serializers.IntegerField(allow_null=True)
    campaigns = serializers.ListField(child=serializers.CharField(), help_text="Slugs of the campaigns that serve it.")
    content = ContentField(help_text="As typed.")
    values = serializers.DictField(help_text="The same as numbers and dates; null where it cannot be read.")
    totals = RequestTotalsSerializer()
    n_complete = serializers.IntegerField(help_text="Of the eight items.")
    items = ItemSerializer(many=True)
    problems = ProblemSerializer(many=True)


class RequestQuery(PageQuery):
    state = serializers.ChoiceField(RequestState.choices, required=False)
    kind = serializers.ChoiceField(RequestKind.choices, required=False)
    detector = serializers.CharField(required=False, help_text="Its name.")
    working_group = serializers.CharField(required=False, help_text="Its name.")
    requester = serializers.CharField(required=False, help_text="A user name.")
    search = serializers.CharField(required=False, help_text="Words; all of them must be there.")
    ordering = serializers.ChoiceField(
        [sign + key for key in SORTED_BY for sign in ("", "-")], required=False, help_text="Default -id."
    )  # fmt: skip


class ChangeSerializer(Strict):
    """A new content for a request, and the version it began from."""

    version = serializers.IntegerField(min_value=1)
    content = ContentField()
