"""What the API tells of a campaign's log, and what it takes."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.log.reading import MACHINES, PEOPLE
from campaigns.models import EntryKind, LogEntry, LogFile, ReferenceKind, VersionKind
from portal.api.fields import LARGEST_ID, IdField, PageQuery, Strict, TextField

PEOPLES_KINDS = [value for value in EntryKind.values if value != EntryKind.MACHINE]
AT = "With its zone, e.g. 2026-11-30T07:12:00Z; without one it is UTC."


# --- what it tells ---


class LogFileSerializer(serializers.ModelSerializer[LogFile]):
    """A file with an entry; a text shows a picture as ![words](file:NUMBER)."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = LogFile
        fields = ["number", "name", "content_type", "size_bytes", "sha256", "width", "height", "url"]

    def get_url(self, file: LogFile) -> str:
        return str(self.context["request"].build_absolute_uri(file.get_absolute_url()))


class ReferenceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text=f"One of {', '.join(ReferenceKind.values)}.")
    value = serializers.CharField()


class VersionSerializer(serializers.Serializer[Any]):
    """What an entry said at a time; of an amendment the addition alone."""

    number = serializers.IntegerField()
    kind = serializers.CharField(help_text=f"One of {', '.join(VersionKind.values)}.")
    body = serializers.CharField()
    author = serializers.CharField(source="author.username", default="")
    at = serializers.DateTimeField()


class StruckSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(source="struck_at")
    by = serializers.CharField(source="struck_by.username", default="")
    because = serializers.CharField(source="struck_because")


class ClosedSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username")


class ReplySerializer(serializers.ModelSerializer[LogEntry]):
    """An entry that answers another."""

    url = serializers.SerializerMethodField(help_text="Of its page, for good.")
    kind = serializers.CharField(help_text=f"One of {', '.join(EntryKind.values)}.")
    author = serializers.CharField(source="author.username", default="", help_text="Empty where the portal itself saw it.")
    token = serializers.CharField(source="token_name", help_text="Name of the token it was written with; else empty.")
    body = serializers.CharField(help_text="Markdown, as its newest edit has it.")
    amendments = serializers.SerializerMethodField(help_text="What the author added later.")
    references = ReferenceSerializer(many=True)
    files = LogFileSerializer(many=True)
    in_reply_to = serializers.IntegerField(source="parent.number", default=None, allow_null=True)
    struck = serializers.SerializerMethodField(help_text="Whether, when, by whom and why it was struck through; else null.")

    class Meta:
        model = LogEntry
        fields = [
            "number", "url", "kind", "author", "token", "step", "happened_at", "written_at", "body", "version", "amendments",
            "tags", "references", "files", "in_reply_to", "topic", "state", "data", "struck",
        ]  # fmt: skip

    def get_url(self, entry: LogEntry) -> str:
        return str(self.context["request"].build_absolute_uri(entry.get_absolute_url()))

    @extend_schema_field(VersionSerializer(many=True))
    def get_amendments(self, entry: LogEntry) -> Any:
        return VersionSerializer([one for one in entry.versions.all() if one.kind == VersionKind.AMENDED], many=True).data

    @extend_schema_field(StruckSerializer(allow_null=True))
    def get_struck(self, entry: LogEntry) -> Any:
        return StruckSerializer(entry).data if entry.is_struck else None


class EntrySerializer(ReplySerializer):
    """An entry with its replies."""

    replies = ReplySerializer(many=True)
    closed = serializers.SerializerMethodField(help_text="Of an incident: when and by whom it was closed; else null.")

    class Meta(ReplySerializer.Meta):
        fields = [*ReplySerializer.Meta.fields, "closed", "replies"]

    @extend_schema_field(ClosedSerializer(allow_null=True))
    def get_closed(self, entry: LogEntry) -> Any:
        return ClosedSerializer(entry.closing).data if hasattr(entry, "closing") else None


# --- what it takes ---


class LogQuery(PageQuery):
    """Filters; all that are given must fit."""

    q = serializers.CharField(required=False, help_text="Words, all of which must be in the entry.")
    kind = serializers.CharField(required=False, help_text=f"One, or several between commas: {', '.join(EntryKind.values)}.")
    by = serializers.ChoiceField([PEOPLE, MACHINES], required=False, help_text="Who wrote it.")
    author = serializers.CharField(required=False)
    step = serializers.CharField(required=False, help_text="Key of a step.")
    topic = serializers.CharField(required=False, help_text="Of machine entries, e.g. workflow-finished.")
    tag = serializers.CharField(required=False)
    workflow_id = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    site = serializers.CharField(required=False)
    meeting = serializers.DateField(required=False, help_text="Points to the meeting of this day.")
    since = serializers.DateTimeField(required=False, help_text=f"Happened at this time or later. {AT}")
    until = serializers.DateTimeField(required=False, help_text=f"Happened before this time. {AT}")
    order = serializers.ChoiceField(["newest", "oldest"], required=False, help_text="By when it happened; default newest.")

    def validate_kind(self, value: str) -> frozenset[str]:
        kinds = frozenset(kind.strip() for kind in value.split(","))
        if unknown := sorted(kinds - set(EntryKind.values)):
            known = ", ".join(EntryKind.values)
            raise serializers.ValidationError(f"There is no kind {unknown[0][:40]}; they are {known}.")
        return kinds


def _many(name: str, dictionary: Any) -> Any:
    """The values of a field: of a form each time it was given and between commas, of JSON the list."""
    if not isinstance(dictionary, QueryDict):
        return dictionary.get(name, serializers.empty)
    if name not in dictionary:
        return serializers.empty
    return [part.strip() for value in dictionary.getlist(name) for part in str(value).split(",") if part.strip()]


class WordsField(serializers.ListField):
    """A list of texts; in a form also between commas."""

    child = TextField()

    def get_value(self, dictionary: Any) -> Any:
        return _many(self.field_name or "", dictionary)


class IdsField(serializers.ListField):
    """A list of ids of justIN; in a form also between commas."""

    child = IdField()

    def get_value(self, dictionary: Any) -> Any:
        values = _many(self.field_name or "", dictionary)
        if isinstance(dictionary, QueryDict) and values is not serializers.empty:
            return [int(one) if one.isascii() and one.isdigit() and len(one) <= 10 else one for one in values]
        return values


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "binary"}})
class FilesField(serializers.ListField):
    """Files of a form, under the name that is given as often as there are files."""

    child = serializers.FileField()

    def get_value(self, dictionary: Any) -> Any:
        if isinstance(dictionary, QueryDict):
            return dictionary.getlist(self.field_name or "") or serializers.empty
        return dictionary.get(self.field_name, serializers.empty)


class EntryGivenSerializer(Strict):
    kind = serializers.ChoiceField(PEOPLES_KINDS, default=EntryKind.NOTE.value)
    body = TextField(help_text="Markdown.")
    happened_at = serializers.DateTimeField(required=False, help_text=f"Default now. {AT}")
    tags = WordsField(required=False)
    workflows = IdsField(required=False, help_text="Ids as justIN shows them; they need not be known to the portal yet.")
    sites = WordsField(required=False)
    meetings = WordsField(required=False, help_text="Days of meetings, e.g. 2026-11-30.")
    step = TextField(required=False, help_text="Key of a step; default the one that the campaign is in.")
    in_reply_to = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, help_text="Number of an entry.")
    files = FilesField(required=False, help_text="Only in multipart/form-data; at most 10 of 10 MB.")


class EditGivenSerializer(Strict):
    version = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="The one that you changed.")
    body = TextField(help_text="Markdown.")
    tags = WordsField(required=False)


class AmendmentGivenSerializer(Strict):
    body = TextField(help_text="Markdown: what is to be added.")
    files = FilesField(required=False, help_text="Only in multipart/form-data.")


class ClosingGivenSerializer(Strict):
    body = TextField(required=False, help_text="Markdown: why. Without it the reply says only that it was closed or reopened.")
