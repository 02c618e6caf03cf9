"""Datasets that MetaCat has, as its list tells them."""

from __future__ import annotations

from django.db import models

from monitoring.metacat.datasets import LONGEST_WORD

OFFICIAL = ~models.Q(campaign_tag="") & (models.Q(workflow_justin_id=None) | models.Q(is_frozen=True))
"""People made it for a `dune.campaign`; what justIN makes for the outputs of a workflow is never frozen."""


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def official(self) -> DatasetQuerySet:
        return self.filter(OFFICIAL)

    def outputs(self) -> DatasetQuerySet:
        """Those in which justIN puts the outputs of a workflow."""
        return self.exclude(OFFICIAL)

    def listed(self) -> DatasetQuerySet:
        """Those that the newest list has."""
        return self.filter(gone_at=None)


class Dataset(models.Model):
    """A dataset of a workflow or of a `dune.campaign`. What MetaCat no longer lists is kept, with `gone_at`.

    `created_at` is on MetaCat's clock, `first_seen_at` and `gone_at` on the portal's.
    """

    namespace = models.CharField(max_length=LONGEST_WORD)
    name = models.CharField(max_length=LONGEST_WORD)
    workflow_justin_id = models.PositiveIntegerField(null=True, blank=True, db_index=True, help_text="Of dune.workflow.")
    stage = models.PositiveIntegerField(null=True, blank=True, help_text="Of dune.workflow.")
    campaign_tag = models.CharField(max_length=LONGEST_WORD, blank=True, db_index=True, help_text="dune.campaign.")
    data_tier = models.CharField(max_length=LONGEST_WORD, blank=True, help_text="core.data_tier.")
    n_files_listed = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="MetaCat's counter, which holds retired files too."
    )
    is_frozen = models.BooleanField(default=False)
    creator = models.CharField(max_length=LONGEST_WORD, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True, help_text="First list without it.")
    metadata = models.JSONField(default=dict, blank=True)
    description = models.TextField(blank=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["namespace", "name"]
        constraints = [models.UniqueConstraint(fields=["namespace", "name"], name="dataset_once")]

    def __str__(self) -> str:
        return self.did

    @property
    def did(self) -> str:
        return f"{self.namespace}:{self.name}"

    @property
    def is_official(self) -> bool:
        """As OFFICIAL has it."""
        return bool(self.campaign_tag) and (self.workflow_justin_id is None or self.is_frozen)

    @property
    def count_query(self) -> str:
        """The query that counts its files without retired ones."""
        return f"files from {self.did}"
