"""Events of a campaign's steps in words: who did what to which step or criterion, old and new values, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse

from campaigns.history.entries import Change, Entry, who_did
from campaigns.history.kinds import FILES, KINDS
from campaigns.meetings.days import day_of
from campaigns.models import Campaign, EvidenceKind, JobscriptKind, StepEvent, StepVerb, StepWorkflow, Team
from campaigns.steps.evidence import KEPT_IN_ACT
from campaigns.steps.feedback import VERDICTS
from campaigns.steps.process import Process
from campaigns.steps.standing import short_print
from campaigns.steps.states import CriterionState
from campaigns.steps.telling import step_path

V = StepVerb
ALARMS: dict[str, str] = {  # the word in red
    V.WAIVED: "waived",
    V.REOPENED: "reopened",
    V.REFUSED: "refused",
    V.ALERT_OPENED: "guard broken",
    V.FEEDBACK_SKIPPED: "without a reply",
}
KIND_OF: dict[str, str] = {verb: key for key, kind in KINDS.items() for verb in kind.of_steps}
TOLD_THAT = {"validation-opened": "that the validation sample begins", "requester-silent": "that the requester is silent"}


def of_step(event: StepEvent, campaign: Campaign, process: Process) -> Entry:
    """An event in words. Steps and criteria that the campaign's template no longer has are named by their keys."""
    said = _Words(event, process)
    verb = event.verb
    if event.verb in FILES:
        about, path = "files", _file_path(said, campaign)
    elif event.step:
        about, path = said.step(event.step), step_path(campaign, event.step, f"c-{event.criterion}" if event.criterion else "")
    else:
        about, path = "steps", reverse("campaigns:step-list", args=[campaign.slug])
    what = SAYS[verb](said) if verb in SAYS else event.get_verb_display()
    changes = CHANGES[verb](said) if verb in CHANGES else []
    return Entry(
        event.at, who_did(event), about, path, KIND_OF.get(verb, "steps"), verb, what, changes, said.note, ALARMS.get(verb, ""),
        day_of(said.text("meeting_on")),
    )  # fmt: skip


def _file_path(said: _Words, campaign: Campaign) -> str:
    pk = said.data.get("file")
    if isinstance(pk, int):
        return reverse("campaigns:file-version", args=[campaign.slug, pk])
    return reverse("campaigns:file-list", args=[campaign.slug])


class _Words:
    """An event with its values as texts, whatever an older portal may have kept."""

    def __init__(self, event: StepEvent, process: Process) -> None:
        self.event = event
        self.process = process
        self.data: Mapping[str, Any] = event.data if isinstance(event.data, dict) else {}

    def text(self, name: str) -> str:
        value = self.data.get(name)
        return "" if value is None else str(value)

    def texts(self, name: str) -> dict[str, str]:
        value = self.data.get(name)
        return {str(key): str(one) for key, one in value.items()} if isinstance(value, dict) else {}

    def rows(self, name: str) -> list[Any]:
        value = self.data.get(name)
        return list(value) if isinstance(value, list | tuple) else []

    @property
    def note(self) -> str:
        if self.event.verb == V.TOLD:
            return ""  # whom: said already
        if self.event.verb == V.EVIDENCE_ADDED and len(self.event.note) == KEPT_IN_ACT:
            return f"{self.event.note}…"
        return self.event.note

    @property
    def criterion(self) -> str:
        found = self.process.criterion(self.event.criterion)
        return f"“{found[1].text if found else self.event.criterion}”"

    def step(self, key: str) -> str:
        found = self.process.step(key)
        return str(found) if found else f"step {key}"

    @property
    def team(self) -> str:
        return _team(self.event.team)


def _team(value: str) -> str:
    return str(Team(value).label).lower() if value in Team.values else value


def _state(value: str) -> str:
    return str(CriterionState(value).label) if value in CriterionState.values else value


def _use(value: str) -> str:
    return str(StepWorkflow.Use(value).label) if value in StepWorkflow.Use.values else value


def _at_meeting(said: _Words) -> str:
    on = said.text("meeting_on")
    return f"recorded the decision on {said.criterion}" + (f" at the meeting of {on}" if on else "")


def _told(said: _Words) -> str:
    return " ".join(filter(None, ("told", said.event.note or "people", TOLD_THAT.get(said.text("what"), ""))))


def _kept(said: _Words) -> str:
    kind = said.text("kind")
    word = str(JobscriptKind(kind).label) if kind in JobscriptKind.values else kind
    return " ".join(filter(None, ("kept", word, said.text("name"), f"version {said.text('number')}")))


SAYS: dict[str, Callable[[_Words], str]] = {
    V.EVIDENCE_ADDED: lambda said: f"gave evidence for {said.criterion}",
    V.TAKEN_BACK: lambda said: f"took back what met {said.criterion}",
    V.DECIDED: _at_meeting,
    V.WAIVED: lambda said: f"waived {said.criterion}",
    V.WAIVER_ENDED: lambda said: f"ended the waiver of {said.criterion}",
    V.SIGN_OFF_ASKED: lambda said: "asked both teams to sign the step",
    V.SIGNED: lambda said: f"signed for {said.team}",
    V.REFUSED: lambda said: f"refused to sign for {said.team}",
    V.LAPSED: lambda said: f"let the sign-off for {said.team} lapse",
    V.COMPLETED: lambda said: "completed the step",
    V.REOPENED: lambda said: "reopened the step",
    V.FEEDBACK_ASKED: lambda said: "asked the requester for feedback",
    V.FEEDBACK_GIVEN: lambda said: "gave feedback",
    V.FEEDBACK_REMINDED: lambda said: "reminded the requester",
    V.FEEDBACK_SKIPPED: lambda said: "went on without the requester’s reply",
    V.TOLD: _told,
    V.WORKFLOW_ATTACHED: lambda said: f"attached workflow {said.text('workflow')}",
    V.WORKFLOW_DETACHED: lambda said: f"detached workflow {said.text('workflow')}",
    V.WORKFLOW_REPORTED: lambda said: f"recorded workflow {said.text('workflow')} for row {said.text('row')} of the plan",
    V.REPORT_TAKEN_BACK: lambda said: f"took back that workflow {said.text('workflow')} is row {said.text('row')} of the plan",
    V.FACT_CHANGED: lambda said: f"{'saw a change in' if said.text('old') else 'first looked at'} {said.criterion}",
    V.TEMPLATE_MOVED: lambda said: f"moved to template {said.text('new')}",
    V.FILE_ADDED: _kept,
    V.FILE_WITHDRAWN: lambda said: f"withdrew {said.text('name')}",
    V.ALERT_OPENED: lambda said: "opened an alert",
    V.ALERT_CLOSED: lambda said: "closed an alert",
}


def _evidence(said: _Words) -> list[Change]:
    kind = said.text("kind")
    label = str(EvidenceKind(kind).label) if kind in EvidenceKind.values else kind
    shown = [Change(label, "", said.text("about"))] if said.text("about") else []
    return [*shown, *([Change("sha256", "", said.text("sha256"))] if said.text("sha256") else [])]


def _taken_back(said: _Words) -> list[Change]:
    n = len(said.rows("evidence"))
    return [Change("evidence that counts", f"{n} piece{'' if n == 1 else 's'}", "")]


def _decided(said: _Words) -> list[Change]:
    return [Change("decision", "", "agreed" if said.data.get("is_agreed") is True else "not agreed")]


def _waived(said: _Words) -> list[Change]:
    return [Change("state", _state(said.text("old")), str(CriterionState.WAIVED.label))]


def _signed(said: _Words) -> list[Change]:
    return [Change("revision", "", short_print(said.event.fingerprint)), *_parts({}, said.texts("parts"))]


def _lapsed(said: _Words) -> list[Change]:
    prints = Change("revision", short_print(said.text("old")), short_print(said.event.fingerprint))
    return [prints, *_parts(said.texts("parts_old"), said.texts("parts"))]


def _parts(old: dict[str, str], new: dict[str, str]) -> list[Change]:
    """Parts of a revision that differ; a hash as its first digits."""
    names = [*new, *(name for name in old if name not in new)]
    return [
        Change(name, _shortened(old.get(name, "")), _shortened(new.get(name, "")))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def _shortened(value: str) -> str:
    is_hash = len(value) == 64 and set(value) <= set("0123456789abcdef")
    return short_print(value) if is_hash else value


def _completed(said: _Words) -> list[Change]:
    """The revision, and what did not plainly hold when it was completed."""
    found = [Change("revision", "", short_print(said.event.fingerprint))] if said.event.fingerprint else []
    for key, state in said.texts("criteria").items():
        if state != CriterionState.MET:
            one = said.process.criterion(key)
            found.append(Change(one[1].text if one else key, "", _state(state)))
    return found


def _reopened(said: _Words) -> list[Change]:
    """The steps that were complete, and the sign-offs that became void."""
    found = [Change(said.step(str(key)), "complete", "not complete") for key in said.rows("completed")]
    for one in said.rows("void"):
        key, _, team = str(one).partition(" ")
        found.append(Change(f"sign-off of {said.step(key)} for {_team(team)}", "", "void"))
    return found


def _alert(said: _Words) -> list[Change]:
    found = [Change("alert", said.text("title"), "closed")] if said.text("title") else []
    return [*found, *([Change("scope", "", said.text("scope"))] if said.text("scope") else [])]


def _template_moved(said: _Words) -> list[Change]:
    found = [Change("template", said.text("old"), said.text("new"))]
    for row in said.rows("changes"):
        if isinstance(row, list) and len(row) == 5:
            step, criterion, what, old, new = [str(value) for value in row]
            found.append(Change(" · ".join(filter(None, (step, criterion, what))), old, new))
    return found


def _file(said: _Words) -> list[Change]:
    """Hash and place in git, old and new; and where a file that is new here was begun from."""
    found = [Change("sha256", _shortened(said.text("old")), _shortened(said.text("sha256")))]
    git = f"{said.text('git_reference')} {said.text('git_commit')}".strip()
    if git != said.text("old_git"):
        found.append(Change("in git", said.text("old_git"), git))
    return [*found, *([Change("begun from", "", said.text("based_on"))] if said.text("based_on") else [])]


CHANGES: dict[str, Callable[[_Words], list[Change]]] = {
    V.EVIDENCE_ADDED: _evidence,
    V.TAKEN_BACK: _taken_back,
    V.DECIDED: _decided,
    V.WAIVED: _waived,
    V.SIGNED: _signed,
    V.REFUSED: _signed,
    V.LAPSED: _lapsed,
    V.COMPLETED: _completed,
    V.REOPENED: _reopened,
    V.FEEDBACK_ASKED: lambda said: [Change("due", "", said.text("due_on"))],
    V.FEEDBACK_REMINDED: lambda said: [Change("due", "", said.text("due_on"))],
    V.FEEDBACK_GIVEN: lambda said: [Change("answer", "", VERDICTS.get(said.text("verdict"), said.text("verdict")))],
    V.TOLD: lambda said: [Change("people told", "", said.text("n_people"))],
    V.WORKFLOW_ATTACHED: lambda said: [Change("use", _use(said.text("old_use")), _use(said.text("use")))],
    V.WORKFLOW_DETACHED: lambda said: [Change("use", _use(said.text("use")), "")],
    V.FACT_CHANGED: lambda said: [Change("state", _state(said.text("old")), _state(said.text("new")))],
    V.TEMPLATE_MOVED: _template_moved,
    V.FILE_ADDED: _file,
    V.FILE_WITHDRAWN: lambda said: [Change("sha256", _shortened(said.text("old")), "")],
    V.ALERT_OPENED: _alert,
    V.ALERT_CLOSED: _alert,
}
