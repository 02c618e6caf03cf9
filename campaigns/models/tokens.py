"""Tokens of a campaign: for programs that work in its folder, and good for nothing else."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.campaigns import Campaign


class CampaignToken(models.Model):
    """A token that does one kind of thing in one campaign, for whoever made it. Only its digest is kept.

    Made, found and revoked by campaigns/campaign_tokens.py. A revoked or expired one stays listed, with its last use.
    """

    class Scope(models.TextChoices):
        """What it is good for; stored values never change."""

        REPORT = "report", "reporting workflow ids"
        LOG = "log", "writing log entries"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="tokens")
    scope = models.CharField(max_length=20, choices=Scope.choices)
    name = models.CharField(max_length=100, help_text="What it is used for.")
    start = models.CharField(max_length=12, help_text="Its first characters, which lists show.")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.start}… ({self.name})"

    def why_not(self, now: datetime | None = None) -> str:
        """Why it is refused, '' while it is good."""
        if self.revoked_at is not None:
            return f"It was revoked on {self.revoked_at:%Y-%m-%d at %H:%M} UTC."
        if self.expires_at <= (now or timezone.now()):
            return f"It expired on {self.expires_at:%Y-%m-%d at %H:%M} UTC."
        return ""

    @property
    def is_good(self) -> bool:
        return not self.why_not()
