"""How far the demonstration's campaigns have come: each is taken through its steps by its people, with the same actions that
pages use, once the simulated justIN was read. Numbers are those that were read; nothing is made up.

A campaign in whose steps somebody acted already stays as it is, so that loading again disturbs nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns.campaign_services import change_settings
from campaigns.demo.files import Files, newest_reco_of
from campaigns.demo.plan import plan, report
from campaigns.log.numbers import numbers_of
from campaigns.log.services import write_entry
from campaigns.models import Campaign, EntryKind, StepWorkflow, Team
from campaigns.services import register_workflow
from campaigns.steps.attaching import attach_workflow
from campaigns.steps.evidence import add_evidence
from campaigns.steps.feedback import ask_feedback, give_feedback
from campaigns.steps.loading import read_situation
from campaigns.steps.process import Kind
from campaigns.steps.services import complete_step, decide, waive, waive_unavailable
from campaigns.steps.signing import sign_step
from campaigns.steps.states import CriterionState
from monitoring.models import Workflow
from portal.errors import Refused
from portal.models import User

NOT_KEPT_YET = "The portal does not keep this yet; shifter and teams looked at it themselves, see the minutes."
BEFORE = "This ran before the portal kept steps; what came of it is in the minutes of the production meeting."
DIRECTORY = "dunegpvm03:/exp/dune/app/users/dunepro"


@dataclass(frozen=True)
class People:
    """Who acts in a campaign of the demonstration. `data_manager` and `production` sign."""

    shifter: User
    requester: User
    production: User
    data_manager: User
    coordinator: User


class Story:
    """A campaign and its people, with short names for what they do."""

    def __init__(self, campaign: Campaign, people: People) -> None:
        self.campaign, self.people = campaign, people
        self.files = Files(campaign, people.shifter)

    def set_up(self, jobscript: str) -> None:
        """Record where the shifter works and with which jobscript."""
        values = {"working_directory": f"{DIRECTORY}/{self.campaign.name}", "jobscript_reference": jobscript}
        change_settings(self.campaign, values, actor=self.people.shifter)

    def show(self, criterion: str, text: str, url: str = "") -> None:
        add_evidence(self.campaign, criterion, actor=self.people.shifter, text=text, url=url)

    def decide(self, criterion: str, note: str = "", *, days_ago: int = 0) -> None:
        decide(self.campaign, criterion, actor=self.people.coordinator, is_agreed=True, meeting_on=_day(days_ago), note=note)

    def waive(self, step: str, reason: str) -> None:
        """Waive all facts that are missing in a step."""
        found = read_situation(self.campaign).standing.step(step)
        for one in found.missing if found else ():
            if one.criterion.kind is Kind.AUTO:
                waive(self.campaign, one.key, actor=self.people.coordinator, reason=reason)

    def waive_unknown(self, step: str, reason: str = NOT_KEPT_YET) -> None:
        """Waive what the portal does not know yet."""
        found = read_situation(self.campaign).standing.step(step)
        if found and any(one.state is CriterionState.NOT_AVAILABLE for one in found.missing):
            waive_unavailable(self.campaign, step, actor=self.people.coordinator, reason=reason)

    def attach(self, step: str, justin_id: int, use: str = StepWorkflow.Use.MAIN) -> None:
        attach_workflow(self.campaign, step, justin_id, actor=self.people.shifter, use=use)

    def sign(self, step: str, team: Team, comment: str = "", verdict: str = "approve") -> None:
        actor = self.people.production if team is Team.PRODUCTION else self.people.data_manager
        found = read_situation(self.campaign).standing.step(step)
        revision = found.print.fingerprint if found else ""
        sign_step(self.campaign, step, team=team, actor=actor, revision=revision, verdict=verdict, comment=comment)

    def complete(self, step: str) -> None:
        """Both teams sign, and the shifter completes it."""
        self.sign(step, Team.PRODUCTION)
        self.sign(step, Team.DATA_MANAGEMENT)
        complete_step(self.campaign, step, actor=self.people.shifter)

    # --- whole steps as most campaigns go through them ---

    def complete_setup(self, jobscript: str) -> None:
        self.set_up(jobscript)
        self.show("metadata-discussion", "Opened with data management in the channel of the production team.")
        if not plan(self.campaign, self.people.shifter):
            waive(self.campaign, "plan-drafted", actor=self.people.coordinator, reason=NOT_KEPT_YET)
        self.decide("plan-agreed", "In slices, the validation sample first.", days_ago=41)
        self.complete("setup")

    def show_interactive_run(self) -> None:
        self.show("interactive-clean", "Ran one event; the log ends with “Art has completed” and status 0.")
        self.show("interactive-outputs", "One art file and one histogram file, as in the request.")
        self.show("interactive-metadata", "A .json beside each output; checked with the metadata validator.")

    def complete_test(self, *workflows: int, days_ago: int) -> None:
        self.show_interactive_run()
        for justin_id in workflows:
            self.attach("test", justin_id)
            self.document_test(justin_id)
        self.decide("metadata-correct", "Fields as in the parent dataset.", days_ago=days_ago)
        self.waive_unknown("test")
        if not workflows:
            self.waive("test", BEFORE)
        self.complete("test")

    def document_test(self, justin_id: int) -> None:
        """Its result in the log, as the workflow's numbers say."""
        workflow = Workflow.objects.with_tally().get(justin_id=justin_id)
        body = f"Quick workflow #{justin_id}{numbers_of(workflow).words}\n\nOutputs and metadata were opened; as expected."
        write_entry(
            self.campaign, actor=self.people.shifter, kind=EntryKind.TEST_RESULT, body=body, workflows=[justin_id],
            tags=["test"], step="test",
        )  # fmt: skip

    def report_validation(self, justin_id: int) -> None:
        tally = Workflow.objects.with_tally().get(justin_id=justin_id).tally
        assert tally is not None
        self.show(
            "validation-reported",
            f"Workflow {justin_id}: {tally.n_ended:,} jobs ended, {tally.n_exit_zero:,} of them with exit code 0.",
        )


def _slices_are_produced(story: Story) -> None:
    """Full-scale production is running; the requester had remarks on the validation sample."""
    change_settings(story.campaign, {"n_jobs_reference": 600}, actor=story.people.shifter)
    story.files.first_try("lbl2", "lbl2_reco.fcl", "The LBL2 sample")
    story.files.reco("lbl2", "lbl2_reco.fcl", "the LBL2 sample", note="What the linter said of the first try, put right.")
    story.files.fcl("lbl2_reco.fcl")
    story.complete_setup("DUNE/production-jobscripts/lbl2/reco.jobscript:v1.2")
    story.complete_test(3197, days_ago=13)
    story.show("events-set", "30 events per job, as in the request.")
    story.attach("validation", 3198, StepWorkflow.Use.SMALL_RUN)
    story.attach("validation", 3199)
    story.report_validation(3199)
    ask_feedback(story.campaign, actor=story.people.shifter, note="The first 100 files are done.")
    give_feedback(
        story.campaign, actor=story.people.requester, verdict="remarks",
        text="Good to go. For the next request we would like the noise-filtered waveforms kept as well.",
    )  # fmt: skip
    story.decide("full-production-approved", "Five slices, the first two at once.", days_ago=6)
    story.waive_unknown("validation")
    story.complete("validation")
    report(story.campaign, story.people.shifter)
    for justin_id in (3202, 3204, 3205):
        story.attach("production", justin_id)


def _requester_is_silent(story: Story) -> None:
    """The validation sample is there, the requester was asked and has not answered."""
    story.files.reco(
        "pdhd", "standard_reco_protodunehd_keepup.fcl", "beam runs of ProtoDUNE-HD", origin=newest_reco_of("lbl2-reco-2026"),
        git="DUNE/production-jobscripts/pdhd/reco.jobscript:v3",
    )  # fmt: skip
    story.complete_setup("DUNE/production-jobscripts/pdhd/reco.jobscript:v3")
    story.complete_test(3305, days_ago=6)
    story.show("events-set", "30 events per job, as in the request.")
    story.attach("validation", 3222)
    story.report_validation(3222)
    ask_feedback(story.campaign, actor=story.people.shifter, note="Look at the energy scale above all.")


def _test_has_changed(story: Story) -> None:
    """The test was signed once, then the jobscript changed; and the test of the second version ran in the wrong scope."""
    story.files.reco("cosmics", "pdhd_cosmics.fcl", "cosmic runs", origin=newest_reco_of("lbl2-reco-2026"))
    story.complete_setup("DUNE/production-jobscripts/pdhd/cosmics.jobscript:v1")
    story.show_interactive_run()
    story.attach("test", 3302)
    story.sign("test", Team.PRODUCTION, "Jobs and outputs are fine.")
    story.files.reco("cosmics", "pdhd_cosmics_calib.fcl", "cosmic runs", note="The fcl file of the calibration group.")
    story.attach("test", 3306)


def _plan_is_refused(story: Story) -> None:
    """Standing work that no group asked for; data management sent it back."""
    for criterion in ("request-complete", "request-presented"):
        reason = "Standing work: no group asks for it, so there is no request."
        waive(story.campaign, criterion, actor=story.people.coordinator, reason=reason)
    story.files.first_try("keepup", "standard_reco_dune10kt.fcl", "Far-detector keep-up")
    story.set_up("DUNE/production-jobscripts/fdvd/snb.jobscript:v1")
    n_files = Workflow.objects.get(justin_id=2988).files_total
    story.sign(
        "setup", Team.DATA_MANAGEMENT,
        f"Workflow 2988 has {n_files:,} files in one go. Past 10,000 rows justIN’s downloads are no longer complete: plan "
        "workflows of at most 8,000 files.", "refuse",
    )  # fmt: skip


def _is_closing(story: Story) -> None:
    """Everything is there but the two signatures; its first steps lie before the portal."""
    story.files.simulation()
    story.complete_setup("DUNE/production-jobscripts/pdvd/singles.jobscript:v2")
    story.complete_test(days_ago=34)
    story.show("events-set", "100 events per job, as in the request.")
    story.show("validation-reported", "Shown at the production meeting, see the minutes.")
    ask_feedback(story.campaign, actor=story.people.shifter)
    give_feedback(story.campaign, actor=story.people.requester, verdict="yes", text="Looks right.")
    story.decide("full-production-approved", days_ago=27)
    story.waive("validation", BEFORE)
    story.complete("validation")
    story.attach("production", 2251)
    story.show("production-small-run", "The validation sample ran clean in the same configuration.")
    story.show("progress-reported", "One workflow, finished within a day; shown at the meeting of that week.")
    story.waive("production", NOT_KEPT_YET)
    story.complete("production")
    story.show("jobscript-committed", "Jobscript and fcl files, tag v2 of DUNE/production-jobscripts.")
    story.show("report-written", "Two pages, with the weekly table.")
    story.show("docdb-number", "DocDB 34567")
    for criterion in ("report-presented", "finished-decided"):
        story.decide(criterion, days_ago=6)
    story.waive_unknown("close-out")
    story.waive("close-out", "Its log is a short one. The page of the log as a document makes a PDF of it.")


# name: the workflows it needs to have been read, those registered for it by id, what happens
STORIES: dict[str, tuple[tuple[int, ...], tuple[int, ...], Callable[[Story], None]]] = {
    "lbl2-reco-2026": ((3197, 3198, 3199, 3201), (3197,), _slices_are_produced),
    "pdhd-reco-2026b": ((3222, 3305), (3305,), _requester_is_silent),
    "pdhd-cosmics-2026": ((3302, 3306), (), _test_has_changed),
    "fdhd-keepup-2026": ((2988,), (), _plan_is_refused),
    "vd-mc-2026a": ((2251,), (), _is_closing),
}


def prepare_steps(people_of: Callable[[str], People]) -> None:
    """Say which workflows belong to which campaign, so that the next poll reads them."""
    for name, (_needed, registered, _happens) in STORIES.items():
        for justin_id in registered:
            register_workflow(Campaign.objects.get(name=name), justin_id, actor=people_of(name).shifter)


def load_steps(people_of: Callable[[str], People]) -> list[str]:
    """Take each campaign as far as its story goes, if its workflows were read. Returns what could not be told, and why."""
    left = []
    for name, (needed, _registered, happens) in STORIES.items():
        campaign = Campaign.objects.get(name=name)
        if campaign.step_events.filter(actor__isnull=False).exists():
            continue
        if unread := _unread(needed):
            left.append(f"{name}: workflow {', '.join(map(str, unread))} is not read yet")
            continue
        try:
            with transaction.atomic():
                happens(Story(campaign, people_of(name)))
        except Refused as refused:
            left.append(f"{name}: {refused}")
    return left


def _unread(justin_ids: Iterable[int]) -> list[int]:
    read = set(Workflow.objects.filter(tally__isnull=False).values_list("justin_id", flat=True))
    return [one for one in justin_ids if one not in read]


def _day(days_ago: int) -> date:
    return timezone.localdate() - timedelta(days=days_ago)


def people(shifter: str, **names: str) -> People:
    """The cast by their names."""
    cast: dict[str, Any] = {"shifter": shifter, "requester": "requester1", "production": "production1",
                            "data_manager": "datamanager1", "coordinator": "coordinator1"} | names  # fmt: skip
    return People(**{part: User.objects.get(username=name) for part, name in cast.items()})
