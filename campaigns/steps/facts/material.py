"""Everything that rules and guards look at, read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, Sum
from django.utils import timezone

from campaigns.log_people import PeopleState, people_of
from campaigns.models import (
    Appointment,
    Campaign,
    CampaignEvent,
    CampaignJustinCampaign,
    CampaignVerb,
    Check,
    DocumentState,
    EntryKind,
    JobscriptVersion,
    LogDocument,
    LogReference,
    PlanDraft,
    PlanRevision,
    ProductionRequest,
    ReferenceKind,
    RequestEvent,
    RequestVerb,
    StepWorkflow,
)
from campaigns.planning.content import PlanContent, read_content
from campaigns.planning.reported import reported
from campaigns.steps.loading import Situation
from campaigns.steps.process import Guard, Process
from campaigns.steps.standing import Act
from monitoring.counting import kept
from monitoring.datasets import list_service
from monitoring.models import Dataset, JobTally, QueryCount, Service, Workflow
from monitoring.outcomes import Outcome

OF_REQUESTS = (RequestVerb.PRESENTED, RequestVerb.ACCEPTED)
OF_CAMPAIGN = (CampaignVerb.CREATED, CampaignVerb.RENAMED, CampaignVerb.STATUS_CHANGED, CampaignVerb.CHANGED)
USERTESTS = "usertests"
Purpose = CampaignJustinCampaign.Purpose


@dataclass(frozen=True)
class Material:
    """`attached` come with their workflow and its tally; events and acts are in order of time, oldest first.

    `contradicting`: workflows of no guarded step whose scope contradicts what their justIN campaign serves for (`purposes`,
    by key of the justIN campaign). `exit_codes`: jobs by code other than 0, of workflows that should have run clean. `draft`
    and `plan`: what is being planned, and the newest revision that was published; `counts`: what MetaCat told of their
    samples, by query; `reported`: keys of rows by the ids of workflows that somebody reported for them. `jobscript`: the one
    that is run now, with its text; `n_inputs`: how many input files are kept beside it. `documented`: by justIN id of a
    workflow the entry of the log that tells the result of its test. `log`: what people wrote into it so far; `log_document`:
    the newest PDF of it. `checks`: windows in which one was due. `datasets`: official ones that MetaCat lists, and how reading
    its list goes.
    """

    campaign: Campaign
    process: Process
    requests: Sequence[ProductionRequest]
    request_events: Sequence[RequestEvent]
    campaign_events: Sequence[CampaignEvent]
    appointments: Sequence[Appointment]
    attached: Sequence[StepWorkflow]
    acts: Sequence[Act]
    now: datetime
    purposes: Mapping[int, str] = field(default_factory=dict)
    contradicting: Sequence[Workflow] = ()
    exit_codes: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    draft: PlanContent | None = None
    plan: PlanContent | None = None
    counts: Mapping[str, QueryCount] = field(default_factory=dict)
    reported: Mapping[int, str] = field(default_factory=dict)
    jobscript: JobscriptVersion | None = None
    n_inputs: int = 0
    documented: Mapping[int, int] = field(default_factory=dict)
    log: PeopleState | None = None
    log_document: LogDocument | None = None
    checks: Sequence[Check] = ()
    datasets: Sequence[Dataset] = ()
    datasets_list: Service = field(default_factory=Service)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def attached_to(self, step: str, *uses: str) -> list[Workflow]:
        """The workflows that were run for a step, with their tallies, in the order of their ids; of these uses, or of any."""
        found = [one.workflow for one in self.attached if one.step == step and (not uses or one.use in uses)]
        return sorted(found, key=lambda workflow: workflow.justin_id)

    def is_before(self, step: str, other: str) -> bool:
        """Whether a step comes before another or is the same. A step that the template no longer has comes before all."""
        first, second = self.process.step(step), self.process.step(other)
        return first is None or second is None or first.position <= second.position


def read_material(situation: Situation, now: datetime) -> Material:
    """What is not in the situation yet: seventeen queries at most, whatever there is; one more where a jobscript is kept."""
    campaign, files = situation.campaign, situation.files
    process = situation.process
    draft = _planned(PlanDraft.objects.filter(campaign=campaign).first())
    plan = _planned(PlanRevision.objects.filter(campaign=campaign).last())
    current = files[0].pk if files and files[0].is_jobscript else None
    purposes = dict(
        CampaignJustinCampaign.objects.filter(campaign=campaign).exclude(purpose="").values_list("justin_campaign", "purpose")
    )
    return Material(
        campaign=campaign,
        process=process,
        requests=situation.requests,
        request_events=list(
            RequestEvent.objects.filter(request__campaigns=campaign, verb__in=OF_REQUESTS)
            .select_related("actor")
            .order_by("at", "pk")
        ),
        campaign_events=list(
            CampaignEvent.objects.filter(campaign=campaign, verb__in=OF_CAMPAIGN).select_related("actor").order_by("at", "pk")
        ),
        appointments=list(campaign.appointments.select_related("user")),
        attached=list(
            StepWorkflow.objects.filter(campaign=campaign).select_related("workflow__tally", "workflow__justin_campaign")
        ),
        acts=situation.acts,
        now=now,
        purposes=purposes,
        contradicting=_contradicting(campaign, process, purposes) if purposes else (),
        exit_codes=_exit_codes(campaign),
        draft=draft,
        plan=plan,
        counts=kept(sample.mql for content in (draft, plan) if content for sample in content.samples),
        reported=reported(campaign),
        jobscript=JobscriptVersion.objects.select_related("author").get(pk=current) if current else None,
        n_inputs=sum(not one.is_jobscript for one in files),
        documented=_documented(campaign),
        log=people_of(campaign),
        log_document=LogDocument.objects.filter(campaign=campaign, state=DocumentState.DONE).order_by("ended_at", "pk").last(),
        checks=_checks(campaign),
        datasets=list(campaign.datasets().official().listed().defer("metadata", "description").order_by("created_at", "pk")),
        datasets_list=list_service(),
    )


def _checks(campaign: Campaign) -> list[Check]:
    """Without what was seen: a campaign has a few hundred."""
    found = Check.objects.filter(campaign=campaign).order_by("opens_at")
    return list(found.only("campaign", "name", "opens_at", "closes_at", "opens_on", "state", "at"))


def _planned(row: PlanDraft | PlanRevision | None) -> PlanContent | None:
    return read_content(row.content) if row is not None else None


def _documented(campaign: Campaign) -> dict[int, int]:
    """The first entry of each workflow; what was struck through documents nothing."""
    results = LogReference.objects.filter(
        kind=ReferenceKind.WORKFLOW, entry__campaign=campaign, entry__kind=EntryKind.TEST_RESULT, entry__struck_at=None
    )
    return {int(value): number for value, number in results.order_by("-entry__number").values_list("value", "entry__number")}


def _contradicting(campaign: Campaign, process: Process, purposes: Mapping[int, str]) -> list[Workflow]:
    """Those attached to a guarded step are judged by its guard instead."""
    guarded = [step.key for step in process.steps if step.guard is not Guard.NONE]
    tests = [pk for pk, purpose in purposes.items() if purpose == Purpose.TEST]
    productions = [pk for pk, purpose in purposes.items() if purpose == Purpose.PRODUCTION]
    wrong = Q(justin_campaign__in=tests) & ~Q(scope_name=USERTESTS) | Q(justin_campaign__in=productions, scope_name=USERTESTS)
    judged = StepWorkflow.objects.filter(campaign=campaign, step__in=guarded)
    return list(
        Workflow.objects.filter(wrong)
        .exclude(scope_name="")
        .exclude(pk__in=judged.values("workflow"))
        .select_related("justin_campaign")
        .order_by("justin_id")
    )


def _exit_codes(campaign: Campaign) -> dict[int, dict[int, int]]:
    """By key of workflow and code. Not of a whole production, whose rows are many and which no rule wants clean."""
    clean = Q(workflow__step_uses__step="test") | Q(workflow__step_uses__use=StepWorkflow.Use.SMALL_RUN)
    rows = (
        JobTally.objects.filter(clean, workflow__step_uses__campaign=campaign, outcome=Outcome.SCRIPT_ERROR)
        .exclude(exit_code=None)
        .values_list("workflow", "exit_code")
        .annotate(n=Sum("n_jobs"))
        .order_by("workflow", "exit_code")
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for workflow, code, n in rows:
        found[workflow][code] = n
    return dict(found)
