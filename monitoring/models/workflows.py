"""justIN's workflows as its campaign listing gives them."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone

from monitoring.models.sources import JustinCampaign, Polled


class WorkflowState(models.TextChoices):
    """justIN's words (contract, section 6). A state that is not here is stored and shown in justIN's own word."""

    DRAFT = "draft", "draft"
    SUBMITTED = "submitted", "submitted"
    RUNNING = "running", "running"
    PAUSED = "paused", "paused"
    FINISHING = "finishing", "finishing"
    FINISHED = "finished", "finished"


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def with_tally(self) -> WorkflowQuerySet:
        """With the totals beside each workflow, in the same query."""
        return self.select_related("tally", "justin_campaign")

    def watched(self) -> WorkflowQuerySet:
        """Those the poll reads: registered by id, listed in a watched justIN campaign, or finished and not read since."""
        last_reading_due = models.Q(state=WorkflowState.FINISHED, final_read_at=None, justin_campaign__isnull=False)
        return self.filter(models.Q(is_watched=True) | models.Q(justin_campaign__is_watched=True) | last_reading_due)


class Workflow(Polled):
    """A justIN workflow. The inherited fields say how reading its events goes; `listed_at` how old its listed row is."""

    justin_id = models.PositiveIntegerField(unique=True)
    justin_campaign = models.ForeignKey(
        JustinCampaign,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="workflows",
        help_text="Empty while it is only registered by its own id: its state and file counts are then unknown.",
    )
    is_watched = models.BooleanField(default=False, help_text="Registered by its own id.")

    # --- as listed ---
    description = models.TextField(blank=True)
    user_name = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=40, blank=True, help_text="justIN's word; empty when not known.")
    state_since = models.DateTimeField(null=True, blank=True, help_text="First seen in this state; justIN's clock.")
    mql = models.TextField(blank=True)
    scope_name = models.CharField(max_length=255, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="justIN leaves it empty for some ways of finishing.")
    files_processed = models.PositiveIntegerField(null=True, blank=True, help_text="Stage 1, exact.")
    files_total = models.PositiveIntegerField(
        null=True, blank=True, help_text="Stage 1 files known to justIN; 0 before finding."
    )
    listed_at = models.DateTimeField(null=True, blank=True, help_text="Newest listing that named it; justIN's clock.")
    unlisted_since = models.DateTimeField(null=True, blank=True, help_text="First listing without it, e.g. archived.")

    # --- reading its events ---
    full_read_at = models.DateTimeField(null=True, blank=True, help_text="Last reading of every type; justIN's clock.")
    read_state = models.CharField(max_length=40, blank=True, help_text="State at the last reading.")
    read_files_processed = models.PositiveIntegerField(null=True, blank=True)
    seen_finished_at = models.DateTimeField(null=True, blank=True, help_text="First listed as finished; justIN's clock.")
    final_read_at = models.DateTimeField(null=True, blank=True, help_text="The last full reading; then left alone.")
    auto_paused_at = models.DateTimeField(null=True, blank=True, help_text="justIN's newest event of an automatic pause.")
    first_seen_at = models.DateTimeField(default=timezone.now)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        ordering = ["-justin_id"]
        indexes = [models.Index(fields=["state"])]

    def __str__(self) -> str:
        return f"workflow {self.justin_id}"

    def get_absolute_url(self) -> str:
        return reverse("monitoring:workflow-detail", args=[self.justin_id])

    @property
    def is_finished(self) -> bool:
        return self.state == WorkflowState.FINISHED

    @property
    def row_changed(self) -> bool:
        """Whether its listed row changed since its events were last read."""
        return self.state != self.read_state or self.files_processed != self.read_files_processed

    @property
    def paused_by(self) -> str:
        """'justIN' or 'a person' for a paused workflow, else ''. People's pauses leave no event (contract, section 7)."""
        if self.state != WorkflowState.PAUSED:
            return ""
        return "justIN" if self.auto_paused_at else "a person"
