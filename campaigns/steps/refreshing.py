"""After every change and every poll: look at the facts, keep what changed, let sign-offs lapse, open and close alerts,
and write what lists show. In the caller's transaction, which holds the campaign's row; safe to run twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from campaigns.models import Campaign, CriterionFact, StepStanding, StepVerb, Team
from campaigns.steps.facts import read_material, see
from campaigns.steps.guards import keep_alerts
from campaigns.steps.loading import Situation, held, read_situation
from campaigns.steps.process import Criterion
from campaigns.steps.queue import keep_queue
from campaigns.steps.recording import record
from campaigns.steps.standing import Finding, StepStands
from campaigns.steps.states import CriterionState, SignState, StepState
from campaigns.steps.telling import tell_lapsed, tell_validation_opened
from portal.wording import joined

PARTS = {
    "plan": "the plan",
    "jobscript": "the jobscript",
    "code": "the code version",
    "evidence": "the evidence",
    "binds": "what sign-offs of this step are bound to",
}

log = logging.getLogger(__name__)


def refresh(campaign: Campaign, now: datetime | None = None) -> Situation:
    """Bring everything that follows from the campaign's rows up to date, and return the situation after it."""
    now = now or timezone.now()
    situation = read_situation(campaign)
    if _tell_of_opened(situation):
        situation = read_situation(campaign)
    material = read_material(situation, now)
    changed = [
        keep_alerts(campaign, situation.process, material),
        _keep_facts(situation, see(_looked_at(situation), material), now),
        _let_lapse(situation),
    ]
    if any(changed):
        situation = read_situation(campaign)
    _keep_standings(situation)
    keep_queue(situation, now)
    return situation


def look_again(campaigns: Iterable[Campaign]) -> int:
    """Refresh each in a transaction of its own, e.g. after a poll; returns how many. One that fails is logged and left as it
    was; the others go on.
    """
    n = 0
    for campaign in campaigns:
        try:
            with held(campaign):
                refresh(campaign)
        except Exception:
            log.exception("The steps of campaign %s could not be looked at; they stay as they were.", campaign.pk)
        else:
            n += 1
    return n


def _looked_at(situation: Situation) -> list[Criterion]:
    """Criteria of steps that are open; those of a complete step stay as they were when it was completed."""
    return [one.criterion for step in situation.standing.steps if step.is_open for one in step.criteria]


def _tell_of_opened(situation: Situation) -> bool:
    """The production group hears when the validation sample begins (a criterion of that step). Returns whether it was told."""
    told = False
    steps = situation.standing.steps
    for before, step in zip((None, *steps), steps, strict=False):
        if not step.is_open:
            continue
        opened_by = before.completed.number if before and before.completed else 0  # clocks may go backwards, numbers do not
        for one in step.criteria:
            if one.criterion.rule == "production_informed" and not any(
                act.verb == StepVerb.TOLD
                and act.step == step.key
                and act.number > opened_by
                and act.data.get("what") == "validation-opened"
                for act in situation.acts
            ):
                n = tell_validation_opened(situation.campaign, step)
                record(
                    situation.campaign, StepVerb.TOLD, actor=None, step=step.key, criterion=one.key,
                    note="the production team", what="validation-opened", n_people=n,
                )  # fmt: skip
                told = True
    return told


def _keep_facts(situation: Situation, found: dict[str, Finding], now: datetime) -> bool:
    """Write what changed; a change of state is an act, and `since` tells when it became so. Returns whether any did."""
    changed = []
    campaign, kept = situation.campaign, situation.facts
    step_of = {one.key: step.key for step in situation.standing.steps for one in step.criteria}
    for key, finding in found.items():
        before = kept.get(key)
        same_state = before is not None and before.state is finding.state
        if before is not None and same_state and _is_as_kept(before, finding):
            continue
        if not same_state and (before is not None or finding.state is not CriterionState.NOT_AVAILABLE):
            record(
                campaign, StepVerb.FACT_CHANGED, actor=None, step=step_of[key], criterion=key, note=finding.saw,
                old=str(before.state) if before else "", new=str(finding.state),
            )  # fmt: skip
        changed.append(
            CriterionFact(
                campaign=campaign,
                criterion=key,
                state=finding.state,
                saw=finding.saw,
                data=dict(finding.data),
                as_of=finding.as_of,
                since=before.since if before is not None and same_state and before.since else now,
                checked_at=now,
            )
        )
    CriterionFact.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["campaign", "criterion"],
        update_fields=["state", "saw", "data", "as_of", "since", "checked_at"],
    )
    return bool(changed)


def _is_as_kept(before: Finding, finding: Finding) -> bool:
    found = json.loads(json.dumps(dict(finding.data)))  # as it comes back from the database: tuples as lists
    return (before.saw, before.as_of, dict(before.data)) == (finding.saw, finding.as_of, found)


def _let_lapse(situation: Situation) -> bool:
    """A signature whose revision is no longer what stands is ended for good, says why, and its signer is told. Returns
    whether one was.
    """
    ended = False
    for step in situation.standing.steps:
        for team, sign in step.signs.items():
            if sign.state is SignState.LAPSED and sign.ended_at is None and sign.act is not None:
                parts = joined(PARTS.get(name, name) for name in sign.changed) or "something"
                why = f"{parts} changed since it was signed"
                record(
                    situation.campaign, StepVerb.LAPSED, actor=None, step=step.key, criterion=_key_of(step, team),
                    team=team, fingerprint=step.print.fingerprint, note=why, old=sign.act.fingerprint,
                    parts_old=sign.act.data.get("parts", {}), parts=dict(step.print.parts),
                )  # fmt: skip
                tell_lapsed(situation.campaign, step, sign, why)
                ended = True
    return ended


def _key_of(step: StepStands, team: Team) -> str:
    return step.step.sign_offs[team].key


def _keep_standings(situation: Situation) -> None:
    kept = {row.step: row for row in StepStanding.objects.filter(campaign=situation.campaign)}
    new = []
    for step in situation.standing.steps:
        values = {
            "position": step.step.position,
            "title": step.step.title,
            "state": str(step.state),
            "is_current": step.is_current,
            "n_criteria": len(step.criteria),
            "n_held": step.n_held,
            "words": words_of(step),
            "since": step.completed.at if step.completed else step.opened_at,
        }
        row = kept.pop(step.key, None)
        if row is None:
            new.append(StepStanding(campaign=situation.campaign, step=step.key, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            StepStanding.objects.filter(pk=row.pk).update(**values)
    StepStanding.objects.bulk_create(new)
    if kept:
        StepStanding.objects.filter(pk__in=[row.pk for row in kept.values()]).delete()


def words_of(step: StepStands) -> str:
    """A step in a few words, e.g. 10 of 12 met, 1 lapsed."""
    if step.state is StepState.NOT_OPEN:
        return "not open yet"
    if step.state is StepState.COMPLETE and step.completed:
        return f"complete {step.completed.at:%-d %b}"
    parts = [f"{step.n_held} of {len(step.criteria)} met"]
    for state, word in ((CriterionState.REFUSED, "refused"), (CriterionState.LAPSED, "lapsed")):
        if n := sum(one.state is state for one in step.criteria):
            parts.append(f"{n} {word}")
    return ", ".join(parts)
