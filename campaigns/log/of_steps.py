"""Acts on a campaign's steps that its log tells of, in words. Written in the transaction of the act."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from campaigns.log.content import Reference, as_text
from campaigns.log.machine import note_fact
from campaigns.meetings.days import day_of
from campaigns.meetings.reading import meetings_on
from campaigns.models import LogEntry, ReferenceKind, StepEvent, StepVerb, Team
from campaigns.steps.process import Process, process_of


class Said(NamedTuple):
    """How an act is told: its topic, the word for its icon, and the sentence."""

    topic: str
    state: str
    words: Callable[[StepEvent, Process], str]


def note_act(event: StepEvent) -> LogEntry | None:
    """The log's entry of an act; None for acts that it does not tell of, and for one that was told already."""
    said = SAID.get(event.verb)
    if said is None:
        return None
    process = process_of(event.campaign)
    disagreed = event.verb == StepVerb.DECIDED and event.data.get("is_agreed") is not True
    workflow = event.data.get("workflow")
    return note_fact(
        event.campaign,
        fact=f"step-event {event.number}",
        topic=said.topic,
        body="\n\n".join(filter(None, (said.words(event, process), _quoted(event.note if said.topic in NOTED else "")))),
        happened_at=event.at,
        state="refused" if disagreed else said.state,
        step=event.step,
        workflows=[workflow] if isinstance(workflow, int) and workflow > 0 else [],
        references=_points_to(event),
        data={"step_event": event.number, "team": event.team, **({"actor": event.actor.username} if event.actor else {})},
    )


def _points_to(event: StepEvent) -> list[Reference]:
    """The criterion, and of a decision the meeting, where the portal has one of its day."""
    found: list[Reference] = [(ReferenceKind.CRITERION, event.criterion)] if event.criterion else []
    if event.verb == StepVerb.DECIDED and meetings_on([day_of(event.data.get("meeting_on"))]):
        found.append((ReferenceKind.MEETING, event.data["meeting_on"]))
    return found


def _who(event: StepEvent) -> str:
    return f"@{event.actor.username}" if event.actor else "The portal"


def _step(event: StepEvent, process: Process) -> str:
    found = process.step(event.step)
    return str(found) if found else f"step {event.step}"


def _criterion(event: StepEvent, process: Process) -> str:
    found = process.criterion(event.criterion)
    return f"“{as_text(found[1].text) if found else event.criterion}”"


def _team(event: StepEvent) -> str:
    return str(Team(event.team).label).lower() if event.team in Team.values else event.team


def _decided(event: StepEvent, process: Process) -> str:
    on = event.data.get("meeting_on")
    where = f" at the meeting of {on}" if on else ""
    verdict = "Agreed" if event.data.get("is_agreed") is True else "Not agreed"
    return f"{verdict}{where}: {_criterion(event, process)}. Recorded by {_who(event)}."


def _alert(event: StepEvent, _process: Process) -> str:
    return f"Guard broken: {as_text(event.note)}."


def _alert_closed(event: StepEvent, _process: Process) -> str:
    by = f" by {_who(event)}" if event.actor else ", as its reason is gone"
    return f"Alert closed{by}: {as_text(str(event.data.get('title') or 'a guard was broken'))}."


def _lapsed(event: StepEvent, process: Process) -> str:
    return f"The sign-off of {_step(event, process)} for {_team(event)} lapsed: {as_text(event.note)}."


def _published(event: StepEvent, _process: Process) -> str:
    revision = event.data.get("revision")
    return f"{_who(event)} published the plan" + (f", revision {revision}." if revision else ".")


SAID: dict[str, Said] = {
    StepVerb.COMPLETED: Said("step-completed", "ok", lambda e, p: f"{_who(e)} completed {_step(e, p)}."),
    StepVerb.REOPENED: Said("step-reopened", "warning", lambda e, p: f"{_who(e)} reopened {_step(e, p)}."),
    StepVerb.SIGNED: Said("signed", "ok", lambda e, p: f"{_who(e)} signed {_step(e, p)} for {_team(e)}."),
    StepVerb.REFUSED: Said("refused", "refused", lambda e, p: f"{_who(e)} refused to sign {_step(e, p)} for {_team(e)}."),
    StepVerb.LAPSED: Said("lapsed", "lapsed", _lapsed),
    StepVerb.DECIDED: Said("decided", "ok", _decided),
    StepVerb.ALERT_OPENED: Said("guard-broken", "bad", _alert),
    StepVerb.ALERT_CLOSED: Said("guard-mended", "ok", _alert_closed),
    StepVerb.PLAN_PUBLISHED: Said("plan-published", "ok", _published),
}
NOTED = frozenset({"step-reopened", "signed", "refused", "decided", "guard-mended", "plan-published"})  # a person's own words


def _quoted(note: str) -> str:
    return "\n".join(f"> {line}" for line in note.strip().splitlines())
