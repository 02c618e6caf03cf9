"""What machines say, as rows. Workflows and justIN campaigns as listed; tallies, replaced whole; events, only added."""

from monitoring.models.counts import QueryCount, hash_of_query
from monitoring.models.datasets import OFFICIAL, Dataset, DatasetQuerySet
from monitoring.models.events import MonitoringEvent, Verb
from monitoring.models.sources import Failure, JustinCampaign, Polled, Service, Site, Storage
from monitoring.models.tallies import Answer, FailedFile, FailedJob, FileTally, HourTally, JobTally, RseTally, Tally
from monitoring.models.workflows import Workflow, WorkflowQuerySet, WorkflowState

__all__ = [
    "OFFICIAL",
    "Answer",
    "Dataset",
    "DatasetQuerySet",
    "FailedFile",
    "FailedJob",
    "Failure",
    "FileTally",
    "HourTally",
    "JobTally",
    "JustinCampaign",
    "MonitoringEvent",
    "Polled",
    "QueryCount",
    "RseTally",
    "Service",
    "Site",
    "Storage",
    "Tally",
    "Verb",
    "Workflow",
    "WorkflowQuerySet",
    "WorkflowState",
    "hash_of_query",
]
