"""The systems we ask, and how asking goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone


class Failure(models.TextChoices):
    """Ways in which a reading fails; one per error class of the client. Stored values never change."""

    UNREACHABLE = "unreachable", "does not answer"
    SLOW = "slow", "takes too long to answer"
    SERVER_ERROR = "server-error", "answers with a server error"
    ERROR_PAGE = "error-page", "answers with an error page"
    LOGIN_WANTED = "login-wanted", "wants a log-in"
    GARBAGE = "garbage", "answers with something unreadable"
    CUT = "cut", "sent an answer that ends in the middle"
    WRONG_ROWS = "wrong-rows", "answered a different question"
    WORSE = "worse", "answered with less than before"
    BUSY = "busy", "is busy"
    REFUSED = "refused", "cannot read the query"
    NOT_FOUND = "not-found", "does not know the dataset"
    TRAP = "trap", "cannot count such a query"


class Polled(models.Model):
    """How reading one thing goes: its last good answer and, while it fails, since when, why, and the next try."""

    read_at = models.DateTimeField(null=True, blank=True, help_text="Clock of the source at the last good answer.")
    failing_since = models.DateTimeField(null=True, blank=True)
    n_failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    error_kind = models.CharField(max_length=20, choices=Failure.choices, blank=True)
    error_text = models.TextField(blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="Not asked before; the portal's clock.")

    told_to_wait = models.BooleanField(default=False, help_text="The source itself named the time of the next try.")

    class Meta:
        abstract = True

    @property
    def is_failing(self) -> bool:
        return self.failing_since is not None


class Service(Polled):
    """A system we ask: justIN and MetaCat now, Rucio later. Its back-off holds for everything asked of it."""

    JUSTIN = "justin"
    JUSTIN_INFO = "justin-info"  # the information files, on a host of their own
    METACAT = "metacat"
    METACAT_DATASETS = "metacat-datasets"  # its list of datasets, long and asked for more rarely

    name = models.CharField(max_length=20, unique=True)
    clock_offset_seconds = models.FloatField(
        default=0, help_text="The source's clock (its Date header) minus the portal's, at the last answer."
    )
    round_began_at = models.DateTimeField(null=True, blank=True, help_text="Of the newest poll; the portal's clock.")
    round_ended_at = models.DateTimeField(null=True, blank=True)
    sites_read_at = models.DateTimeField(null=True, blank=True, help_text="The information files, read once a day.")

    def __str__(self) -> str:
        names = {
            self.JUSTIN: "justIN",
            self.JUSTIN_INFO: "justIN's information files",
            self.METACAT: "MetaCat",
            self.METACAT_DATASETS: "MetaCat's list of datasets",
        }
        return names.get(self.name, self.name)

    @classmethod
    def justin(cls) -> Service:
        return cls.objects.get_or_create(name=cls.JUSTIN)[0]

    def now(self) -> datetime:
        """The source's clock at this moment: what ages of its numbers are counted from."""
        return timezone.now() + timedelta(seconds=self.clock_offset_seconds)


class JustinCampaign(Polled):
    """A campaign in justIN, known by its number; its listing names its workflows."""

    justin_id = models.PositiveIntegerField(unique=True)
    is_watched = models.BooleanField(default=True)
    n_listed = models.PositiveIntegerField(null=True, blank=True, help_text="Workflows in the newest listing.")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["justin_id"]

    def __str__(self) -> str:
        return f"justIN campaign {self.justin_id}"


class Site(models.Model):
    """A computing site as justIN's information file lists it; needed to ask site by site past the row cap."""

    name = models.CharField(max_length=100, unique=True)
    is_enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Storage(models.Model):
    """A storage element (RSE) as justIN's information file lists it."""

    name = models.CharField(max_length=100, unique=True)
    is_readable = models.BooleanField(default=True)
    is_writable = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
