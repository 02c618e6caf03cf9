"""What belongs to one reader of a log: the draft that is being written, how far it was read, and how it is watched."""

from __future__ import annotations

from pathlib import PurePosixPath
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.campaigns import Campaign


class LogDraft(models.Model):
    """What a person is writing in a campaign's log. `about` says which text: "new", "check", "handover", or "reply-121",
    "edit-121", "amend-121".

    `version` counts saves and never begins anew, so that a window which was left open is never taken for the newest: a draft
    that was sent or thrown away keeps its row, with nothing in it.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="log_drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="log_drafts")
    about = models.CharField(max_length=40, default="new")
    content = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(default=timezone.now)
    goes_at = models.DateTimeField(null=True, blank=True, help_text="When it is removed, as nobody has touched it for long.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "user", "about"], name="log_draft_once")]

    def __str__(self) -> str:
        return f"draft of {self.user} in {self.campaign}: {self.about}"


def _kept_as(file: LogDraftFile, name: str) -> str:
    """A name that says nothing and that nobody guesses."""
    return f"log-drafts/{timezone.now():%Y/%m}/{uuid4().hex}{PurePosixPath(name).suffix.lower()}"


class LogDraftFile(models.Model):
    """A file that was dropped or pasted while writing. It goes into the log with the entry, under the same name."""

    draft = models.ForeignKey(LogDraft, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=150, help_text="No two of a draft have the same.")
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=_kept_as, max_length=300)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["draft", "name"], name="log_draft_file_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type in ("image/png", "image/jpeg")


class LogReading(models.Model):
    """Up to which entry a person has read a log: said by them, or by writing an entry themselves."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="log_readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="log_readings")
    number = models.PositiveIntegerField(default=0, help_text="The newest entry that is read.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "user"], name="log_reading_once")]

    def __str__(self) -> str:
        return f"{self.user} read {self.campaign} up to {self.number}"


class LogWatch(models.Model):
    """Who hears of new entries of a log, and how. `number` is the newest entry that was told of.

    The channel of people's chat hears of a log once, whoever asked for it.
    """

    class Way(models.TextChoices):
        """Stored values never change."""

        DIGEST = "digest", "once a day, with the other notices"
        AT_ONCE = "at-once", "a mail for each entry"
        CHANNEL = "channel", "once a day in the channel"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="log_watches")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="log_watches", help_text="Of the channel: who asked."
    )
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.DIGEST)
    number = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], condition=~models.Q(way="channel"), name="log_watch_once"),
            models.UniqueConstraint(fields=["campaign"], condition=models.Q(way="channel"), name="log_channel_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} to {self.user}, {self.get_way_display()}"
