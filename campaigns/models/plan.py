"""The workflows submission plan: a draft that is edited, and the revisions that were published of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.campaigns import Campaign


class PlanDraft(models.Model):
    """What is being planned for a campaign, as one document (campaigns/planning/content.py).

    `version` counts saves: a save names the version it began from, so that two people never overwrite each other unseen.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="plan_draft")
    content = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"draft of {self.campaign}'s plan"


class PlanRevision(models.Model):
    """A plan as it was published. Sign-offs are bound to the newest. The database refuses to change or delete a row."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="plan_revisions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="plan_revision_once")]

    def __str__(self) -> str:
        return f"revision {self.number}"
