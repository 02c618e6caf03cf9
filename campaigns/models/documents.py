"""Documents of a log: those that were made of it, and those that were taken into it."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from campaigns.models.campaigns import Campaign


class DocumentState(models.TextChoices):
    """Where the making of a document stands; stored values never change."""

    QUEUED = "queued", "waiting"
    MAKING = "making", "being made"
    DONE = "done", "made"
    FAILED = "failed", "failed"


def _kept_as(document: LogDocument, name: str) -> str:
    """A name that nobody guesses; what the file is called when it is handed out follows from the row."""
    return f"log-documents/{uuid4().hex}.pdf"


class LogDocument(models.Model):
    """A log as PDF: asked for, being made, made or failed.

    `log_key` is the state of the log that it shows, `people_key` of what people wrote (campaigns/log_documents/state.py): the
    same log is made once, whoever asks how often. `heard_at` is when whoever makes it was last heard of.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="log_documents")
    state = models.CharField(max_length=20, choices=DocumentState.choices, default=DocumentState.QUEUED)
    log_key = models.CharField(max_length=64)
    people_key = models.CharField(max_length=64)
    up_to = models.PositiveIntegerField(help_text="Number of the newest entry in it.")
    n_entries = models.PositiveIntegerField(help_text="Entries and replies.")
    n_done = models.PositiveIntegerField(default=0)
    n_pages = models.PositiveIntegerField(null=True, blank=True)
    file = models.FileField(upload_to=_kept_as, blank=True, max_length=200)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, help_text="When it was asked for.")
    heard_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="In words for whoever asked.")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "log_key"], condition=~models.Q(state="failed"), name="log_document_once"
            ),
        ]
        indexes = [models.Index(fields=["campaign", "-at"]), models.Index(fields=["state", "at"])]

    def __str__(self) -> str:
        return f"log of {self.campaign} up to entry {self.up_to}"

    def get_absolute_url(self) -> str:
        """Where the file is handed out."""
        return reverse("campaigns:log-pdf-file", args=[self.campaign.slug, self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in (DocumentState.QUEUED, DocumentState.MAKING)

    @property
    def is_done(self) -> bool:
        return self.state == DocumentState.DONE

    @property
    def file_name(self) -> str:
        return f"{self.campaign.slug}-log-{self.up_to}.pdf"


class LogImport(models.Model):
    """A document that was taken into a log: who took which file, and the entries made of it. The same file is taken once."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="log_imports")
    sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=150)
    size_bytes = models.PositiveBigIntegerField()
    n_entries = models.PositiveIntegerField()
    first_number = models.PositiveIntegerField()
    last_number = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "sha256"], name="log_import_once")]

    def __str__(self) -> str:
        return f"{self.file_name} in the log of {self.campaign}"
