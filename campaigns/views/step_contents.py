"""What a step's page holds, as its template takes it. campaigns/views/step_page.py fills it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.models import Alert, Campaign, ProcessTemplate
from campaigns.step_forms import StepForm
from campaigns.steps.loading import Situation
from campaigns.steps.services import OVER
from campaigns.steps.standing import StepStands
from campaigns.steps.states import CriterionState, StepState
from campaigns.steps.telling import step_path
from campaigns.views.step_cards import OF_STEP, CriterionCard, FeedbackCard, TeamCard, WorkflowRow
from portal.roles import Anyone


@dataclass(frozen=True)
class Missing:
    """Something in the way of completing the step: what, who must act, since when, and where on the page."""

    state: str
    what: str
    who: str
    note: str = ""
    since: datetime | None = None
    href: str = ""


@dataclass
class StepPage:
    """What the template takes. `orphan`: a form that was sent and has no place on the page any more."""

    situation: Situation
    step: StepStands
    reader: Anyone
    sent: StepForm | None = None
    used: set[str] = field(default_factory=set)
    criteria: list[CriterionCard] = field(default_factory=list)
    teams: list[TeamCard] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    alerts: list[tuple[Alert, StepForm | None]] = field(default_factory=list)
    workflows: list[WorkflowRow] = field(default_factory=list)
    feedback: FeedbackCard | None = None
    attach: StepForm | None = None
    ask: StepForm | None = None
    complete: StepForm | None = None
    reopen: StepForm | None = None
    waive_all: StepForm | None = None
    newer: ProcessTemplate | None = None
    shifters: str = ""
    works: bool = False
    leads: bool = False

    @property
    def campaign(self) -> Campaign:
        return self.situation.campaign

    @property
    def is_over(self) -> bool:
        return self.campaign.status in OVER

    @property
    def goes_on(self) -> bool:
        """Whether forms make sense: the step is open and the campaign not over."""
        return self.step.is_open and not self.is_over

    @property
    def orphan(self) -> StepForm | None:
        return self.sent if self.sent is not None and self.sent.part not in self.used else None

    @property
    def state(self) -> str:
        step = self.step
        if step.state is StepState.OPEN:
            return "ok" if step.may_be_completed else "bad" if self.alerts else "warning"
        return OF_STEP[step.state]

    @property
    def words(self) -> str:
        """The pill beside the step's name."""
        step, n = self.step, len(self.step.missing)
        things = f"{n} thing{'' if n == 1 else 's'} missing"
        if step.state is StepState.SENT_BACK:
            return f"sent back, {things}"
        if step.state is StepState.LAPSED:
            return "a sign-off lapsed"
        if step.state is not StepState.OPEN:
            return step.state.label
        return things if n else "blocked" if step.blocked_by else "ready to complete"

    @property
    def earlier(self) -> list[Missing]:
        """Steps before this one that are not complete any more."""
        return [
            Missing("lapsed", f"A sign-off of {one.step} lapsed", "Its team", "sign again", None,
                    step_path(self.campaign, one.key, "sign"))
            for one in self.situation.standing.steps
            if one.state is StepState.LAPSED and one.step.position < self.step.step.position and self.step.is_open
        ]  # fmt: skip

    @property
    def counts(self) -> str:
        """The criteria in a few words: 12: 8 met, 1 waived, 3 not met."""
        n_of: dict[CriterionState, int] = defaultdict(int)
        for one in self.step.criteria:
            n_of[one.state] += 1
        return f"{len(self.step.criteria)}: " + ", ".join(
            f"{n_of[state]} {state.label}" for state in CriterionState if n_of[state]
        )

    @property
    def first(self) -> StepStands | None:
        """The step that comes first, where this one is not open yet."""
        return self.situation.standing.current if self.step.state is StepState.NOT_OPEN else None

    @property
    def following(self) -> StepStands | None:
        after = self.situation.process.after(self.step.step)
        return self.situation.standing.step(after.key) if after else None

    @property
    def n_unavailable(self) -> int:
        return sum(one.state is CriterionState.NOT_AVAILABLE for one in self.step.criteria)

    @property
    def why_not_complete(self) -> str:
        """Beside the button that cannot be pressed."""
        step = self.step
        n, parts = len(step.missing), []
        if n:
            parts.append(f"{n} thing{' is' if n == 1 else 's are'} missing")
        if self.alerts:
            parts.append("a guard alert is open")
        if len(step.blocked_by) > len(self.alerts):
            parts.append("an earlier step is not complete any more")
        return " and ".join(parts)

    def form(self, part: str, make: Callable[[str], StepForm]) -> StepForm:
        """The form of this part: as it was sent, if it was and could not be taken, else a new one."""
        self.used.add(part)
        return self.sent if self.sent is not None and self.sent.part == part else make(part)
