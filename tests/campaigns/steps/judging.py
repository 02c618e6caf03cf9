"""Judges what became of a campaign by its rows alone, in other words than campaigns/steps/standing.py.

The judge looks after every act: each new StepEvent is judged as it comes, then what stands is compared with what the portal
says of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.apps import apps

from campaigns.models import Campaign, Evidence, ProcessTemplate, QueueItem, StepEvent, StepStanding, StepWorkflow, Team
from campaigns.steps.loading import read_situation
from campaigns.steps.queue import todos
from campaigns.steps.refreshing import words_of
from campaigns.steps.states import SignState, StepState
from portal.models import Notice

HOLDS = ("met", "met-with-note")
Row = tuple[Any, ...]
Revision = tuple[Any, ...]


def everything() -> dict[str, list[Row]]:
    """Every row of the campaigns' tables, and the notices."""
    models = [*apps.get_app_config("campaigns").get_models(include_auto_created=True), Notice]
    return {
        f"{one._meta.app_label}.{one.__name__}": list(map(tuple, one._default_manager.order_by("pk").values_list()))
        for one in models
    }


def template_of(number: int) -> list[dict[str, Any]]:
    """The steps of a kept version as they were written."""
    steps: list[dict[str, Any]] = ProcessTemplate.objects.get(number=number).content["steps"]
    return steps


class Judge:
    """Follows one campaign. `looks` raises AssertionError."""

    def __init__(self, campaign: Campaign) -> None:
        self.pk = campaign.pk
        self.history: list[Row] = []
        self.events: list[StepEvent] = []
        self.evidence: list[Row] = []
        self.signed_on: dict[int, Revision] = {}  # what a signature saw, by number of its event
        self.completed: set[str] = set()

    def looks(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.steps = template_of(campaign.template.number if campaign.template else 1)
        new = self._new_events()
        for event in new:
            if event.verb == "completed":
                self._judge_completion(event)
            elif event.verb == "reopened":
                self.completed -= set(self._from(event.step, event))
            elif event.verb == "signed":
                self.signed_on[event.number] = self._revision(event.step)
        self._judge_signatures(new)
        self._judge_what_is_shown()

    # --- history ---

    def _new_events(self) -> list[StepEvent]:
        rows = list(map(tuple, StepEvent.objects.filter(campaign=self.pk).order_by("number").values_list()))
        assert rows[: len(self.history)] == self.history, "the history changed"
        evidence = list(map(tuple, Evidence.objects.filter(campaign=self.pk).order_by("pk").values_list()))
        assert evidence[: len(self.evidence)] == self.evidence, "evidence changed"
        self.events = list(StepEvent.objects.filter(campaign=self.pk).order_by("number"))
        assert [one.number for one in self.events] == list(range(1, len(rows) + 1)), "the numbers have gaps"
        new = self.events[len(self.history) :]
        self.history, self.evidence = rows, evidence
        return new

    def _until(self, number: int) -> list[StepEvent]:
        return self.events[: number - 1]

    def _template_at(self, number: int) -> list[dict[str, Any]]:
        moves = [one.data["new"] for one in self._until(number) if one.verb == "template-moved"]
        return template_of(moves[-1]) if moves else self.steps

    def _from(self, step: str, event: StepEvent) -> list[str]:
        keys = [one["key"] for one in self._template_at(event.number)]
        return keys[keys.index(step) :]

    # --- a step was completed: rightly? ---

    def _judge_completion(self, event: StepEvent) -> None:
        steps = self._template_at(event.number)
        keys = [one["key"] for one in steps]
        before = keys[: keys.index(event.step)]
        assert self.completed >= set(before), f"{event.step} was completed before {set(before) - self.completed}"
        for earlier in before:
            for team in self._teams_of(earlier, steps):
                signed = self._word_of(earlier, team, event.number)
                ever = [
                    one for one in self._until(event.number) if (one.step, one.team) == (earlier, team) and one.verb == "signed"
                ]
                assert signed is not None or not ever, f"{event.step} was completed while {earlier} had lapsed"
        step = steps[keys.index(event.step)]
        for criterion in step["criteria"]:
            assert self._held(event, criterion), f"{event.step} was completed without {criterion['key']}"
        self.completed.add(event.step)

    def _held(self, completed: StepEvent, criterion: dict[str, Any]) -> bool:
        key, kind, acts = criterion["key"], criterion["kind"], self._until(completed.number)
        of_it = [one for one in acts if one.criterion == key]
        if kind == "sign-off":
            signed = self._word_of(completed.step, criterion["team"], completed.number)
            return signed is not None and signed.fingerprint == completed.fingerprint
        waivers = [one.verb for one in of_it if one.verb in ("waived", "waiver-ended")]
        if waivers and waivers[-1] == "waived":
            return True
        shown = [one.verb for one in of_it if one.verb in ("evidence-added", "taken-back")]
        is_shown = bool(shown) and shown[-1] == "evidence-added"
        decided = [one.data["is_agreed"] for one in of_it if one.verb == "decided"]
        facts = [one.data["new"] for one in of_it if one.verb == "fact-changed"]
        fact = facts[-1] if facts else "not-available"
        if kind == "manual":
            return is_shown or fact in HOLDS
        if kind == "decision":
            return bool(decided[-1]) if decided else fact in HOLDS
        if fact == "not-met" and criterion.get("explainable"):
            return is_shown
        return fact in HOLDS

    # --- signatures ---

    def _teams_of(self, step: str, steps: Sequence[dict[str, Any]]) -> list[str]:
        return [one["team"] for two in steps if two["key"] == step for one in two["criteria"] if one["kind"] == "sign-off"]

    def _word_of(self, step: str, team: str, before: int) -> StepEvent | None:
        """The signature of a team that stands before the event of this number: nothing ended it."""
        stands: StepEvent | None = None
        for event in self._until(before):
            if event.verb == "reopened" and step in self._from(event.step, event):
                stands = None
            elif (event.step, event.team) == (step, team):
                stands = event if event.verb == "signed" else None
        return stands

    def _judge_signatures(self, new: Sequence[StepEvent]) -> None:
        end = len(self.events) + 1
        for lapsed in (one for one in new if one.verb == "lapsed"):
            signed = self._word_of(lapsed.step, lapsed.team, lapsed.number)
            assert signed is not None, "a lapse of nothing"
            assert self.signed_on[signed.number] != self._revision(lapsed.step), "lapsed, though nothing had changed"
            assert lapsed.note.endswith("changed since it was signed")
            assert signed.actor is None or Notice.objects.filter(user=signed.actor, subject__contains="lapsed").exists()
        for step in self.steps:
            standing = [one for team in Team if (one := self._word_of(step["key"], team, end)) is not None]
            assert len({one.actor_id for one in standing}) == len(standing), "one person signed for both teams"
            for one in standing:
                assert self.signed_on[one.number] == self._revision(step["key"]), "a signature stands on what was changed"

    def _revision(self, key: str) -> Revision:
        """What a signature of a step is about, from the rows as they are now."""
        [step] = [one for one in self.steps if one["key"] == key] or [{"criteria": [], "binds": []}]
        stays_open = {one["key"] for one in step["criteria"] if one.get("stays_open")}
        shown: dict[str, list[int]] = {}
        waived: set[str] = set()
        for event in self.events:
            if event.verb == "evidence-added":
                shown.setdefault(event.criterion, []).append(event.data["evidence"])
            elif event.verb == "taken-back":
                shown.pop(event.criterion, None)
            elif event.verb == "waived" and event.step == key:
                waived.add(event.criterion)
            elif event.verb == "waiver-ended":
                waived.discard(event.criterion)
        hashes = {row.pk: (row.step, row.criterion, row.sha256) for row in Evidence.objects.filter(campaign=self.pk)}
        items = [hashes[pk] for pks in shown.values() for pk in pks]
        binds = step.get("binds", [])
        attached = StepWorkflow.objects.filter(campaign=self.pk, step=key).values_list("workflow__justin_id", "use")
        code = [request.content["code"]["tag"] for request in self.campaign.requests.filter(state="accepted").order_by("pk")]
        return (
            sorted(binds),
            sorted((criterion, sha) for where, criterion, sha in items if where == key and criterion not in stays_open),
            sorted(waived),
            sorted(attached),
            self.campaign.jobscript_reference if "jobscript" in binds else "",
            sorted(sha for _where, criterion, sha in items if criterion == "jobscript") if "jobscript" in binds else [],
            sorted(code) if "code" in binds else [],
        )

    # --- what pages and lists show ---

    def _judge_what_is_shown(self) -> None:
        situation = read_situation(self.campaign)
        end = len(self.events) + 1
        for step in situation.standing.steps:
            assert (step.completed is not None) == (step.key in self.completed)
            signs = {team: self._word_of(step.key, team, end) for team in step.signs}
            for team, signed in signs.items():
                assert (step.signs[team].state is SignState.SIGNED) == (signed is not None)
            if step.state is StepState.COMPLETE:
                assert step.key in self.completed
            if step.state is StepState.LAPSED:
                assert None in signs.values()
                assert step.key in self.completed
        rows = [
            (one.step, one.position, one.title, one.state, one.is_current, one.n_criteria, one.n_held, one.words)
            for one in StepStanding.objects.filter(campaign=self.pk)
        ]
        assert rows == [
            (
                one.key, one.step.position, one.step.title, str(one.state), one.is_current, len(one.criteria), one.n_held,
                words_of(one),
            )
            for one in situation.standing.steps
        ]  # fmt: skip
        waiting = [
            (one.step, one.criterion, one.who, one.words, one.due_on) for one in QueueItem.objects.filter(campaign=self.pk)
        ]
        wanted = [(one.step, one.criterion, str(one.who), one.words, one.due_on) for one in todos(situation)]
        assert Counter(waiting) == Counter(wanted)
        if self.campaign.status == "finished":
            assert self.steps[-1]["key"] in self.completed
            assert not waiting
