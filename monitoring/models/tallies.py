"""Counts of a workflow's jobs and files. Written by monitoring.storing alone, all rows of a workflow in one transaction.

Jobs are distinct jobsub ids. Site, entry and storage are '' where justIN gives none.
"""

from django.db import models

from monitoring.models.workflows import Workflow
from monitoring.outcomes import Outcome

OUTCOMES = [(outcome.value, outcome.value.replace("-", " ")) for outcome in Outcome]


class Tally(models.Model):
    """Totals of a workflow over its stages, and how far they are complete. Counts are lower bounds unless `complete`."""

    workflow = models.OneToOneField(Workflow, on_delete=models.CASCADE, related_name="tally")
    as_of = models.DateTimeField(help_text="Started, finished and failed jobs; justIN's clock.")
    full_as_of = models.DateTimeField(help_text="Everything else: lost, stalled, aborted, files, outputs.")
    complete = models.BooleanField(default=True)
    incomplete = models.JSONField(default=list, help_text="Slices that could not be read whole: {slice, n_rows, why}.")
    jobs_complete = models.BooleanField(
        default=True, help_text="Else an answer about jobs was cut: rates and running jobs are not known."
    )
    n_stages = models.PositiveSmallIntegerField(default=1)

    n_submitted = models.PositiveIntegerField(default=0)
    submitted_complete = models.BooleanField(
        default=True, help_text="Else n_submitted is a lower bound, and n_queued is not known: this type cannot be split."
    )
    n_started = models.PositiveIntegerField(default=0)
    n_ended = models.PositiveIntegerField(default=0)
    n_running = models.PositiveIntegerField(default=0)
    n_queued = models.PositiveIntegerField(default=0)
    n_exit_zero = models.PositiveIntegerField(default=0, help_text="Jobscript exited 0 (JOB_OUTPUTTING).")
    n_outputting = models.PositiveIntegerField(
        default=0, help_text="Of these, still running: their outputs are being put in place."
    )
    n_good = models.PositiveIntegerField(default=0, help_text="Exit 0 and outputs in place (JOB_FINISHED).")
    n_script_error = models.PositiveIntegerField(default=0)
    n_result_lost = models.PositiveIntegerField(default=0)
    n_output_failed = models.PositiveIntegerField(default=0)
    n_aborted = models.PositiveIntegerField(default=0)
    n_stalled = models.PositiveIntegerField(default=0)

    n_output_files = models.PositiveIntegerField(default=0)
    output_bytes = models.BigIntegerField(default=0)
    output_bytes_estimated = models.BooleanField(default=False, help_text="By mean size, as not every output is listed.")
    failed_files_complete = models.BooleanField(
        default=False, help_text="Every file that failed or was not found is a FailedFile; else names are missing."
    )
    digest = models.CharField(max_length=64, help_text="Of all counts: an equal one means that nothing changed.")

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"tally of {self.workflow_id}"


class JobTally(models.Model):
    """Jobs by stage, site, entry, outcome and exit code. The code is empty where justIN does not know it."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="job_tallies")
    stage_id = models.PositiveSmallIntegerField()
    site_name = models.CharField(max_length=100, blank=True)
    entry_name = models.CharField(max_length=255, blank=True)
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    exit_code = models.SmallIntegerField(null=True, blank=True)
    n_jobs = models.PositiveIntegerField()
    n_started = models.PositiveIntegerField(help_text="Of these, started.")
    n_exit_zero = models.PositiveIntegerField(help_text="Of these, jobscript exited 0.")

    class Meta:
        verbose_name_plural = "job tallies"
        indexes = [models.Index(fields=["site_name", "outcome"])]

    def __str__(self) -> str:
        return f"{self.n_jobs} {self.outcome} at {self.site_name or 'no site'}"


class HourTally(models.Model):
    """Jobs by the hour in which they started or ended, and stage files by the hour in which a good job finished them."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="hour_tallies")
    stage_id = models.PositiveSmallIntegerField()
    hour = models.DateTimeField(help_text="Its beginning, UTC.")
    n_started = models.PositiveIntegerField(default=0)
    n_ended_zero = models.PositiveIntegerField(default=0, help_text="Ended with exit code 0 (good or output failed).")
    n_ended_other = models.PositiveIntegerField(default=0)
    n_files_processed = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "hour tallies"
        ordering = ["hour"]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} UTC"


class RseTally(models.Model):
    """Storages: jobs that read from one, by how they ended (a job that read from two counts at both), and outputs on one."""

    class Use(models.TextChoices):
        READ = "read", "read from"
        WRITTEN = "written", "written to"

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="rse_tallies")
    stage_id = models.PositiveSmallIntegerField()
    use = models.CharField(max_length=10, choices=Use.choices)
    rse_name = models.CharField(max_length=100, blank=True, help_text="Empty: scratch, no storage element.")
    outcome = models.CharField(max_length=20, choices=OUTCOMES, blank=True)
    exit_code = models.SmallIntegerField(null=True, blank=True)
    n_jobs = models.PositiveIntegerField(default=0)
    n_files = models.PositiveIntegerField(default=0, help_text="Read: allocations. Written: output files.")
    n_bytes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "RSE tallies"

    def __str__(self) -> str:
        return f"{self.use} {self.rse_name or 'scratch'}"


class FileTally(models.Model):
    """Input files of a stage by state and number of attempts (allocations; empty where only the count is known)."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="file_tallies")
    stage_id = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=40)
    n_attempts = models.PositiveSmallIntegerField(null=True, blank=True)
    n_files = models.PositiveIntegerField()
    at_least = models.BooleanField(default=False, help_text="There may be more: the answer was cut.")

    class Meta:
        verbose_name_plural = "file tallies"

    def __str__(self) -> str:
        return f"{self.n_files} {self.state}"


class FailedJob(models.Model):
    """A sample of jobs that did not end well: the newest 200 per workflow, outcome and code. Not a count."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="failed_jobs")
    stage_id = models.PositiveSmallIntegerField()
    jobsub_id = models.CharField(max_length=255)
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    exit_code = models.SmallIntegerField(null=True, blank=True)
    site_name = models.CharField(max_length=100, blank=True)
    entry_name = models.CharField(max_length=255, blank=True)
    rse_name = models.CharField(max_length=100, blank=True)
    file_did = models.CharField(max_length=512, blank=True)
    ended_at = models.DateTimeField()

    class Meta:
        ordering = ["-ended_at", "jobsub_id"]
        indexes = [models.Index(fields=["workflow", "exit_code", "site_name"])]

    def __str__(self) -> str:
        return self.jobsub_id


class FailedFile(models.Model):
    """A file that failed or was not found, by its name: what is to be run again. The first 2,000 of each stage and state;
    `Tally.failed_files_complete` says whether these are all.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="failed_files")
    stage_id = models.PositiveSmallIntegerField()
    file_did = models.CharField(max_length=512)
    state = models.CharField(max_length=40, help_text="failed or notfound.")
    n_attempts = models.PositiveSmallIntegerField(default=0)
    exit_code = models.SmallIntegerField(null=True, blank=True, help_text="Of the last attempt, where one ended.")
    position = models.PositiveIntegerField(
        null=True, blank=True, help_text="Among the stage's files in the order of finding, from 0; empty where not known."
    )

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["workflow", "stage_id", "state"])]

    def __str__(self) -> str:
        return self.file_did


class Answer(models.Model):
    """justIN's newest whole answer to one question of a workflow: so that three types read now and the others read an hour
    ago make one tally. The body goes once the workflow is finally read; the number of rows stays, to notice a worse answer.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="answers")
    stage_id = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=60, help_text="An event type, 'file-states' or 'output-file-stats'.")
    as_of = models.DateTimeField(help_text="justIN's clock.")
    n_rows = models.PositiveIntegerField()
    complete = models.BooleanField(default=True)
    capped = models.JSONField(default=list, help_text="Slices at the row cap that could not be split: {slice, n_rows, why}.")
    was_split = models.BooleanField(default=False, help_text="Over the cap: ask slice by slice straight away next time.")
    body = models.BinaryField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "stage_id", "kind"], name="one_answer_per_question")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.workflow_id} stage {self.stage_id}"
