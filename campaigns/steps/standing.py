"""Where a campaign stands: what people did and what the portal saw, folded into the state of every criterion and step.

Pure: no query, no clock. Whoever asks twice with the same input gets the same answer; tests drive it without a database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns.models import StepVerb, Team
from campaigns.steps.process import Criterion, Kind, Process, Step, Who
from campaigns.steps.states import HOLDS, CriterionState, SignState, StepState


@dataclass(frozen=True)
class Act:
    """A StepEvent. `actor` is None where the portal acted."""

    number: int
    verb: str
    at: datetime
    step: str = ""
    criterion: str = ""
    team: str = ""
    fingerprint: str = ""
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    actor: int | None = None
    actor_name: str = "the portal"


@dataclass(frozen=True)
class Finding:
    """What a rule of an auto criterion sees. `as_of`: how old its numbers are, where age has a meaning."""

    state: CriterionState
    saw: str
    data: Mapping[str, Any] = field(default_factory=dict)
    as_of: datetime | None = None


@dataclass(frozen=True)
class Fact(Finding):
    """A finding as it was kept: in this state since, last looked at."""

    since: datetime | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True)
class Configuration:
    """What sign-offs are bound to beside evidence. `plan` is '' while there is no plan to agree on.

    `jobscript` is the hash of the files that are kept, which `files` tells in words; where none is kept, that of the
    reference in the campaign's settings.
    """

    plan: str = ""
    jobscript: str = ""
    code: str = ""
    files: str = ""


@dataclass(frozen=True)
class Print:
    """What a sign-off of a step sees: each part in words or as hash, and the fingerprint of all."""

    parts: Mapping[str, str]
    fingerprint: str

    @property
    def short(self) -> str:
        return short_print(self.fingerprint)


@dataclass(frozen=True)
class SignStands:
    """One team's sign-off of a step. `act`: its newest signature or refusal; `why`: of a lapsed or void one."""

    team: Team
    state: SignState = SignState.NONE
    act: Act | None = None
    why: str = ""
    ended_at: datetime | None = None
    changed: tuple[str, ...] = ()  # the parts that are not what was signed


@dataclass(frozen=True)
class CriterionStands:
    """A criterion: its state, since when, and the act (evidence, decision, waiver, sign-off) or fact that made it so."""

    criterion: Criterion
    state: CriterionState
    saw: str = ""
    since: datetime | None = None
    fact: Fact | None = None
    act: Act | None = None
    evidence: tuple[int, ...] = ()  # keys of Evidence rows that count, oldest first
    withdrawn: tuple[int, ...] = ()
    sign: SignStands | None = None

    @property
    def key(self) -> str:
        return self.criterion.key

    @property
    def holds(self) -> bool:
        return self.state in HOLDS


@dataclass(frozen=True)
class StepStands:
    """A step. `blocked_by`: reasons beside its criteria why it cannot be completed."""

    step: Step
    state: StepState
    criteria: tuple[CriterionStands, ...]
    signs: Mapping[Team, SignStands]
    print: Print
    opened_at: datetime | None = None
    completed: Act | None = None
    asked: Act | None = None
    blocked_by: tuple[str, ...] = ()
    is_current: bool = False

    @property
    def key(self) -> str:
        return self.step.key

    @property
    def is_open(self) -> bool:
        """Whether work goes on in it: it was opened and is not complete."""
        return self.state in (StepState.OPEN, StepState.SENT_BACK)

    @property
    def missing(self) -> list[CriterionStands]:
        """Criteria that neither hold nor are waived."""
        return [one for one in self.criteria if not one.holds]

    @property
    def n_held(self) -> int:
        return sum(one.holds for one in self.criteria)

    @property
    def is_ready_to_sign(self) -> bool:
        """Whether nothing but sign-offs is missing."""
        return all(one.criterion.kind is Kind.SIGN_OFF for one in self.missing)

    @property
    def may_be_completed(self) -> bool:
        return self.is_open and not self.missing and not self.blocked_by

    def criterion(self, key: str) -> CriterionStands | None:
        return next((one for one in self.criteria if one.key == key), None)


@dataclass(frozen=True)
class Standing:
    """The campaign as a whole."""

    process: Process
    steps: tuple[StepStands, ...]

    def step(self, key: str) -> StepStands | None:
        return next((one for one in self.steps if one.key == key), None)

    @property
    def current(self) -> StepStands | None:
        """The first step that is not complete; None when all are."""
        return next((one for one in self.steps if one.is_current), None)

    def of_criterion(self, key: str) -> tuple[StepStands, CriterionStands] | None:
        return next(((step, one) for step in self.steps for one in step.criteria if one.key == key), None)


def short_print(fingerprint: str) -> str:
    """A fingerprint as people compare it: 7c1e·09d4."""
    return f"{fingerprint[:4]}·{fingerprint[4:8]}" if fingerprint else ""


def standing_of(
    process: Process,
    acts: Sequence[Act],
    facts: Mapping[str, Fact],
    configuration: Configuration,
    open_alerts: Mapping[str, Sequence[str]],
) -> Standing:
    """Fold it all. `facts` by key of criterion, `open_alerts` titles by key of step; `acts` in order of their number."""
    folded = _fold(process, acts)
    steps: list[StepStands] = []
    all_complete, opened_at = True, acts[0].at if acts else None
    is_opened, current_found = True, False
    for step in process.steps:
        print_ = print_of(step, acts, configuration)
        signs = {team: _sign(folded, step, team, print_) for team in step.sign_offs}
        criteria = tuple(_criterion(folded, one, facts.get(one.key) if one.rule else None, signs) for one in step.criteria)
        completed = folded.completed.get(step.key)
        state = _state(is_opened, completed, criteria)
        blocked_by = tuple(open_alerts.get(step.key, ()))
        if not all_complete and is_opened and completed is None:
            blocked_by += tuple(
                f"Step {one.step.position}, {one.step.title} is not complete any more: a sign-off lapsed."
                for one in steps
                if one.state is StepState.LAPSED
            )
        is_current = not current_found and state is not StepState.COMPLETE
        current_found = current_found or is_current
        steps.append(
            StepStands(
                step, state, criteria, signs, print_, opened_at if is_opened else None, completed,
                folded.asked.get(step.key), blocked_by, is_current,
            )
        )  # fmt: skip
        all_complete = all_complete and state is StepState.COMPLETE
        is_opened = is_opened and completed is not None
        opened_at = completed.at if completed else None
    return Standing(process, tuple(steps))


def print_of(step: Step, acts: Iterable[Act], configuration: Configuration) -> Print:
    """What a sign-off of this step would see now."""
    seen = _Seen(step)
    for act in acts:
        seen.take(act)
    parts: dict[str, str] = {name: getattr(configuration, name) for name in ("plan", "jobscript", "code") if name in step.binds}
    items = seen.items()
    also: list[str] = []
    if "jobscript" in parts:
        recorded = sorted(sha for key, shas in seen.open_evidence.items() if key == "jobscript" for sha in shas)
        whole = _hash([parts["jobscript"], recorded]) if parts["jobscript"] or recorded else ""
        if configuration.files:  # told in words, with the hash of all behind them
            also = [f"files {whole}"]
            whole = configuration.files + (f"; {_counted(recorded)}, {_hash(recorded)[:8]}" if recorded else "")
        parts["jobscript"] = whole
    parts["evidence"] = f"{len(items)} item{'' if len(items) == 1 else 's'}, {_hash(items)[:8]}"
    return Print(parts, _hash([step.key, parts, [*items, *also]]))


class _Seen:
    """The evidence, waivers and workflows of a step that stand after some acts."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.stays_open = {one.key for one in step.criteria if one.stays_open}
        self.evidence: dict[str, list[str]] = {}
        self.open_evidence: dict[str, list[str]] = {}  # of criteria that stay open, in whatever step
        self.waived: set[str] = set()
        self.workflows: dict[int, str] = {}

    def take(self, act: Act) -> None:
        verb = act.verb
        if verb == StepVerb.EVIDENCE_ADDED:
            self._kept(act).setdefault(act.criterion, []).append(str(act.data.get("sha256", "")))
        elif verb == StepVerb.TAKEN_BACK:
            self.evidence.pop(act.criterion, None)
            self.open_evidence.pop(act.criterion, None)
        if act.step != self.step.key:
            return
        if verb == StepVerb.WAIVED:
            self.waived.add(act.criterion)
        elif verb == StepVerb.WAIVER_ENDED:
            self.waived.discard(act.criterion)
        elif verb == StepVerb.WORKFLOW_ATTACHED:
            self.workflows[int(act.data["workflow"])] = str(act.data.get("use", ""))
        elif verb == StepVerb.WORKFLOW_DETACHED:
            self.workflows.pop(int(act.data["workflow"]), None)

    def _kept(self, act: Act) -> dict[str, list[str]]:
        """Where evidence counts: what may be given after its step is complete must not undo that step's sign-offs."""
        if act.data.get("stays_open") or act.criterion in self.stays_open:
            return self.open_evidence
        return self.evidence if act.step == self.step.key else {}

    def items(self) -> list[str]:
        found = [f"evidence {key} {sha}" for key, shas in self.evidence.items() for sha in shas]
        found += [f"waived {key}" for key in self.waived]
        found += [f"workflow {number} {use}" for number, use in self.workflows.items()]
        return sorted(found)


@dataclass
class _Folded:
    completed: dict[str, Act] = field(default_factory=dict)
    asked: dict[str, Act] = field(default_factory=dict)
    waivers: dict[str, Act] = field(default_factory=dict)
    decisions: dict[str, Act] = field(default_factory=dict)
    marks: dict[str, Act] = field(default_factory=dict)
    evidence: dict[str, list[int]] = field(default_factory=dict)
    withdrawn: dict[str, list[int]] = field(default_factory=dict)
    signs: dict[tuple[str, str], tuple[Act, Act | None, bool]] = field(default_factory=dict)  # act, what ended it, voided


def _fold(process: Process, acts: Iterable[Act]) -> _Folded:
    folded = _Folded()
    for act in acts:
        match act.verb:
            case StepVerb.EVIDENCE_ADDED:
                folded.marks[act.criterion] = act
                folded.evidence.setdefault(act.criterion, []).append(int(act.data["evidence"]))
            case StepVerb.TAKEN_BACK:
                folded.marks.pop(act.criterion, None)
                folded.withdrawn.setdefault(act.criterion, []).extend(folded.evidence.pop(act.criterion, []))
            case StepVerb.DECIDED:
                folded.decisions[act.criterion] = act
            case StepVerb.WAIVED:
                folded.waivers[act.criterion] = act
            case StepVerb.WAIVER_ENDED:
                folded.waivers.pop(act.criterion, None)
            case StepVerb.SIGN_OFF_ASKED:
                folded.asked[act.step] = act
                for (step, team), (signed, ended, is_void) in list(folded.signs.items()):
                    if step == act.step and signed.verb == StepVerb.REFUSED and ended is None:
                        folded.signs[step, team] = (signed, act, is_void)  # answered in words, where no evidence had to change
            case StepVerb.SIGNED | StepVerb.REFUSED:
                folded.signs[act.step, act.team] = (act, None, False)
            case StepVerb.LAPSED:
                if (kept := folded.signs.get((act.step, act.team))) is not None and kept[1] is None:
                    folded.signs[act.step, act.team] = (kept[0], act, False)
            case StepVerb.COMPLETED:
                folded.completed[act.step] = act
                folded.asked.pop(act.step, None)
            case StepVerb.REOPENED:
                _void_from(folded, process, act)
    return folded


def _void_from(folded: _Folded, process: Process, act: Act) -> None:
    """A step was reopened: it and all later ones are no longer complete, and their sign-offs are void."""
    reopened = process.step(act.step)
    later = {step.key for step in process.steps if reopened is None or step.position >= reopened.position}
    for key in later:
        folded.completed.pop(key, None)
        folded.asked.pop(key, None)
    for place, (signed, ended, _was_void) in list(folded.signs.items()):
        if place[0] in later:
            folded.signs[place] = (signed, ended or act, True)


def _sign(folded: _Folded, step: Step, team: Team, seen: Print) -> SignStands:
    act, ended, is_void = folded.signs.get((step.key, team), (None, None, False))
    if act is None:
        return SignStands(team)
    changed = changed_parts(act, seen)
    if is_void and ended is not None:
        return SignStands(team, SignState.VOID, act, ended.note, ended.at, changed)
    if act.verb == StepVerb.REFUSED:
        state = SignState.REFUSED if ended is None and act.fingerprint == seen.fingerprint else SignState.ANSWERED
        return SignStands(team, state, act, act.note, ended.at if ended else None, changed)
    if ended is not None:
        return SignStands(team, SignState.LAPSED, act, ended.note, ended.at, changed)
    if act.fingerprint != seen.fingerprint:
        return SignStands(team, SignState.LAPSED, act, "what was signed has changed", None, changed)
    return SignStands(team, SignState.SIGNED, act)


def changed_parts(act: Act, seen: Print) -> tuple[str, ...]:
    """Which parts are not what this signature saw; `binds` where a template has it see other parts."""
    then = act.data.get("parts", {})
    changed = tuple(name for name, value in seen.parts.items() if name in then and then[name] != value)
    return changed if then.keys() == seen.parts.keys() else (*changed, "binds")


def _state(is_opened: bool, completed: Act | None, criteria: Iterable[CriterionStands]) -> StepState:
    if not is_opened:
        return StepState.NOT_OPEN
    signed_for = [one for one in criteria if one.sign is not None]
    if completed is not None:
        # one that was never given came with a later template: it does not undo what was completed without it
        ended = any(one.sign.state is not SignState.NONE and not one.holds for one in signed_for if one.sign)
        return StepState.LAPSED if ended else StepState.COMPLETE
    refused = any(one.state is CriterionState.REFUSED for one in signed_for)
    return StepState.SENT_BACK if refused else StepState.OPEN


_OF_SIGN = {
    SignState.SIGNED: CriterionState.MET,
    SignState.REFUSED: CriterionState.REFUSED,
    SignState.ANSWERED: CriterionState.NOT_MET,
    SignState.LAPSED: CriterionState.LAPSED,
    SignState.VOID: CriterionState.LAPSED,
    SignState.NONE: CriterionState.NOT_MET,
}


def _criterion(folded: _Folded, criterion: Criterion, fact: Fact | None, signs: Mapping[Team, SignStands]) -> CriterionStands:
    key = criterion.key
    sign = signs.get(criterion.team) if criterion.team else None
    state, saw, since, act = _stands(folded, criterion, fact, sign)
    if (waiver := folded.waivers.get(key)) is not None:
        state, saw, since, act = CriterionState.WAIVED, waiver.note, waiver.at, waiver
    evidence, withdrawn = folded.evidence.get(key, ()), folded.withdrawn.get(key, ())
    return CriterionStands(criterion, state, saw, since, fact, act, tuple(evidence), tuple(withdrawn), sign)


def _stands(
    folded: _Folded, criterion: Criterion, fact: Fact | None, sign: SignStands | None
) -> tuple[CriterionState, str, datetime | None, Act | None]:
    """State, what was seen, since when, and the act behind it; without waivers."""
    if sign is not None:
        at = sign.ended_at or (sign.act.at if sign.act else None)
        return _OF_SIGN[sign.state], sign.why, at, sign.act
    mark, decision = folded.marks.get(criterion.key), folded.decisions.get(criterion.key)
    if criterion.kind is Kind.DECISION and decision is not None:
        agreed = decision.data.get("is_agreed") is True
        return CriterionState.MET if agreed else CriterionState.NOT_MET, decision.note, decision.at, decision
    if criterion.kind is Kind.MANUAL and mark is not None:
        noted = fact is not None and fact.state is CriterionState.NOTED
        return CriterionState.NOTED if noted else CriterionState.MET, fact.saw if noted and fact else "", mark.at, mark
    if fact is None:
        return (
            (CriterionState.NOT_AVAILABLE, "", None, None)
            if criterion.kind is Kind.AUTO
            else (CriterionState.NOT_MET, "", None, None)
        )
    if criterion.explainable and mark is not None and fact.state is CriterionState.NOT_MET:
        return CriterionState.NOTED, fact.saw, mark.at, mark
    if criterion.kind is not Kind.AUTO and fact.state not in HOLDS:
        return CriterionState.NOT_MET, fact.saw, fact.since, None
    return fact.state, fact.saw, fact.since, None


def who_acts(stands: CriterionStands) -> Who:
    """Who has to act next on a criterion that does not hold."""
    if stands.state is CriterionState.REFUSED:
        return Who.SHIFTERS
    if stands.state is CriterionState.NOT_AVAILABLE:
        return Who.COORDINATORS
    return stands.criterion.who


def waiting_since(acts: Iterable[Act]) -> Act | None:
    """The newest question to the requester that was neither answered nor skipped, nor made void by reopening."""
    asked = None
    for act in acts:
        if act.verb == StepVerb.FEEDBACK_ASKED:
            asked = act
        elif act.verb in (StepVerb.FEEDBACK_GIVEN, StepVerb.FEEDBACK_SKIPPED, StepVerb.REOPENED):
            asked = None
    return asked


def _counted(recorded: Sequence[str]) -> str:
    return f"{len(recorded)} piece{'' if len(recorded) == 1 else 's'} of evidence"


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
