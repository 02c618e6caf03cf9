"""The campaign: what serves a physics group's request."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from monitoring.models import Dataset, DatasetQuerySet, JustinCampaign, Workflow, WorkflowQuerySet
from portal.models import Event
from portal.roles import Anyone, may_read


class CampaignStatus(models.TextChoices):
    """Stored values never change."""

    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    FINISHED = "finished", "finished"
    CANCELLED = "cancelled", "cancelled"


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user: Anyone) -> CampaignQuerySet:
        """Campaigns this reader may see: all, when the site lets the public read or the reader is logged in."""
        return self.all() if may_read(user) else self.none()

    def active(self) -> CampaignQuerySet:
        return self.filter(status__in=[CampaignStatus.ACTIVE, CampaignStatus.PAUSED])


class Campaign(models.Model):
    """A production campaign: a unique agreed name, its justIN campaigns and its shifters."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    purpose = models.TextField(blank=True, help_text="What for, and for whom, in one sentence.")
    status = models.CharField(max_length=20, choices=CampaignStatus.choices, default=CampaignStatus.ACTIVE)
    name_is_provisional = models.BooleanField(default=False, help_text="Until a meeting agrees on it.")
    detector_name = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=20, blank=True, help_text="As requests have it.")
    working_directory = models.CharField(max_length=300, blank=True, help_text="HOST:/path under the production account.")
    jobscript_reference = models.CharField(max_length=300, blank=True, help_text="ORG/REPO/PATH:TAG, or where the file is.")
    n_jobs_reference = models.PositiveIntegerField(null=True, blank=True, help_text="Jobs to keep running.")
    metadata_campaigns = models.JSONField(
        default=list, blank=True, help_text="Values of dune.campaign in its datasets' metadata; none: its name."
    )
    template = models.ForeignKey(
        "campaigns.ProcessTemplate",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version of the steps it runs by. Empty: not read since the portal has steps; then the newest.",
    )
    links = models.JSONField(default=list, blank=True, help_text="[{label, url}]: DocDB, git, log, monitoring panels.")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    justin_campaigns = models.ManyToManyField(
        JustinCampaign, through="CampaignJustinCampaign", related_name="campaigns", blank=True
    )
    registered_workflows = models.ManyToManyField(
        Workflow, through="RegisteredWorkflow", related_name="registered_in", blank=True
    )
    shifters = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="Appointment",
        through_fields=("campaign", "user"),
        related_name="campaigns",
        blank=True,
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:campaign-detail", args=[self.slug])

    def workflows(self) -> WorkflowQuerySet:
        """Every workflow of the campaign, each once: listed in one of its justIN campaigns, or registered by id."""
        return Workflow.objects.filter(
            models.Q(justin_campaign__in=self.justin_campaigns.values("pk"))
            | models.Q(pk__in=self.registered_workflows.values("pk"))
        )

    @property
    def dune_campaigns(self) -> list[str]:
        """The values of `dune.campaign` by which its official datasets are known."""
        return self.metadata_campaigns or [self.name]

    def datasets(self) -> DatasetQuerySet:
        """Every dataset of the campaign, each once: of the outputs of its workflows, or made for it."""
        return Dataset.objects.filter(
            models.Q(workflow_justin_id__in=self.workflows().values("justin_id"))
            | models.Q(campaign_tag__in=self.dune_campaigns)
        )


class FormerName(models.Model):
    """A name the campaign had before; its address goes on working."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    until = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class CampaignJustinCampaign(models.Model):
    """A justIN campaign that serves this campaign; test and production scopes belong to different ones."""

    class Purpose(models.TextChoices):
        TEST = "test", "test"
        PRODUCTION = "production", "production"

    purpose = models.CharField(max_length=20, choices=Purpose.choices, blank=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    justin_campaign = models.ForeignKey(JustinCampaign, on_delete=models.PROTECT)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "justin_campaign"], name="justin_campaign_once")]

    def __str__(self) -> str:
        return f"{self.justin_campaign} for {self.campaign}"


class RegisteredWorkflow(models.Model):
    """A workflow registered by its own id, as its justIN campaign is not watched."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "workflow"], name="registered_once")]

    def __str__(self) -> str:
        return f"{self.workflow} for {self.campaign}"


class Appointment(models.Model):
    """A shifter of the campaign, from a day to a day (open-ended while `until_on` is empty)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="appointments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments")
    from_on = models.DateField(default=timezone.localdate)
    until_on = models.DateField(null=True, blank=True)
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["from_on", "pk"]

    def __str__(self) -> str:
        return f"{self.user} for {self.campaign}"

    def covers(self, day: date) -> bool:
        """Whether the person is on shift on this day."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


class WorkflowComment(models.Model):
    """What a person says of a workflow in the weekly table. Rows are only added; the newest is shown."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="workflow_comments")
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="comments")
    text = models.CharField(max_length=500, blank=True, help_text="Empty: the earlier comment was taken back.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["campaign", "workflow", "-at"])]

    def __str__(self) -> str:
        return self.text


class CampaignVerb(models.TextChoices):
    """Past tense; stored values never change."""

    CREATED = "created", "made the campaign"
    JUSTIN_CAMPAIGN_ADDED = "justin-campaign-added", "added justIN campaign"
    WORKFLOW_REGISTERED = "workflow-registered", "registered workflow"
    SHIFTER_APPOINTED = "shifter-appointed", "appointed shifter"
    COMMENTED = "commented", "commented on workflow"
    RENAMED = "renamed", "renamed it"
    CHANGED = "changed", "changed"
    STATUS_CHANGED = "status-changed", "changed its status"
    REQUEST_ADDED = "request-added", "added request"
    APPOINTMENT_ENDED = "appointment-ended", "ended the appointment of"
    TOKEN_MADE = "token-made", "made a token for"
    TOKEN_REVOKED = "token-revoked", "revoked the token for"


class CampaignEvent(Event):
    """What people did to a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="events")
    verb = models.CharField(max_length=40, choices=CampaignVerb.choices)
    data = models.JSONField(default=dict, blank=True)

    class Meta(Event.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.campaign}: {self.get_verb_display()}"
