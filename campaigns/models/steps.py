"""What people did about a campaign's steps, what the portal saw of them, and what follows from both.

StepEvent and Evidence are the truth: rows that the database itself only lets be added. CriterionFact keeps what an auto
criterion saw last. StepStanding and QueueItem are read from these (campaigns/steps/refreshing.py writes them, in the same
transaction) so that lists and the home page need not work it out for every campaign.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from campaigns.models.campaigns import Campaign
from monitoring.models import Workflow
from portal.models import Event


class ProcessTemplate(models.Model):
    """A version of the five steps and their criteria, as campaigns/steps/process.toml had it. Never changed."""

    number = models.PositiveIntegerField(unique=True)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"template {self.number}"


class Team(models.TextChoices):
    """Who signs: one person of each. Values are those of the roles; stored values never change."""

    PRODUCTION = "production", "Production"
    DATA_MANAGEMENT = "data-management", "Data management"


class StepVerb(models.TextChoices):
    """Past tense; stored values never change. campaigns/steps/standing.py says what each does to a step."""

    EVIDENCE_ADDED = "evidence-added", "gave evidence for"
    TAKEN_BACK = "taken-back", "took back what met"
    DECIDED = "decided", "recorded the decision on"
    WAIVED = "waived", "waived"
    WAIVER_ENDED = "waiver-ended", "ended the waiver of"
    SIGN_OFF_ASKED = "sign-off-asked", "asked for sign-offs"
    SIGNED = "signed", "signed"
    REFUSED = "refused", "refused to sign"
    LAPSED = "lapsed", "sign-off lapsed"
    COMPLETED = "completed", "completed"
    REOPENED = "reopened", "reopened"
    FEEDBACK_ASKED = "feedback-asked", "asked the requester for feedback"
    FEEDBACK_GIVEN = "feedback-given", "gave feedback"
    FEEDBACK_REMINDED = "feedback-reminded", "reminded the requester"
    FEEDBACK_SKIPPED = "feedback-skipped", "went on without the requester’s reply"
    TOLD = "told", "told"
    WORKFLOW_ATTACHED = "workflow-attached", "attached workflow"
    WORKFLOW_DETACHED = "workflow-detached", "detached workflow"
    FACT_CHANGED = "fact-changed", "saw a change in"
    TEMPLATE_MOVED = "template-moved", "moved to template"
    PLAN_PUBLISHED = "plan-published", "published the plan"
    WORKFLOW_REPORTED = "workflow-reported", "recorded workflow"
    REPORT_TAKEN_BACK = "report-taken-back", "took back the record of workflow"
    FILE_ADDED = "file-added", "kept a file"
    FILE_WITHDRAWN = "file-withdrawn", "withdrew a file"
    ALERT_OPENED = "alert-opened", "opened an alert"
    ALERT_CLOSED = "alert-closed", "closed an alert"


class StepEvent(Event):
    """One act on a campaign's steps, by a person or the portal. The database refuses to change or delete a row.

    `number` counts a campaign's events without a gap, and is unique: of two acts that began from the same standing, one
    is written. `note` is the reason, comment or answer; `data` old and new values and whatever else the verb needs.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="step_events")
    number = models.PositiveIntegerField()
    verb = models.CharField(max_length=40, choices=StepVerb.choices)
    step = models.CharField(max_length=40, blank=True, help_text="Key of the step.")
    criterion = models.CharField(max_length=60, blank=True, help_text="Key of the criterion.")
    team = models.CharField(max_length=20, choices=Team.choices, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Of what a sign-off saw.")
    data = models.JSONField(default=dict, blank=True)

    class Meta(Event.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="step_event_number_once")]
        # the decisions of a meeting's day are asked for on each page of a meeting
        indexes = [models.Index(fields=["at"], condition=models.Q(verb="decided"), name="decisions_in_time_order")]

    def __str__(self) -> str:
        return f"{self.campaign} {self.number}: {self.get_verb_display()}"


class EvidenceKind(models.TextChoices):
    TEXT = "text", "text"
    LINK = "link", "link"
    FILE = "file", "file"
    WORKFLOW = "workflow", "workflow"
    LOG_ENTRY = "log-entry", "log entry"


def _evidence_path(evidence: Evidence, name: str) -> str:
    return f"evidence/{evidence.campaign_id}/{name}"


class Evidence(models.Model):
    """What shows that a criterion holds, with its author and the hash of its content. Rows are only added."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="evidence")
    step = models.CharField(max_length=40)
    criterion = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices)
    text = models.TextField(blank=True, help_text="The text; of a link, file or workflow: what it shows.")
    url = models.CharField(max_length=1000, blank=True, help_text="Of a link; of a log entry its address here.")
    file = models.FileField(upload_to=_evidence_path, blank=True, max_length=300)
    file_name = models.CharField(max_length=150, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size_bytes = models.PositiveIntegerField(null=True, blank=True)
    workflow = models.ForeignKey(Workflow, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, help_text="Of kind and content.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["campaign", "step", "criterion"])]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"{self.kind} for {self.criterion}"

    def get_absolute_url(self) -> str:
        """Of a file: where it is served."""
        return reverse("campaigns:evidence-file", args=[self.pk])

    @property
    def log_entry(self) -> int | None:
        """The number of the log's entry that is shown; None for other kinds."""
        number = self.url.rstrip("/").rpartition("/")[2]
        return int(number) if self.kind == EvidenceKind.LOG_ENTRY and number.isdigit() else None


class StepWorkflow(models.Model):
    """A workflow that was run for a step. StepEvents tell who attached it, and keep those that were detached."""

    class Use(models.TextChoices):
        MAIN = "main", "of the step itself"
        SMALL_RUN = "small-run", "small run in the same configuration first"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="step_workflows")
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="step_uses")
    step = models.CharField(max_length=40)
    use = models.CharField(max_length=20, choices=Use.choices, default=Use.MAIN)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "workflow"], name="workflow_of_one_step")]

    def __str__(self) -> str:
        return f"{self.workflow} for {self.step} of {self.campaign}"


class Alert(models.Model):
    """A guard rail that was broken. It blocks its step while it is open."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="alerts")
    workflow = models.ForeignKey(Workflow, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts")
    step = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, help_text="E.g. scope.")
    title = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_because = models.TextField(blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "workflow", "kind", "step"], condition=models.Q(closed_at=None), name="one_open_alert"
            )
        ]
        indexes = [models.Index(fields=["closed_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class CriterionFact(models.Model):
    """What an auto criterion saw last. Its changes of state are StepEvents."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="criterion_facts")
    criterion = models.CharField(max_length=60)
    state = models.CharField(max_length=20, help_text="See campaigns/steps/standing.py.")
    saw = models.TextField(blank=True, help_text="In words, e.g. 10 of 10 jobs ended with exit code 0.")
    data = models.JSONField(default=dict, blank=True)
    as_of = models.DateTimeField(null=True, blank=True, help_text="How old the numbers are; empty where age has no meaning.")
    since = models.DateTimeField(help_text="In this state since.")
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "criterion"], name="one_fact_per_criterion")]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.state}"


class StepStanding(models.Model):
    """Where a step stands, worked out from the rows above at their last change."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="standings")
    step = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(help_text="From 1.")
    title = models.CharField(max_length=100)
    state = models.CharField(max_length=20, help_text="See campaigns/steps/standing.py.")
    is_current = models.BooleanField(default=False)
    n_criteria = models.PositiveSmallIntegerField(default=0)
    n_held = models.PositiveSmallIntegerField(default=0, help_text="Met or waived.")
    words = models.CharField(max_length=100, blank=True, help_text="E.g. 10 of 12 met, 1 lapsed.")
    since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["campaign", "step"], name="one_standing_per_step")]

    def __str__(self) -> str:
        return f"{self.title}: {self.state}"


class QueueItem(models.Model):
    """Something that waits for people: a criterion of a campaign's current step, and who must act."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="queue_items")
    step = models.CharField(max_length=40)
    criterion = models.CharField(max_length=60, blank=True, help_text="Empty: the step as a whole, e.g. to be completed.")
    who = models.CharField(max_length=20, help_text="shifters, requesters, production, data-management or coordinators.")
    words = models.CharField(max_length=300, help_text="What to do, e.g. sign for production.")
    since = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(null=True, blank=True)
    is_told = models.BooleanField(default=False, help_text="Whether people were told that it waits.")

    class Meta:
        ordering = ["since", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "step", "criterion", "who"], name="one_queue_item")]
        indexes = [models.Index(fields=["who"])]

    def __str__(self) -> str:
        return self.words
