"""What the API tells of a campaign's steps, and what it takes. Keys of steps and criteria are those of the template."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.models import EvidenceKind, StepWorkflow, Team
from campaigns.steps.feedback import VERDICTS
from campaigns.steps.process import Kind, Who
from campaigns.steps.states import CriterionState, SignState, StepState
from portal.api.fields import LARGEST_ID, IdField, Strict, TextField

KINDS = f"One of {', '.join(Kind)}."
WHO = f"Who acts next while it is not met: one of {', '.join(Who)}."
STATES = f"One of {', '.join(CriterionState.values)}; the first two and waived hold."
FINGERPRINT = "Of what a sign-off sees: 64 hexadecimal digits."


@extend_schema_field(OpenApiTypes.BOOL)
class TrueOrFalse(serializers.Field[bool, Any, bool, Any]):
    """A JSON true or false; no text, no number."""

    default_error_messages = {"invalid": "Give true or false, without quotes."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data

    def to_representation(self, value: bool) -> bool:
        return value


# --- what it tells ---


class EvidenceSerializer(serializers.Serializer[Any]):
    """What shows that a criterion holds."""

    id = serializers.IntegerField()
    kind = serializers.CharField(help_text=f"One of {', '.join(EvidenceKind.values)}.")
    text = serializers.CharField()
    url = serializers.CharField(help_text="Of a link or log entry; else empty.")
    file_url = serializers.CharField(help_text="Of a file: where it is served; else empty.")
    file_name = serializers.CharField(help_text="Of a file; else empty.")
    size_bytes = serializers.IntegerField(allow_null=True, help_text="Of a file; else null.")
    workflow_id = serializers.IntegerField(allow_null=True, help_text="As justIN shows it; null where it is no workflow.")
    log_entry = serializers.IntegerField(allow_null=True, help_text="Number of the log's entry; null where it is none.")
    sha256 = serializers.CharField(help_text="Of a file its bytes, else of kind and content.")
    author = serializers.CharField()
    at = serializers.DateTimeField()


class MissingSerializer(serializers.Serializer[Any]):
    """A criterion that neither holds nor is waived."""

    key = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField(help_text=KINDS)
    state = serializers.CharField(help_text=STATES)
    who = serializers.CharField(help_text="Who acts next: shifters, requesters, coordinators, production or data-management.")
    saw = serializers.CharField(help_text="What was seen, or why it does not hold; may be empty.")


class CriterionSerializer(serializers.Serializer[Any]):
    """One thing that must hold before its step is complete."""

    key = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField(help_text=KINDS)
    who = serializers.CharField(help_text=WHO)
    state = serializers.CharField(help_text=STATES)
    saw = serializers.CharField(help_text="What was seen; a decision's note, a waiver's reason, why a sign-off ended.")
    since = serializers.DateTimeField(allow_null=True, help_text="In this state since.")
    by = serializers.CharField(allow_null=True, help_text="Who made it so; null where the portal saw it, or nobody did yet.")
    as_of = serializers.DateTimeField(allow_null=True, help_text="How old the numbers seen are; null where age has no meaning.")
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When the facts were looked at last.")
    agreed = serializers.BooleanField(allow_null=True, help_text="Of a decision that was recorded; else null.")
    meeting_on = serializers.DateField(allow_null=True, help_text="Of a decision that was recorded; else null.")
    evidence = EvidenceSerializer(many=True, help_text="What counts, oldest first.")
    withdrawn = EvidenceSerializer(many=True, help_text="What was taken back, and counts no more.")


class SignOffSerializer(serializers.Serializer[Any]):
    """One team's sign-off of a step: its newest signature or refusal, and whether it still stands."""

    team = serializers.ChoiceField(Team.values)
    state = serializers.ChoiceField(SignState.values)
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    comment = serializers.CharField()
    revision = serializers.CharField(help_text="The fingerprint that was signed or refused; empty while nobody did.")
    parts = serializers.DictField(child=serializers.CharField(), help_text="The parts of what was signed or refused.")
    why = serializers.CharField(help_text="Why it lapsed, is void, or was refused.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it lapsed or became void.")
    changed = serializers.ListField(child=serializers.CharField(), help_text="Parts that are not what was signed.")


class StepWorkflowSerializer(serializers.Serializer[Any]):
    """A workflow that was run for a step."""

    workflow_id = serializers.IntegerField(help_text="As justIN shows it.")
    use = serializers.CharField(help_text=f"One of {', '.join(StepWorkflow.Use.values)}.")
    scope = serializers.CharField(help_text="Its real one; empty while unknown.")
    status = serializers.CharField(help_text="justIN's own word; empty while unknown.")
    attached_by = serializers.CharField(allow_null=True)
    attached_at = serializers.DateTimeField()


class StepSerializer(serializers.Serializer[Any]):
    """Where a step stands."""

    key = serializers.CharField()
    position = serializers.IntegerField(help_text="From 1.")
    title = serializers.CharField()
    url = serializers.CharField(help_text="Its page in the portal.")
    state = serializers.ChoiceField(StepState.values)
    words = serializers.CharField(help_text="The same in a few words, for example 10 of 12 met, 1 lapsed.")
    opened_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    completed_by = serializers.CharField(allow_null=True)
    revision = serializers.CharField(help_text=f"{FINGERPRINT} Name it when you sign.")
    fingerprint = serializers.CharField(help_text="The same as people compare it, for example 7c1e·09d4.")
    parts = serializers.DictField(child=serializers.CharField(), help_text="What the revision is made of.")
    may_be_completed = serializers.BooleanField(help_text="Nothing is missing and nothing blocks it.")
    blocked_by = serializers.ListField(
        child=serializers.CharField(), help_text="Why it cannot be completed, beside its criteria: open alerts, for example."
    )
    n_criteria = serializers.IntegerField()
    n_held = serializers.IntegerField(help_text="Met or waived.")
    missing = MissingSerializer(many=True)
    criteria = CriterionSerializer(many=True)
    sign_offs = SignOffSerializer(many=True)
    workflows = StepWorkflowSerializer(many=True, help_text="Those that were run for it.")


class StepsSerializer(serializers.Serializer[Any]):
    """A campaign's steps, in order."""

    campaign = serializers.CharField(help_text="Its slug.")
    template = serializers.IntegerField(help_text="The version of the steps it runs by.")
    current = serializers.CharField(allow_null=True, help_text="Key of the first step that is not complete; null when all are.")
    steps = StepSerializer(many=True)


# --- what it takes ---


class SignOffGivenSerializer(Strict):
    team = serializers.ChoiceField(Team.values)
    verdict = serializers.ChoiceField(["approve", "refuse"])
    revision = TextField(help_text="The fingerprint that you saw: all of it, or its short form.")
    comment = TextField(required=False, help_text="Needed to refuse: what must change.")


class ReasonSerializer(Strict):
    reason = TextField(help_text="Stays in the history.")


class MaybeReasonSerializer(Strict):
    reason = TextField(required=False, help_text="Stays in the history.")


class DecisionGivenSerializer(Strict):
    agreed = TrueOrFalse(help_text="false needs a note: what is to be done instead.")
    meeting_on = serializers.DateField(required=False, help_text="Default: today.")
    note = TextField(required=False)


class EvidenceGivenSerializer(Strict):
    """A file, a workflow, an entry of the log or a link, each with a text if wanted; or a text alone."""

    text = TextField(required=False)
    url = TextField(required=False, help_text="https:// or http://")
    workflow_id = IdField(required=False, help_text="A workflow of this campaign.")
    log_entry = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, help_text="Number of an entry of this campaign's log."
    )
    file = serializers.FileField(required=False, help_text="As multipart/form-data; at most 10 MB.")


class WorkflowGivenSerializer(Strict):
    workflow_id = IdField(help_text="A workflow of this campaign, as justIN shows it.")
    use = serializers.ChoiceField(StepWorkflow.Use.choices, required=False, help_text="Default main.")


class FeedbackGivenSerializer(Strict):
    verdict = serializers.ChoiceField(list(VERDICTS.items()))
    text = TextField(required=False, help_text="Needed unless the verdict is yes.")


class FeedbackAskedSerializer(Strict):
    due_on = serializers.DateField(required=False, help_text="Default: in a week.")
    note = TextField(required=False)
