"""What the API tells of workflows. Counts are null where they are unknown; ratios lie between 0 and 1, or are null."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.justin import links
from monitoring.models import FailedJob, Service, Workflow
from monitoring.numbers import WorkflowNumbers, end_key


def count(text: str, **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=True, help_text=text, **options)


def rate(text: str, **options: Any) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, min_value=0, max_value=1, help_text=text, **options)


class NoticeSerializer(serializers.Serializer[Any]):
    """Something that is wrong or unknown."""

    level = serializers.CharField(help_text="bad, paused, warning, stale, unknown or todo")
    kind = serializers.CharField(help_text="A word that stays the same, for programs.")
    title = serializers.CharField()
    detail = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    next_try_at = serializers.DateTimeField(allow_null=True)
    workflow_id = serializers.IntegerField(source="justin_id", allow_null=True)


class JobsSerializer(serializers.Serializer[Any]):
    """Distinct jobs; every count is null while the workflow was never read, a lower bound unless `complete`."""

    submitted = count("Lower bound if justIN's answer was cut.")
    started = count("")
    ended = count("However they ended; jobs that run or wait are not among them.")
    running = count("Started and not ended; null where a cut answer leaves it unknown.")
    queued = count("Submitted and not started; null where a cut answer leaves it unknown.")
    exit_zero = count("The jobscript exited 0, whether the job has ended or still puts outputs in place.")
    outputting = count("Jobscript exited 0, outputs are still being put in place: part of `running` and of `exit_zero`.")
    good = count("Exit 0 and outputs in place.")
    script_error = count("Jobscript exited with another code.")
    result_lost = count("justIN refused the result; among others every code above 127.")
    output_failed = count("Exit 0, but outputs could not be put in place.")
    aborted = count("Ended before the jobscript.")
    stalled = count("No sign of life.")


class SiteSerializer(serializers.Serializer[Any]):
    site = serializers.CharField(help_text="Empty where justIN names none.")
    started = serializers.IntegerField()
    ended = serializers.IntegerField()
    running = serializers.IntegerField()
    exit_zero = serializers.IntegerField(help_text="The jobscript exited 0.")
    good = serializers.IntegerField()
    exit_codes = serializers.DictField(
        child=serializers.IntegerField(), help_text="Jobs by exit code: 0 for those that exited 0."
    )
    ends = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Ended jobs, each once: 0 (good), the code, or lost, output, aborted, stalled.",
    )


class RseSerializer(serializers.Serializer[Any]):
    """A storage that jobs read from or wrote to. A job that read from two counts at both."""

    rse = serializers.CharField(source="rse_name", help_text="Empty: scratch, no storage element.")
    use = serializers.ChoiceField(["read", "written"])
    jobs = serializers.IntegerField(source="n_jobs", help_text="Jobs that read from it.")
    failed = serializers.IntegerField(source="n_failed", help_text="Of these, ended other than good.")
    exit_codes = serializers.DictField(child=serializers.IntegerField(), help_text="Of jobscript errors.")
    files = serializers.IntegerField(source="n_files", help_text="Read: allocations. Written: output files.")
    bytes = serializers.IntegerField(source="n_bytes", help_text="Of output files.")


class StageFilesSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    files = serializers.IntegerField(source="n")
    retried = serializers.IntegerField(source="n_retried", help_text="Of these, more than one attempt.")
    at_least = serializers.BooleanField(help_text="There may be more: justIN's answer was cut.")


class StageSerializer(serializers.Serializer[Any]):
    stage_id = serializers.IntegerField()
    total = serializers.IntegerField(source="n_files")
    states = StageFilesSerializer(source="files", many=True)


class HourSerializer(serializers.Serializer[Any]):
    begins_at = serializers.DateTimeField(source="hour")
    started = serializers.IntegerField()
    ended_zero = serializers.IntegerField()
    ended_other = serializers.IntegerField()
    running = serializers.IntegerField(help_text="At the end of the step.")


class HoursSerializer(serializers.Serializer[Any]):
    step_hours = serializers.IntegerField()
    rows = HourSerializer(many=True)


class OutputsSerializer(serializers.Serializer[Any]):
    files = count("")
    bytes = count("")
    estimated = serializers.BooleanField(help_text="Bytes are partly told by the mean size.")


class IncompleteSerializer(serializers.Serializer[Any]):
    """A slice of justIN's answers of which only the oldest rows could be had."""

    slice = serializers.CharField()
    n_rows = serializers.IntegerField()
    why = serializers.CharField()


class WorkflowListedSerializer(serializers.ModelSerializer[Workflow]):
    """A workflow as justIN lists it."""

    workflow_id = serializers.IntegerField(source="justin_id")
    justin_campaign_id = serializers.IntegerField(
        source="justin_campaign.justin_id", default=None, allow_null=True, help_text="Null: registered by its own id only."
    )
    status = serializers.SerializerMethodField()
    status_since = serializers.DateTimeField(source="state_since", allow_null=True, help_text="First seen in it.")
    paused_by = serializers.ChoiceField(["justIN", "a person", ""], help_text="Empty unless paused.")
    scope = serializers.CharField(source="scope_name")
    files_processed = count("Stage 1, exact.")
    files_total = count("Stage 1; 0 before justIN has looked for files.")
    read_at = serializers.DateTimeField(allow_null=True, help_text="Last good reading of its jobs, justIN's clock.")
    url = serializers.SerializerMethodField(help_text="Its page in the portal.")
    justin_url = serializers.SerializerMethodField(help_text="Its page in justIN; a person must log in there.")

    class Meta:
        model = Workflow
        fields = [
            "workflow_id", "justin_campaign_id", "status", "status_since", "paused_by", "description", "scope", "mql",
            "user_name", "started_at", "finished_at", "files_processed", "files_total", "listed_at", "unlisted_since",
            "read_at", "url", "justin_url",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "nullable": True, "description": "justIN's own word; null: not known."})
    def get_status(self, workflow: Workflow) -> str | None:
        return workflow.state or None

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, workflow: Workflow) -> str:
        return str(self.context["request"].build_absolute_uri(workflow.get_absolute_url()))

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_justin_url(self, workflow: Workflow) -> str:
        return links.show_workflow(workflow.justin_id)


class WorkflowSerializer(WorkflowListedSerializer):
    """A workflow with everything counted of it. `complete` false: counts are lower bounds, `incomplete` says why."""

    jobs = serializers.SerializerMethodField()
    success_rate = rate("Exit 0 over jobs that ended.", source="numbers.success_rate")
    good_rate = rate("Good over jobs that ended.", source="numbers.good_rate")
    rate_problem = serializers.CharField(source="numbers.rate_problem", help_text="Why there is no rate; else empty.")
    exit_codes = serializers.DictField(
        source="numbers.exit_codes",
        child=serializers.IntegerField(),
        help_text="Jobs by jobscript exit code: 0 for those that ended with 0, others from justIN's JOB_SCRIPT_ERROR.",
    )
    sites = SiteSerializer(source="numbers.sites", many=True)
    rses = RseSerializer(source="numbers.rses", many=True)
    files = serializers.DictField(
        source="numbers.file_states",
        child=serializers.IntegerField(),
        help_text="Input files by state, all stages together; lower bounds where `stages` says at_least.",
    )
    stages = StageSerializer(source="numbers.stages", many=True)
    hours = serializers.SerializerMethodField()
    outputs = serializers.SerializerMethodField()
    complete = serializers.BooleanField(source="numbers.complete")
    incomplete = IncompleteSerializer(source="numbers.incomplete", many=True)
    as_of = serializers.DateTimeField(source="numbers.as_of", allow_null=True, help_text="Jobs; justIN's clock.")
    full_as_of = serializers.DateTimeField(source="numbers.full_as_of", allow_null=True, help_text="Everything else.")
    notices = NoticeSerializer(many=True)

    class Meta(WorkflowListedSerializer.Meta):
        fields = [
            *WorkflowListedSerializer.Meta.fields, "jobs", "success_rate", "good_rate", "rate_problem", "exit_codes",
            "sites", "rses", "files", "stages", "hours", "outputs", "complete", "incomplete", "as_of", "full_as_of", "notices",
        ]  # fmt: skip

    @extend_schema_field(JobsSerializer)
    def get_jobs(self, workflow: Workflow) -> Any:
        jobs = workflow.numbers.jobs  # type: ignore[attr-defined]
        return dict.fromkeys(JobsSerializer().fields) if jobs is None else JobsSerializer(jobs).data

    @extend_schema_field(HoursSerializer)
    def get_hours(self, workflow: Workflow) -> Any:
        numbers: WorkflowNumbers = workflow.numbers  # type: ignore[attr-defined]
        return HoursSerializer({"step_hours": numbers.hours_step, "rows": numbers.hours}).data

    @extend_schema_field(OutputsSerializer)
    def get_outputs(self, workflow: Workflow) -> dict[str, object]:
        outputs = workflow.numbers.outputs  # type: ignore[attr-defined]
        if outputs is None:
            return {"files": None, "bytes": None, "estimated": False}
        return {"files": outputs.n_files, "bytes": outputs.n_bytes, "estimated": outputs.estimated}


class FailedJobSerializer(serializers.ModelSerializer[FailedJob]):
    """A sample of a job that did not end well."""

    end = serializers.SerializerMethodField()
    site = serializers.CharField(source="site_name")
    entry = serializers.CharField(source="entry_name")
    rse = serializers.CharField(source="rse_name")
    justin_url = serializers.SerializerMethodField()

    class Meta:
        model = FailedJob
        fields = [
            "jobsub_id", "stage_id", "end", "outcome", "exit_code", "site", "entry", "rse", "file_did", "ended_at",
            "justin_url",
        ]  # fmt: skip

    @extend_schema_field({"type": "string", "description": "The exit code, or lost, output, aborted, stalled."})
    def get_end(self, job: FailedJob) -> str:
        return end_key(job.outcome, job.exit_code)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_justin_url(self, job: FailedJob) -> str:
        return links.show_job(job.jobsub_id)


class SourceSerializer(serializers.ModelSerializer[Service]):
    """How asking one source goes."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Service
        fields = [
            "name", "state", "read_at", "failing_since", "n_failures", "error_kind", "error_text", "next_try_at",
            "round_began_at", "round_ended_at",
        ]  # fmt: skip

    @extend_schema_field({"type": "string", "enum": ["ok", "failing", "never asked"]})
    def get_state(self, service: Service) -> str:
        if service.is_failing:
            return "failing"
        return "ok" if service.read_at else "never asked"


class SourcesSerializer(serializers.Serializer[Any]):
    justin = SourceSerializer()
    justin_info = SourceSerializer(help_text="justIN's information files, read once a day.")
    metacat = SourceSerializer(help_text="Asked for numbers of files, where METACAT_URL is set.")
    metacat_datasets = SourceSerializer(help_text="MetaCat's list of datasets, asked for more rarely.")
