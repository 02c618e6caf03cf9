"""All that the page of a plan shows and offers, read once: a constant number of queries, whatever the plan holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from campaigns.jobscripts.in_plan import named_by, with_jobscript
from campaigns.models import Campaign, JobscriptVersion, PlanDraft, PlannedWorkflow, PlanRevision
from campaigns.plan.commands import create_campaign_command
from campaigns.plan.errors import WrongValue
from campaigns.plan.slices import MOST_FILES_OF_A_WORKFLOW
from campaigns.planning.actual import Read, RowActual, against, coverages, workflows_of
from campaigns.planning.content import PlanContent, hash_of, read_content
from campaigns.planning.pace import Pace, pace_of
from campaigns.planning.reported import reports_of
from campaigns.planning.rows import LaidOut, Layout, lay_out, new_campaign
from campaigns.steps.loading import Situation, read_situation
from campaigns.steps.rules import can_work
from campaigns.steps.services import OVER
from campaigns.steps.states import SignState
from campaigns.views.plan_changes import changes
from campaigns.views.plan_lanes import LanePanel, SamplePanel, lanes_of, sample_panel
from campaigns.views.plan_rows import Known, LostFiles, RowTotals, lost_by_workflow, reads_back, sample_name, totals_of
from campaigns.views.plan_words import STEP_NAMES, slice_words
from monitoring.health import justin_service
from monitoring.models import FileTally
from portal.roles import Anyone
from portal.wording import MOST_NAMED

STEPS = list(STEP_NAMES)
EVERY = "all"


@dataclass(frozen=True)
class Reason:
    """Why the next command is right, or what stands against it."""

    state: str
    words: str


@dataclass(frozen=True)
class Ambiguous:
    """A workflow that fits several rows: a person says which, one button for each."""

    read: Read
    rows: list[LaidOut]


@dataclass(frozen=True)
class Together:
    """Several parts of a step added up. None as soon as one of them is not known."""

    totals: RowTotals
    n_finished: int
    n_wanted: int | None
    n_done: int | None
    done_is_exact: bool

    @classmethod
    def of(cls, lanes: Sequence[LanePanel]) -> Together:
        return cls(
            totals_of([line for lane in lanes for line in lane.lines]),
            sum(lane.n_finished for lane in lanes),
            _sum([lane.n_wanted for lane in lanes]),
            _sum([lane.n_done for lane in lanes]),
            all(lane.done_is_exact for lane in lanes),
        )


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


@dataclass
class PlanPage:
    """What the template takes: the draft, a revision, or neither. `content` names the kept jobscript where the plan names none;
    `sha256` is of the plan as it is written. `jobscript`: the kept version that its commands name; `has_files`: whether any is
    kept.
    """

    campaign: Campaign
    situation: Situation
    content: PlanContent
    layout: Layout
    works: bool
    draft: PlanDraft | None
    newest: PlanRevision | None
    revision: PlanRevision | None
    numbers: list[int]
    lanes: list[LanePanel] = field(default_factory=list)
    also: list[SamplePanel] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    unmatched: list[Read] = field(default_factory=list)
    next: LaidOut | None = None
    reasons: list[Reason] = field(default_factory=list)
    campaign_command: str = ""  # that makes the justIN campaign of the next row
    changed: list[str] = field(default_factory=list)
    lapsing: list[str] = field(default_factory=list)
    lane_asked: str = ""
    error: str = ""
    note: str = ""
    pace: Pace | None = None
    ambiguous: list[Ambiguous] = field(default_factory=list)
    records: dict[int, PlannedWorkflow] = field(default_factory=dict)
    sha256: str = ""
    jobscript: JobscriptVersion | None = None
    has_files: bool = False

    @property
    def is_draft(self) -> bool:
        return self.revision is None and self.draft is not None and self.works

    @property
    def is_published(self) -> bool:
        """Whether what is shown is what stands."""
        return self.newest is not None and self.newest.sha256 == self.sha256

    @property
    def has_rows(self) -> bool:
        return bool(self.content.rows)

    @property
    def goes_on(self) -> bool:
        return self.campaign.status not in OVER

    @property
    def may_edit(self) -> bool:
        return self.works and self.goes_on

    @property
    def may_publish(self) -> bool:
        return self.may_edit and self.is_draft and self.has_rows and not self.is_published

    @property
    def next_number(self) -> int:
        return self.newest.number + 1 if self.newest else 1

    @property
    def shown(self) -> list[LanePanel]:
        return self.lanes if self.lane_asked == EVERY else [lane for lane in self.lanes if lane.key == self.lane_shown]

    @property
    def lane_shown(self) -> str:
        """The lane asked for; else that of the next row, of the first that differs, or the last."""
        keys = [lane.key for lane in self.lanes]
        if self.lane_asked in keys or not keys:
            return self.lane_asked
        for lane in self.lanes:
            if any(line.is_next for line in lane.lines) and lane.lines[0].row.step == "production":
                return lane.key
        troubled = [lane.key for lane in self.lanes if lane.troubles]
        waiting = [lane.key for lane in self.lanes if any(line.is_next for line in lane.lines)]
        return (troubled or waiting or keys[-1:])[0]

    @property
    def troubled(self) -> list[LanePanel]:
        """Lanes that were submitted otherwise than planned."""
        return [lane for lane in self.lanes if lane.troubles]

    @property
    def open_steps(self) -> list[tuple[str, str]]:
        """Steps with rows that can be submitted and are not, for the shell script."""
        found = {}
        for lane in self.lanes:
            for line in lane.lines:
                if line.newest is None and line.laid.command:
                    found[line.row.step] = STEP_NAMES[line.row.step]
        return list(found.items())

    @property
    def all_steps(self) -> list[tuple[str, Together]]:
        """Steps that have several parts, each added up."""
        by_step: dict[str, list[LanePanel]] = {}
        for lane in self.lanes:
            if lane.lines[0].row.use == "main":
                by_step.setdefault(lane.step, []).append(lane)
        return [(STEP_NAMES[step], Together.of(lanes)) for step, lanes in by_step.items() if len(lanes) > 1]

    @property
    def row_choices(self) -> list[tuple[str, str]]:
        """Every row by its key, for saying which one a workflow is; those that have none come first."""
        open_keys = {line.row.key for lane in self.lanes for line in lane.lines if line.newest is None}
        rows = sorted(self.layout.rows, key=lambda laid: (laid.row.key not in open_keys, laid.number))
        return [(laid.row.key, row_name(laid)) for laid in rows]

    @property
    def query(self) -> str:
        """Of addresses that show the same plan."""
        return f"?revision={self.revision.number}" if self.revision else ""


def row_name(laid: LaidOut) -> str:
    """ "6 r5: full production, nu FHC, 17,000 / to the end"."""
    row = laid.row
    takes = (
        f"{row.n_jobs or 0:,} jobs" if laid.is_monte_carlo else "its own query" if row.mql else slice_words(row.skip, row.limit)
    )
    return f"{laid.number} {row.key}: {STEP_NAMES[row.step].lower()}, {sample_name(laid.sample)[:60]}, {takes}"


def plan_page(campaign: Campaign, reader: Anyone, *, number: int | None = None, lane: str = "") -> PlanPage | None:
    """The draft for those who work in the campaign, else the newest revision; `number` asks for a revision. None: no such."""
    works = can_work(reader, campaign)
    draft = PlanDraft.objects.filter(campaign=campaign).select_related("saved_by").first()
    numbers = list(PlanRevision.objects.filter(campaign=campaign).values_list("number", flat=True))
    newest = _revision(campaign, numbers[-1]) if numbers else None
    revision = newest if number is not None and newest and number == newest.number else None
    if number is not None and revision is None:
        revision = _revision(campaign, number) if number in numbers else None
        if revision is None:
            return None
    if revision is None and not works:
        revision = newest
    written = read_content(revision.content if revision else draft.content if draft and works else {})
    situation = read_situation(campaign)
    files = situation.files
    content = with_jobscript(written, next((one for one in files if one.is_jobscript), None))
    page = PlanPage(
        campaign, situation, content, lay_out(content), works, draft, newest, revision, numbers[::-1], lane_asked=lane[:120],
        sha256=hash_of(written), jobscript=named_by(content, files), has_files=any(one.is_jobscript for one in files),
    )  # fmt: skip
    _compare(page)
    if page.may_publish:
        page.changed = changes(read_content(newest.content) if newest else None, written)
        page.lapsing = _signers(situation)
    return page


def _revision(campaign: Campaign, number: int) -> PlanRevision | None:
    return PlanRevision.objects.filter(campaign=campaign, number=number).select_related("author").first()


def _compare(page: PlanPage) -> None:
    """Put what was submitted beside what is planned."""
    campaign, content = page.campaign, page.content
    reads, page.records = workflows_of(campaign), reports_of(campaign)
    reported = {justin_id: one.row_key for justin_id, one in page.records.items()}
    actuals = against(content, page.layout, reads, reported)
    covered = coverages(content if page.has_rows else None, reads, actuals)
    page.next = _next(page.situation, actuals)
    known = Known(
        _lost(campaign), page.records, page.next.row.key if page.next else "", _again(page.layout),
        page.jobscript.sha256 if page.jobscript else "",
    )  # fmt: skip
    page.lanes = lanes_of(content, page.layout, actuals, reads, covered, known)
    foreign = [one for one in covered if one.planned is None and one.sample]
    page.also = [sample_panel(number, one, reads) for number, one in enumerate(foreign, start=1)]
    page.unread = [pair for one in covered for pair in one.unread]
    served = {read.workflow.pk for actual in actuals for read in (*actual.attempts, *actual.may_be)}
    page.unmatched = [read for read in reads if read.workflow.pk not in served] if page.has_rows else []
    page.ambiguous = _ambiguous(actuals)
    if page.next:
        reference = content.common.n_jobs_reference or campaign.n_jobs_reference
        page.pace = pace_of(campaign, reads, reference, justin_service().now())
        page.campaign_command = _campaign_command(page, page.next)
        page.reasons = _reasons(page, page.next)


def _next(situation: Situation, actuals: Sequence[RowActual]) -> LaidOut | None:
    """The first row without a workflow, of the current step or a later one."""
    current = situation.standing.current
    done = STEPS[: STEPS.index(current.key)] if current and current.key in STEPS else []
    if current is not None and current.key == "close-out":
        done = STEPS
    return next((one.laid for one in actuals if not one.attempts and one.laid.row.step not in done), None)


def _campaign_command(page: PlanPage, laid: LaidOut) -> str:
    """For a row that can be submitted and whose justIN campaign is still to be made."""
    try:
        made = new_campaign(page.content, laid.row.step, name=page.campaign.name) if laid.command else None
        return create_campaign_command(description=made.description, quota=made.quota) if made else ""
    except WrongValue:
        return ""


def _reasons(page: PlanPage, laid: LaidOut) -> list[Reason]:
    step = page.situation.standing.step(laid.row.step)
    name = STEP_NAMES[laid.row.step].lower()
    reasons = [Reason("bad", problem) for problem in laid.problems]
    if not laid.problems:
        reasons.append(Reason("ok", f"scope {laid.scope}, right for {'a test' if laid.row.step == 'test' else name}"))
        if reads_back(page.content, laid):
            reasons.append(Reason("ok", f"reads back as row {laid.number}"))
        else:
            reasons.append(Reason("bad", f"does not read back as row {laid.number}"))
    clashes = [text for lane in page.lanes for text in lane.clashes.get(laid.number, [])]
    reasons += [Reason("bad", text) for text in clashes[:MOST_NAMED]]
    if laid.warning:
        reasons.append(Reason("warning", laid.warning))
    elif laid.n_files is not None:
        reasons.append(Reason("ok", f"{laid.n_files:,} files, at most {MOST_FILES_OF_A_WORKFLOW:,}"))
    elif not laid.is_monte_carlo:
        reasons.append(Reason("unknown", "how many files it takes is not known"))
    if step is not None and step.opened_at is None:
        reasons.append(Reason("warning", f"step {step.step.position}, {step.step.title}, is not open yet"))
    if page.is_draft and not page.is_published:
        reasons.append(Reason("warning", "of the draft; no revision says it yet"))
    if page.campaign_command:
        reasons.append(Reason("warning", "no justIN campaign yet: alone, each workflow would get one of its own"))
    common = page.content.common
    justin_id = common.test_campaign_id if laid.row.step == "test" else common.campaign_id
    if justin_id and not page.campaign.justin_campaigns.filter(justin_id=justin_id).exists():
        reasons.append(Reason("warning", f"justIN campaign {justin_id} is not watched here: its workflows are not found"))
    return reasons


def _lost(campaign: Campaign) -> dict[int, LostFiles]:
    tallies = FileTally.objects.filter(workflow__in=campaign.workflows().order_by(), stage_id=1)
    sums = tallies.values("workflow", "state").annotate(
        n=Sum(F("n_files")), n_cut=Count("pk", filter=Q(at_least=True, state__in=("failed", "notfound")))
    )
    return lost_by_workflow((row["workflow"], row["state"], row["n"], row["n_cut"]) for row in sums)


def _again(layout: Layout) -> dict[str, tuple[int, ...]]:
    """Numbers of the rows that run again what was left of a row, by its key."""
    found: dict[str, tuple[int, ...]] = {}
    for laid in layout.rows:
        if laid.row.parent:
            found[laid.row.parent] = (*found.get(laid.row.parent, ()), laid.number)
    return found


def _ambiguous(actuals: Sequence[RowActual]) -> list[Ambiguous]:
    """Workflows that several rows may be, in the order of their ids."""
    found: dict[int, Ambiguous] = {}
    for actual in actuals:
        for read in actual.may_be:
            found.setdefault(read.workflow.justin_id, Ambiguous(read, [])).rows.append(actual.laid)
    return [found[justin_id] for justin_id in sorted(found)]


def _signers(situation: Situation) -> list[str]:
    """Sign-offs that are bound to the plan and stand now."""
    return [
        f"{sign.act.actor_name} for {sign.team.label.lower()}, step {step.step.position}"
        for step in situation.standing.steps
        if "plan" in step.step.binds
        for sign in step.signs.values()
        if sign.state is SignState.SIGNED and sign.act is not None
    ]
