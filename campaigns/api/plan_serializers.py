"""What the API tells of plans, and what it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.api.fields import Strict, TextField

NUMBER = {"type": "integer", "minimum": 0}


class WholeField(serializers.Field[int, Any, int, Any]):
    """A JSON number, whole, from `least` on; −1 only where `least` is −1. No text, no true, no 5.0."""

    default_error_messages = {"invalid": "Give a whole number from {least} to {largest}, without quotes."}

    def __init__(self, *, least: int = 0, **how: Any) -> None:
        self.least = least
        super().__init__(**how)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or not self.least <= data < 2**31:
            self.fail("invalid", least=self.least, largest=2**31 - 1)
        return data

    def to_representation(self, value: int) -> int:
        return value


@extend_schema_field(NUMBER)
class CountField(WholeField):
    pass


@extend_schema_field({"type": "integer", "minimum": -1, "nullable": True, "description": "−1 or null: to the end."})
class LimitField(WholeField):
    def __init__(self, **how: Any) -> None:
        super().__init__(least=-1, allow_null=True, **how)


class SliceSerializer(Strict):
    skip = CountField()
    limit = LimitField(required=False, default=None)


class DraftAskedSerializer(Strict):
    sample = TextField(
        required=False, help_text="Key of a sample of the plan, a dataset (SCOPE:NAME) or MQL. Left out: the plan's first."
    )
    n_files = CountField(required=False, help_text="Files of the sample. Left out: as the plan has it.")
    files_per_workflow = CountField(required=False, help_text="For equal slices.")
    slices = SliceSerializer(many=True, required=False, help_text="Instead of files_per_workflow.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("slices" in attrs) == ("files_per_workflow" in attrs):
            raise serializers.ValidationError(
                {"files_per_workflow": "Give files_per_workflow or slices, one of both."}, code="required"
            )
        return attrs


class DraftRowSerializer(serializers.Serializer[Any]):
    skip = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True, help_text="Null: to the end.")
    n_files = serializers.IntegerField(allow_null=True, help_text="It takes; null where the sample's size is not known.")
    remaining = serializers.IntegerField(allow_null=True, help_text="Of the sample after it, inputs counted once.")
    command = serializers.CharField(help_text="Empty while something for it is missing; `problems` says what.")
    problems = serializers.ListField(child=serializers.CharField())
    warning = serializers.CharField()


@extend_schema_field({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}, "nullable": True})
class GapsField(serializers.ReadOnlyField):
    """[[from, to], …], half-open positions in the ordered sample."""


@extend_schema_field({"type": "array", "items": {"type": "array", "items": {}}, "nullable": True})
class OverlapsField(serializers.ReadOnlyField):
    """[[from, to, [workflow ids]], …]; `to` is null where the sample's size is not known."""


class DraftSerializer(serializers.Serializer[Any]):
    n_files = serializers.IntegerField(allow_null=True)
    rows = DraftRowSerializer(many=True)
    gaps = GapsField()
    overlaps = OverlapsField(help_text="With numbers of rows, from 1, in place of workflow ids.")


class CoveredSerializer(serializers.Serializer[Any]):
    """Counts of distinct inputs. Null: not known, or (planned) never planned here."""

    planned = serializers.IntegerField(allow_null=True)
    submitted = serializers.IntegerField(allow_null=True)
    processed = serializers.IntegerField(allow_null=True, help_text="A lower bound unless processed_exact.")
    processed_exact = serializers.BooleanField()
    gaps = GapsField()
    overlaps = OverlapsField()


class SampleCoveredSerializer(CoveredSerializer):
    sample = serializers.CharField(help_text="Its query without ordered, skip and limit.")
    label = serializers.CharField()  # type: ignore[assignment]
    n_files = serializers.IntegerField(allow_null=True)
    workflows = serializers.ListField(child=serializers.IntegerField())
    again = serializers.ListField(
        child=serializers.IntegerField(), help_text="Workflows that ran again what these had left: attempts, no slices."
    )
    past_end = serializers.ListField(help_text="[[from, to, workflow id], …] behind the sample's last input.")


class UnreadSerializer(serializers.Serializer[Any]):
    workflow_id = serializers.IntegerField()
    problem = serializers.CharField()


class CoverageSerializer(serializers.Serializer[Any]):
    """Of full production: tests, small runs and validation samples are left out."""

    campaign = serializers.CharField()
    samples = SampleCoveredSerializer(many=True)
    together = CoveredSerializer(
        help_text="Positions are those of the samples laid end to end, in the order of `samples`; gaps and overlaps are null "
        "where the size of one before the last is not known."
    )
    unread = UnreadSerializer(many=True, help_text="Workflows whose MQL cannot be read.")


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(serializers.Field[Any, Any, Any, Any]):
    """A JSON object; the plan's own rules check it."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class ObjectsField(ObjectField):
    pass


class PlanSerializer(serializers.Serializer[Any]):
    """The draft. Send it back changed, without `computed` or with it."""

    campaign = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the draft: name it when saving. 0: there is none yet.")
    revision = serializers.IntegerField(allow_null=True, help_text="Newest that was published.")
    revision_sha256 = serializers.CharField()
    is_published = serializers.BooleanField(help_text="Whether the draft says what the newest revision says.")
    jobscript = ObjectField(
        allow_null=True, help_text="The campaign's file that the commands name: id, name, version, sha256. Null: none of them."
    )
    common = ObjectField(help_text="Settings of every row, and stages after the first as `later_stages`.")
    samples = ObjectsField()
    rows = ObjectsField(
        help_text="Each with `computed`: number, n_files, remaining, scope, command, problems, warning, workflows, may_be."
    )


class PlanGivenSerializer(Strict):
    campaign = TextField(required=False)
    version = CountField()
    revision = CountField(required=False, allow_null=True)
    revision_sha256 = TextField(required=False)
    is_published = serializers.BooleanField(required=False)
    jobscript = ObjectField(required=False, allow_null=True, default=None)
    common = ObjectField(required=False, default=dict)
    samples = ObjectsField(required=False, default=list)
    rows = ObjectsField(required=False, default=list)


class PublishSerializer(Strict):
    version = CountField()
    note = TextField(required=False, default="")
