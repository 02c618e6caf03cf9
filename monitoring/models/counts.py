"""Numbers of files that MetaCat told, by query."""

from __future__ import annotations

import hashlib

from django.db import models
from django.utils import timezone

from monitoring.models.sources import Polled


class QueryCount(Polled):
    """How many files a query has: the last good number, when it was told, and beside it why a later question failed.

    `read_at` and all other times are on the portal's clock: MetaCat tells none. `next_try_at` is the next regular question
    too. A person's question is open while `wanted_at` is later than `asked_at`.
    """

    mql = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    n_files = models.PositiveBigIntegerField(null=True, blank=True)
    n_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    doubt = models.TextField(blank=True, help_text="Why the number may not mean what it seems.")
    n_files_before = models.PositiveBigIntegerField(null=True, blank=True, help_text="The number before the last change.")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When another number was first told.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="Of the last question, answered or not.")
    wanted_at = models.DateTimeField(null=True, blank=True)
    wanted_by = models.CharField(max_length=150, blank=True)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"count of “{self.mql[:60]}”"

    @property
    def is_open(self) -> bool:
        """Whether somebody asked and there is no answer yet."""
        return self.wanted_at is not None and (self.asked_at is None or self.asked_at < self.wanted_at)


def hash_of_query(mql: str) -> str:
    """The key of a query's row; blanks around it do not matter."""
    return hashlib.sha256(mql.strip().encode()).hexdigest()
