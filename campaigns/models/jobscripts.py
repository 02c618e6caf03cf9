"""A campaign's jobscript and input files, each change of them a version of its own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from campaigns.models.campaigns import Campaign


class JobscriptKind(models.TextChoices):
    """Stored values never change."""

    JOBSCRIPT = "jobscript", "jobscript"
    INPUT = "input", "input file"


class JobscriptVersionQuerySet(models.QuerySet["JobscriptVersion"]):
    def newest(self) -> JobscriptVersionQuerySet:
        """The newest version of each file of each campaign, withdrawn ones among them."""
        newer = JobscriptVersion.objects.filter(
            campaign=OuterRef("campaign"), name=OuterRef("name"), number__gt=OuterRef("number")
        )
        return self.filter(~Exists(newer))

    def in_use(self) -> JobscriptVersionQuerySet:
        """The newest version of each file that was not withdrawn: what the campaign runs now."""
        return self.newest().filter(is_withdrawn=False)


class JobscriptVersion(models.Model):
    """A version of a file: its text, or where it is in git, or both. The database refuses to change or delete a row.

    `number` counts the versions of one name in a campaign without a gap. `text` is kept as it came, byte for byte in UTF-8; it
    is empty where only the git reference is known, and where the version says that the file is no longer used.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="jobscripts")
    kind = models.CharField(max_length=20, choices=JobscriptKind.choices)
    name = models.CharField(max_length=100)
    number = models.PositiveIntegerField(help_text="From 1, for each name.")
    text = models.TextField(blank=True)
    git_reference = models.CharField(max_length=300, blank=True, help_text="ORG/REPO/PATH:TAG.")
    git_commit = models.CharField(max_length=40, blank=True, help_text="That the tag stood for.")
    is_withdrawn = models.BooleanField(default=False, help_text="From this version on the file is not used any more.")
    sha256 = models.CharField(max_length=64, help_text="Of the text's bytes; without text, of reference and commit.")
    size_bytes = models.PositiveIntegerField(default=0)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = JobscriptVersionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name", "number"], name="jobscript_version_once")]

    def __str__(self) -> str:
        return f"{self.name} version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:file-version", args=[self.campaign.slug, self.pk])

    @property
    def is_jobscript(self) -> bool:
        return self.kind == JobscriptKind.JOBSCRIPT

    @property
    def short_hash(self) -> str:
        """As people compare it; the whole is on the version's page."""
        return self.sha256[:8]
