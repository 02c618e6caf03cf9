"""What the poll noticed: a row per happening, written in the transaction that made it true, then announced."""

from django.db import models

from monitoring.models.sources import JustinCampaign
from monitoring.models.workflows import Workflow
from portal.models import Event


class Verb(models.TextChoices):
    """Past tense; stored values never change. Upper floors listen to them (monitoring.signals.announced)."""

    WORKFLOW_FOUND = "workflow-found", "found"
    STATE_CHANGED = "state-changed", "changed state"
    AUTO_PAUSED = "auto-paused", "was paused by justIN"
    UNLISTED = "unlisted", "is no longer listed"
    FINALLY_READ = "finally-read", "was read for the last time"
    READING_FAILED = "reading-failed", "could not be read"
    READING_RECOVERED = "reading-recovered", "can be read again"
    ANSWER_REFUSED = "answer-refused", "gave less than before; the earlier numbers were kept"
    SITE_BAD = "site-bad", "fails at a site"
    SITE_RECOVERED = "site-recovered", "no longer fails at a site"


class MonitoringEvent(Event):
    """Something the poll noticed about a workflow, a justIN campaign or (both empty) justIN itself."""

    verb = models.CharField(max_length=40, choices=Verb.choices)
    workflow = models.ForeignKey(Workflow, null=True, blank=True, on_delete=models.CASCADE, related_name="events")
    justin_campaign = models.ForeignKey(JustinCampaign, null=True, blank=True, on_delete=models.CASCADE, related_name="events")
    data = models.JSONField(default=dict, blank=True, help_text="Old and new values.")

    class Meta(Event.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.workflow or self.justin_campaign or 'justIN'} {self.get_verb_display()}"
