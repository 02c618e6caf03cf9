"""The shifter log: what people and the portal wrote about a campaign, entry by entry, with every version of it.

LogVersion is the truth of what was said: the database lets its rows only be added. Of a LogEntry it fixes what makes it the
entry it is (campaign, number, place in its thread, kind, author, fact, time of writing); version, body and strike may change.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from campaigns.models.campaigns import Campaign

FIXED_OF_ENTRY = ("campaign_id", "number", "parent_id", "kind", "author_id", "token_name", "fact", "topic", "written_at")


class EntryKind(models.TextChoices):
    """What an entry is; stored values never change."""

    NOTE = "note", "note"
    CHECK = "check", "check"
    SUBMISSION = "submission", "submission"
    TEST_RESULT = "test-result", "test result"
    INCIDENT = "incident", "incident"
    DECISION = "decision", "decision"
    HANDOVER = "handover", "handover"
    REPORT = "report", "report"
    MACHINE = "machine", "seen by the portal"


class LogEntry(models.Model):
    """One item of a campaign's log. `number` counts 1, 2, 3 … without a gap; replies are numbered with the rest."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="log_entries")
    number = models.PositiveIntegerField()
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        db_index=False,  # nearly all are empty: an index of those that are not is below
        on_delete=models.PROTECT,
        related_name="replies",
        help_text="The entry it replies to.",
    )
    kind = models.CharField(max_length=20, choices=EntryKind.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="log_entries",
        help_text="Empty when the portal itself saw it.",
    )
    token_name = models.CharField(max_length=100, blank=True, help_text="Of the token it was written with, if with one.")
    step = models.CharField(max_length=40, blank=True, help_text="Key of the step it belongs to.")
    happened_at = models.DateTimeField()
    written_at = models.DateTimeField(default=timezone.now)
    body = models.TextField(help_text="Markdown, as its newest edit has it; what was added later is in its versions.")
    version = models.PositiveIntegerField(default=1)
    tags = models.JSONField(default=list, blank=True)

    # --- machine entries ---
    fact = models.CharField(max_length=200, blank=True, help_text="What was seen; each fact makes one entry of a campaign.")
    topic = models.CharField(max_length=40, blank=True, help_text="Kind of fact, e.g. workflow-finished.")
    state = models.CharField(max_length=20, blank=True, help_text="Word for its icon, as pages' data-state has it.")
    data = models.JSONField(default=dict, blank=True)

    # --- struck through by a coordinator ---
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    struck_because = models.TextField(blank=True)

    search_text = models.TextField(blank=True, help_text="All that a search looks at, in lower case.")

    class Meta:
        ordering = ["-happened_at", "-number"]
        verbose_name_plural = "log entries"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="log_number_once"),
            models.UniqueConstraint(fields=["campaign", "fact"], condition=~models.Q(fact=""), name="log_fact_once"),
        ]
        indexes = [
            models.Index(fields=["campaign", "-happened_at", "-number"], name="log_in_time_order"),
            models.Index(fields=["parent", "number"], condition=models.Q(parent__isnull=False), name="log_replies"),
            models.Index(fields=["campaign", "-happened_at", "-number"], condition=models.Q(parent=None), name="log_threads"),
            models.Index(fields=["campaign", "kind", "-happened_at", "-number"], name="log_of_kind"),
            models.Index(fields=["author", "-happened_at"], name="log_of_author"),
            models.Index(fields=["-written_at", "-id"], name="log_newest_written"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.number}"

    def get_absolute_url(self) -> str:
        """Its page, for good."""
        return reverse("campaigns:log-entry", args=[self.campaign.slug, self.number])

    @property
    def is_machine(self) -> bool:
        return self.kind == EntryKind.MACHINE

    @property
    def is_struck(self) -> bool:
        return self.struck_at is not None

    @property
    def is_open(self) -> bool:
        """Of an incident: nobody has closed it, see campaigns/log/incidents.py."""
        is_one = self.kind == EntryKind.INCIDENT and self.parent_id is None
        return is_one and not self.is_struck and not hasattr(self, "closing")


class ReferenceKind(models.TextChoices):
    """What an entry points to; stored values never change."""

    WORKFLOW = "workflow", "workflow"
    SITE = "site", "site"
    CRITERION = "criterion", "criterion"
    MEETING = "meeting", "meeting"
    FILE = "file", "file"
    TAG = "tag", "tag"


class LogReference(models.Model):
    """Something that an entry points to, in a row of its own so that a filter finds it by an index."""

    entry = models.ForeignKey(LogEntry, on_delete=models.CASCADE, related_name="references")
    kind = models.CharField(max_length=20, choices=ReferenceKind.choices)
    value = models.CharField(max_length=200, help_text="E.g. the justIN id of a workflow, the name of a site.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["entry", "kind", "value"], name="log_reference_once")]
        indexes = [models.Index(fields=["kind", "value", "entry"], name="log_references_to")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class VersionKind(models.TextChoices):
    """How a version came to be; stored values never change."""

    WRITTEN = "written", "written"
    EDITED = "edited", "edited"
    AMENDED = "amended", "amended"


class LogVersion(models.Model):
    """What an entry said, once and for all: rows are only added. The body of an amendment is the addition alone."""

    entry = models.ForeignKey(LogEntry, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=VersionKind.choices)
    body = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="log_version_once")]

    def __str__(self) -> str:
        return f"{self.entry} version {self.number}"


def _kept_as(file: LogFile, name: str) -> str:
    """A name that says nothing and that nobody guesses; what the file is called is a column."""
    return f"log/{timezone.now():%Y/%m}/{uuid4().hex}{PurePosixPath(name).suffix.lower()}"


class LogFile(models.Model):
    """A file with an entry, checked by what it holds. Pictures are made anew from their pixels, with a thumbnail.

    `number` counts the files of an entry; the body shows a picture as ![words](file:1) or by its name.
    """

    entry = models.ForeignKey(LogEntry, on_delete=models.PROTECT, related_name="files")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150, help_text="As uploaded, without its path.")
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=_kept_as, max_length=300)
    thumbnail = models.FileField(upload_to=_kept_as, blank=True, max_length=300)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="log_file_number_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where it is served."""
        return reverse("campaigns:log-file", args=[self.entry.campaign.slug, self.pk, self.name])

    @property
    def thumbnail_url(self) -> str:
        """Of a picture: where its small copy is served; '' for other files."""
        return reverse("campaigns:log-thumbnail", args=[self.entry.campaign.slug, self.pk]) if self.thumbnail else ""

    @property
    def is_picture(self) -> bool:
        return self.width is not None


class LogClosing(models.Model):
    """An incident that is closed: the row is there as long as it is. Its thread tells of every closing and reopening."""

    entry = models.OneToOneField(LogEntry, on_delete=models.CASCADE, related_name="closing")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.entry} closed by {self.by}"


class LogFollowed(models.Model):
    """How far the log has told what another part of the portal announced; what came after it is still to be told."""

    name = models.CharField(max_length=40, unique=True)
    last_event = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} to {self.last_event}"
