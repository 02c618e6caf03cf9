"""Which workflow serves which row of a plan, as somebody said it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.campaigns import Campaign
from campaigns.models.tokens import CampaignToken
from monitoring.models import Workflow


class PlannedWorkflow(models.Model):
    """A workflow that was reported for a row. One serves one row, in one plan; a row may have several, its attempts.

    Written by campaigns/plan_reports.py. A report that is taken back is deleted here and stays in the history, with the reason.
    """

    class How(models.TextChoices):
        """How it is known; stored values never change."""

        SCRIPT = "script", "by the script that submitted it"
        PERSON = "person", "by a person"
        CHOICE = "matched-by-choice", "by a person, of several rows that fit"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="planned_workflows")
    row_key = models.CharField(max_length=40)
    workflow = models.OneToOneField(Workflow, on_delete=models.PROTECT, related_name="planned")
    how = models.CharField(max_length=20, choices=How.choices)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(CampaignToken, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(null=True, blank=True, help_text="Newest revision of the plan at that time.")
    command_sha = models.CharField(max_length=64, blank=True, help_text="Fingerprint of the command, where it was told.")
    jobscript_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the campaign's jobscript at that time.")
    made_watch = models.BooleanField(default=False, help_text="Watched because of this report: ends with it.")
    is_waiting = models.BooleanField(default=False, help_text="To be attached once its step opens.")
    made_attachment = models.BooleanField(default=False, help_text="Attached to its step because of this report.")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["campaign", "row_key"])]

    def __str__(self) -> str:
        return f"{self.workflow} for row {self.row_key}"
