"""The words for where criteria, sign-offs and steps stand. Values are stored and told by the API; they never change."""

from __future__ import annotations

from django.db import models


class CriterionState(models.TextChoices):
    MET = "met", "met"
    NOTED = "met-with-note", "met with a note"
    NOT_MET = "not-met", "not met"
    WAIVED = "waived", "waived"
    LAPSED = "lapsed", "lapsed"
    REFUSED = "refused", "refused"
    NOT_AVAILABLE = "not-available", "not available yet"


HOLDS = frozenset({CriterionState.MET, CriterionState.NOTED, CriterionState.WAIVED})


class SignState(models.TextChoices):
    NONE = "none", "not signed"
    SIGNED = "signed", "signed"
    REFUSED = "refused", "refused"
    ANSWERED = "answered", "refused, changed since"
    LAPSED = "lapsed", "lapsed"
    VOID = "void", "void"


class StepState(models.TextChoices):
    NOT_OPEN = "not-open", "not open yet"
    OPEN = "open", "open"
    SENT_BACK = "sent-back", "sent back"
    COMPLETE = "complete", "complete"
    LAPSED = "lapsed", "complete, but a sign-off lapsed"
