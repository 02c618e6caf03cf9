"""What a step's page shows of each criterion, sign-off, workflow and of the requester's word. Reads nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from campaigns.meetings.days import day_of
from campaigns.models import Evidence, StepVerb, StepWorkflow
from campaigns.step_forms import StepForm
from campaigns.steps.feedback import VERDICTS
from campaigns.steps.process import Guard, Kind, Process
from campaigns.steps.standing import Act, CriterionStands, Print, SignStands, StepStands, short_print
from campaigns.steps.states import HOLDS, CriterionState, SignState, StepState
from monitoring.numbers import JobNumbers
from portal.templatetags.portal_format import at_least

SHOWN_EVIDENCE = 4  # pieces of a criterion that are not folded away
USERTESTS = "usertests"

# the visual language's states; portal.css gives each its icon and colour
OF_CRITERION = {
    CriterionState.MET: "ok",
    CriterionState.NOTED: "warning",
    CriterionState.NOT_MET: "todo",
    CriterionState.WAIVED: "waived",
    CriterionState.LAPSED: "lapsed",
    CriterionState.REFUSED: "refused",
    CriterionState.NOT_AVAILABLE: "unknown",
}
OF_SIGN = {
    SignState.NONE: "todo",
    SignState.SIGNED: "ok",
    SignState.REFUSED: "refused",
    SignState.ANSWERED: "todo",
    SignState.LAPSED: "lapsed",
    SignState.VOID: "lapsed",
}
OF_STEP = {
    StepState.NOT_OPEN: "todo",
    StepState.OPEN: "running",
    StepState.SENT_BACK: "refused",
    StepState.COMPLETE: "ok",
    StepState.LAPSED: "lapsed",
}


@dataclass(frozen=True)
class Acting:
    """A form that moves something, and the words of its button."""

    form: StepForm
    name: str  # of the address that it is sent to
    button: str
    opens: str  # what is clicked to see the form
    css: str = "btn-plain"
    says: str = ""
    has_file: bool = False

    @property
    def url(self) -> str:
        return f"campaigns:{self.name}"


@dataclass(frozen=True)
class CriterionCard:
    """One criterion with its evidence, the act behind it, and what this reader may do about it."""

    stands: CriterionStands
    evidence: Sequence[Evidence] = ()
    withdrawn: Sequence[Evidence] = ()
    acting: Sequence[Acting] = ()

    @property
    def state(self) -> str:
        return OF_CRITERION[self.stands.state]

    @property
    def shown(self) -> Sequence[Evidence]:
        """The newest pieces, oldest of them first."""
        return self.evidence[-SHOWN_EVIDENCE:]

    @property
    def folded(self) -> Sequence[Evidence]:
        return self.evidence[:-SHOWN_EVIDENCE]

    @property
    def waiver(self) -> Act | None:
        act = self.stands.act
        return act if act is not None and act.verb == StepVerb.WAIVED else None

    @property
    def decision(self) -> Act | None:
        act = self.stands.act
        return act if act is not None and act.verb == StepVerb.DECIDED else None

    @property
    def meeting_on(self) -> date | None:
        return day_of(self.decision.data.get("meeting_on")) if self.decision else None

    @property
    def is_agreed(self) -> bool:
        return self.decision is not None and self.decision.data.get("is_agreed") is True

    @property
    def fact_words(self) -> str:
        """What the portal saw. Nothing where a person's word stands for what it did not see, or could not see."""
        one, fact = self.stands, self.stands.fact
        if fact is None or (one.state is CriterionState.WAIVED and fact.state is CriterionState.NOT_AVAILABLE):
            return ""
        by_hand = one.criterion.kind is not Kind.AUTO and one.holds and one.act is not None
        return "" if by_hand and fact.state not in HOLDS else fact.saw

    @property
    def help(self) -> str:
        """Told as long as it helps."""
        return "" if self.stands.holds else self.stands.criterion.help


@dataclass(frozen=True)
class Part:
    """One thing that a sign-off is bound to: what was signed and what stands now, as words or as short hash."""

    label: str
    then: str
    now: str
    is_print: bool
    is_changed: bool


@dataclass(frozen=True)
class TeamCard:
    """One team's sign-off. `why_not`: why this reader, who is of the team, cannot sign; `members`: who can, by name."""

    sign: SignStands
    parts: Sequence[Part] = ()
    is_of_team: bool = False
    why_not: str = ""
    members: str = ""
    approve: StepForm | None = None
    refuse: StepForm | None = None
    is_primary: bool = False

    @property
    def key(self) -> str:
        return str(self.sign.team)

    @property
    def name(self) -> str:
        return self.sign.team.label

    @property
    def state(self) -> str:
        return OF_SIGN[self.sign.state]

    @property
    def word(self) -> str:
        return self.sign.state.label

    @property
    def print_then(self) -> str:
        return short_print(self.sign.act.fingerprint) if self.sign.act else ""

    @property
    def holds(self) -> bool:
        return self.sign.state is SignState.SIGNED

    @property
    def stands(self) -> bool:
        """Whether what was signed or refused is what the step is now."""
        return self.sign.state in (SignState.SIGNED, SignState.REFUSED)


def parts_of(sign: SignStands, seen: Print) -> list[Part]:
    """What was signed beside what stands; nothing stands beside what nobody signed yet."""
    then: Mapping[str, Any] = sign.act.data.get("parts", {}) if sign.act else {}
    found = []
    for name, now in seen.parts.items():
        was = str(then.get(name, ""))
        differs = sign.act is not None and name in then and was != now
        found.append(
            Part(
                name.capitalize(), _part(name, was) if differs else "", _part(name, now),
                _is_hash(now or was), differs,
            )
        )  # fmt: skip
    return found


def _part(name: str, value: str) -> str:
    if not value:
        return {"plan": "none published", "jobscript": "none recorded", "code": "none in the requests"}.get(name, "none")
    return short_print(value) if _is_hash(value) else value


def _is_hash(value: str) -> bool:
    """Whether it is 64 hexadecimal digits, which people compare by the first; else it is told in words."""
    return len(value) == 64 and set(value) <= set("0123456789abcdef")


@dataclass(frozen=True)
class FeedbackCard:
    """The requester's word: asked for, overdue, given or gone without. `waits`: still without a reply."""

    asked: Act | None = None
    answer: Act | None = None
    reminded: Sequence[Act] = ()
    ask: StepForm | None = None
    give: StepForm | None = None
    skip: StepForm | None = None
    may_skip_later: bool = False

    @property
    def due_on(self) -> date | None:
        return day_of(self.asked.data.get("due_on")) if self.asked else None

    @property
    def waits(self) -> bool:
        return self.asked is not None and self.answer is None

    @property
    def is_overdue(self) -> bool:
        return self.waits and self.due_on is not None and timezone.localdate() > self.due_on

    @property
    def n_days(self) -> int:
        """Days until it is due, or since it was."""
        return abs((self.due_on - timezone.localdate()).days) if self.due_on else 0

    @property
    def was_skipped(self) -> bool:
        return self.answer is not None and self.answer.verb == StepVerb.FEEDBACK_SKIPPED

    @property
    def verdict(self) -> str:
        return str(self.answer.data.get("verdict", "")) if self.answer else ""

    @property
    def verdict_words(self) -> str:
        return VERDICTS.get(self.verdict, self.verdict)

    @property
    def state(self) -> str:
        if self.was_skipped:
            return "warning"
        if self.answer is not None:
            return {"yes": "ok", "remarks": "warning"}.get(self.verdict, "refused")
        return "todo" if self.asked is None else "bad" if self.is_overdue else "running"


def feedback_acts(process: Process, step: StepStands, acts: Sequence[Act]) -> tuple[Act | None, Act | None, list[Act]]:
    """The newest question, its answer (or that it was gone without), and reminders since; reopening begins anew."""
    asked: Act | None = None
    answer: Act | None = None
    reminded: list[Act] = []
    for act in acts:
        if act.verb == StepVerb.FEEDBACK_ASKED:
            asked, answer, reminded = act, None, []
        elif act.verb in (StepVerb.FEEDBACK_GIVEN, StepVerb.FEEDBACK_SKIPPED):
            answer = act
        elif act.verb == StepVerb.FEEDBACK_REMINDED:
            reminded.append(act)
        elif act.verb == StepVerb.REOPENED:
            reopened = process.step(act.step)
            if reopened is None or reopened.position <= step.step.position or answer is None:
                asked, answer, reminded = None, None, []
    return asked, answer, reminded


@dataclass(frozen=True)
class WorkflowRow:
    """A workflow that was run for the step."""

    attached: StepWorkflow
    guard: Guard
    detach: StepForm | None = None
    jobs: JobNumbers | None = field(init=False)

    def __post_init__(self) -> None:
        tally = getattr(self.attached.workflow, "tally", None)
        object.__setattr__(self, "jobs", JobNumbers.of(tally) if tally is not None else None)

    @property
    def breaks_guard(self) -> bool:
        scope = self.attached.workflow.scope_name
        if not scope or self.guard is Guard.NONE:
            return False
        return (scope == USERTESTS) is (self.guard is Guard.NOT_USERTESTS)

    @property
    def ended(self) -> str:
        return at_least(self.jobs.ended, self.jobs.complete) if self.jobs else "unknown"

    @property
    def ended_zero(self) -> str:
        return at_least(self.jobs.ended_zero, self.jobs.complete) if self.jobs else "unknown"
