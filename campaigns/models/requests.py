"""What a physics group asks for, and its way through review."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from campaigns.models.campaigns import Campaign
from portal.models import Event
from portal.roles import Anyone, Role, has_role, may_read


class RequestState(models.TextChoices):
    """Where a request stands; stored values never change. The table of moves is campaigns/requests/life.py."""

    DRAFT = "draft", "draft"
    SUBMITTED = "submitted", "submitted"
    PRESENTED = "presented", "presented"
    CHANGES_WANTED = "changes-wanted", "changes wanted"
    ACCEPTED = "accepted", "accepted"
    DECLINED = "declined", "declined"
    WITHDRAWN = "withdrawn", "withdrawn"


class RequestKind(models.TextChoices):
    SIMULATION = "simulation", "Simulation"
    RECONSTRUCTION = "reconstruction", "Reconstruction"
    DATA_PROCESSING = "data-processing", "Data processing"


class WorkingGroup(models.Model):
    """A physics or detector working group; its members edit each other's drafts."""

    name = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="working_groups", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Detector(models.Model):
    """A detector or prototype that requests and campaigns are for."""

    name = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OfficialRepository(models.Model):
    """A repository of DUNE's organisation that production runs code from, e.g. DUNE/dunesw."""

    name = models.CharField(max_length=100, unique=True, help_text="ORGANISATION/NAME")
    package = models.CharField(max_length=50, help_text="The package it provides, e.g. dunesw")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "official repositories"

    def __str__(self) -> str:
        return self.name


class RequestQuerySet(models.QuerySet["ProductionRequest"]):
    def visible_to(self, user: Anyone) -> RequestQuerySet:
        """Submitted requests: whoever may read. Drafts: their requester, their working group, coordinators, administrators."""
        if not may_read(user):
            return self.none()
        if has_role(user, Role.COORDINATORS, Role.ADMINISTRATORS):
            return self.all()
        public = ~models.Q(state=RequestState.DRAFT)
        if not user.is_authenticated:
            return self.filter(public)
        mine = models.Q(requester=user) | models.Q(working_group__in=user.working_groups.values("pk"))
        return self.filter(public | mine)

    def for_list(self) -> RequestQuerySet:
        """With what a row of a list shows."""
        return self.select_related("requester", "working_group", "detector")


class ProductionRequest(models.Model):
    """A production request. `content` holds all that was typed, as typed; the columns below it are read from it at each save.

    `version` counts saves: a save names the version it began from, so that two people never overwrite each other unseen.
    """

    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.DRAFT)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="production_requests")
    content = models.JSONField(default=dict, help_text="See campaigns/requests/content.py.")
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="For the first time.")
    cloned_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="clones")

    # --- read from content, for lists, search and comparison; empty while a draft does not say ---
    title = models.CharField(max_length=200, blank=True)
    working_group = models.ForeignKey(WorkingGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    detector = models.ForeignKey(Detector, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=20, choices=RequestKind.choices, blank=True)
    n_complete = models.PositiveSmallIntegerField(default=0, help_text="Of the eight items.")
    n_events = models.BigIntegerField(null=True, blank=True)
    tape_bytes = models.BigIntegerField(null=True, blank=True)
    cpu_hours = models.FloatField(null=True, blank=True)
    likeness = models.CharField(
        max_length=64, blank=True, help_text="Hash of samples, version and steps: equal for duplicates."
    )
    search_text = models.TextField(blank=True, help_text="Lower case; what the search looks in.")

    # --- set by coordinators ---
    priority = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 is first.")
    wanted_by_on = models.DateField(null=True, blank=True)

    campaigns = models.ManyToManyField(Campaign, through="CampaignRequest", related_name="requests", blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "-id"]),
            models.Index(fields=["likeness"]),
            models.Index(fields=["kind", "state"]),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:request-detail", args=[self.pk])


class RequestRevision(models.Model):
    """What the request said, from its first submission on: one row per change. Rows are only added."""

    request = models.ForeignKey(ProductionRequest, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="request_revision_once")]

    def __str__(self) -> str:
        return f"{self.request}, revision {self.number}"


class RequestSave(models.Model):
    """What the request said at one of its last saves, so that a save that began from it can be compared with what stands."""

    request = models.ForeignKey(ProductionRequest, on_delete=models.CASCADE, related_name="saves")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["request", "version"], name="request_save_once")]

    def __str__(self) -> str:
        return f"{self.request}, save {self.version}"


class RequestVerb(models.TextChoices):
    """Past tense; stored values never change."""

    CREATED = "created", "began the request"
    CLONED = "cloned", "cloned it from an earlier request"
    SUBMITTED = "submitted", "submitted it"
    CHANGED = "changed", "changed it"
    PRESENTED = "presented", "presented it at a meeting"
    CHANGES_WANTED = "changes-wanted", "wanted changes"
    ACCEPTED = "accepted", "accepted it"
    DECLINED = "declined", "declined it"
    WITHDRAWN = "withdrawn", "withdrew it"
    PRIORITY_SET = "priority-set", "set its priority"
    WANTED_BY_SET = "wanted-by-set", "set the date it is wanted by"
    COMMENTED = "commented", "commented"


class RequestEvent(Event):
    """What people did to a request; `note` is the reason, `data` old and new values."""

    request = models.ForeignKey(ProductionRequest, on_delete=models.CASCADE, related_name="events")
    verb = models.CharField(max_length=40, choices=RequestVerb.choices)
    data = models.JSONField(default=dict, blank=True)

    class Meta(Event.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.request}: {self.get_verb_display()}"


class RequestComment(models.Model):
    """One contribution to a request's discussion, in Markdown; threads are one level deep. Never edited, never removed."""

    request = models.ForeignKey(ProductionRequest, on_delete=models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Attachment(models.Model):
    """A file with a comment. Checked by content and size when it comes, served as a download."""

    comment = models.ForeignKey(RequestComment, on_delete=models.CASCADE, related_name="attachments")
    file = models.FileField(upload_to="requests/%Y/")
    name = models.CharField(max_length=150, help_text="As uploaded, without its path.")
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.name


class CampaignRequest(models.Model):
    """A request that a campaign serves."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    request = models.ForeignKey(ProductionRequest, on_delete=models.PROTECT)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "request"], name="request_once")]

    def __str__(self) -> str:
        return f"{self.request} served by {self.campaign}"


class SavedView(models.Model):
    """A list's filters under a name, for one person."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    page = models.CharField(max_length=40, default="requests")
    query = models.CharField(max_length=1000, blank=True, help_text="The address's query string.")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
