"""What the API tells of a campaign's files, and what it takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from campaigns.api.plan_serializers import CountField
from campaigns.models import JobscriptKind
from portal.api.fields import IdField, PageQuery, Strict, TextField


class WholeTextField(TextField):
    """A JSON text, taken as it is: blanks and line breaks at its ends count."""

    def to_internal_value(self, data: Any) -> str:
        super().to_internal_value(data)
        return str(data)


class FindingSerializer(serializers.Serializer[Any]):
    """Something that the linter wants looked at. It blocks nothing."""

    line = serializers.IntegerField(help_text="From 1.")
    rule = serializers.CharField()
    what = serializers.CharField()
    why = serializers.CharField(help_text="Why it matters.")
    right = serializers.CharField(help_text="What would be right.")


class JobscriptSerializer(serializers.Serializer[Any]):
    """A version of a file, without its text."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text=f"One of {', '.join(JobscriptKind.values)}.")
    version = serializers.IntegerField(help_text="From 1, for each name.")
    is_newest = serializers.BooleanField(help_text="Whether it is the newest of its name.")
    is_withdrawn = serializers.BooleanField(help_text="Whether it says that the file is not used any more.")
    is_run_now = serializers.BooleanField(help_text="Whether it is the jobscript that commands of the plan use by default.")
    sha256 = serializers.CharField(help_text="Of the text's bytes; without text, of reference and commit.")
    size_bytes = serializers.IntegerField(help_text="0 where the text is not kept here.")
    git_reference = serializers.CharField()
    git_commit = serializers.CharField()
    based_on = serializers.IntegerField(allow_null=True, help_text="Id of the version that it was made from.")
    author = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField()
    url = serializers.CharField(help_text="Of this version with its text.")


class JobscriptTextSerializer(JobscriptSerializer):
    text = serializers.CharField()
    findings = FindingSerializer(
        many=True, allow_null=True, help_text="What the linter says; null where it reads nothing: input files, no text."
    )


class JobscriptQuery(PageQuery):
    name = serializers.CharField(required=False, help_text="Every version of this file; left out, the newest of each.")


class JobscriptGivenSerializer(Strict):
    """A text, a git reference with its commit, or both."""

    name = TextField()
    version = CountField(help_text="That yours follows: the number of the newest, 0 for a file that is not there yet.")
    kind = TextField(required=False, default=str(JobscriptKind.JOBSCRIPT), help_text="jobscript or input.")
    text = WholeTextField(required=False, default="")
    git_reference = TextField(required=False, default="", help_text="ORG/REPO/PATH:TAG.")
    git_commit = TextField(required=False, default="", help_text="40 hexadecimal digits.")
    note = TextField(required=False, default="")
    based_on = IdField(required=False, help_text="Id of the version, of whatever campaign, that it was made from.")
