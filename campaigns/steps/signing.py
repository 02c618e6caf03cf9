"""Sign-offs: one person of each team says yes or no to a step, naming the revision they saw."""

from __future__ import annotations

from typing import Literal

from campaigns.models import Campaign, CampaignStatus, StepEvent, StepVerb, Team
from campaigns.steps.loading import Situation, held
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_work, other_team, why_not_sign
from campaigns.steps.services import check_open, checked_reason, step_of
from campaigns.steps.standing import StepStands, short_print
from campaigns.steps.states import SignState, StepState
from campaigns.steps.telling import tell_refused
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

Verdict = Literal["approve", "refuse"]
SHORTEST_REVISION = 8


def sign_step(
    campaign: Campaign,
    step_key: str,
    *,
    team: str,
    actor: User,
    revision: str,
    verdict: str = "approve",
    comment: str = "",
) -> StepEvent:
    """Sign a step for a team, or refuse it with a comment that says what must change.

    `revision` is the fingerprint that the person saw (all of it, or at least its first eight digits): if the step has
    another by now, nothing is written (Conflict). So is a second signature for the same team.
    """
    if team not in Team.values:
        raise Invalid(f"Choose a team: {' or '.join(Team.values)}.", field="team")
    if verdict not in ("approve", "refuse"):
        raise Invalid("Choose approve or refuse.", field="verdict")
    comment = checked_reason(
        comment, needed=verdict == "refuse", field="comment", what="Say what must change; the step goes back with your words."
    )
    seen = revision.replace("·", "").replace("\0", "").strip().lower()
    if len(seen) < SHORTEST_REVISION:
        raise Invalid("Give the fingerprint that you saw, at least its first eight digits.", field="revision")
    with held(campaign) as situation:
        step = step_of(situation, step_key)
        chosen = Team(team)
        _check_may_sign(situation, step, chosen, actor)
        _check_open_to_signing(situation, step)
        situation = refresh(campaign)  # a signature never stands on facts that changed unseen
        step = step_of(situation, step_key)
        _check_may_sign(situation, step, chosen, actor)
        _check_first(step, chosen, verdict)
        if not step.print.fingerprint.startswith(seen):
            raise Conflict(
                f"You saw {short_print(seen)}; it is {step.print.short} now. Look at what changed, then sign that.",
                field="revision",
            )
        event = record(
            campaign, StepVerb.SIGNED if verdict == "approve" else StepVerb.REFUSED, actor=actor, step=step.key,
            criterion=step.step.sign_offs[chosen].key, team=chosen, fingerprint=step.print.fingerprint, note=comment,
            parts=dict(step.print.parts), template=situation.process.version,
        )  # fmt: skip
        refresh(campaign)
        if verdict == "refuse":
            tell_refused(campaign, step, chosen, actor, comment)
    return event


def ask_for_sign_offs(campaign: Campaign, step_key: str, *, actor: User, note: str = "") -> StepEvent:
    """Put the step before both teams although something is still missing in it, or again after a refusal."""
    if not can_work(actor, campaign):
        raise NotAllowed(f"Only shifters of {campaign} and coordinators ask for sign-offs.")
    note = checked_reason(note, needed=False, field="note")
    with held(campaign) as situation:
        step = step_of(situation, step_key)
        check_open(situation, step)
        if step.asked is not None and step.state is not StepState.SENT_BACK:
            asked = step.asked
            raise Conflict(f"{asked.actor_name} asked for them on {asked.at:%Y-%m-%d at %H:%M} UTC.", field="step")
        event = record(campaign, StepVerb.SIGN_OFF_ASKED, actor=actor, step=step.key, note=note)
        refresh(campaign)
    return event


def may_sign(situation: Situation, step: StepStands, team: Team, user: User) -> str:
    """Why this person cannot sign this step for this team now; '' if they can."""
    if team not in step.step.sign_offs:
        return f"This step is not signed by {team.label.lower()}."
    return why_not_sign(user, situation.campaign, situation.requests, team, other_team(step, team))


def _check_may_sign(situation: Situation, step: StepStands, team: Team, actor: User) -> None:
    if why := may_sign(situation, step, team, actor):
        raise NotAllowed(why)


def _check_open_to_signing(situation: Situation, step: StepStands) -> None:
    """An open step, or a complete one whose sign-off lapsed: of a finished campaign too, but not of a cancelled one."""
    if step.state is not StepState.LAPSED or situation.campaign.status == CampaignStatus.CANCELLED:
        check_open(situation, step)


def _check_first(step: StepStands, team: Team, verdict: str) -> None:
    """One signature a team: what stands already is told, with who and when."""
    sign = step.signs[team]
    said = {SignState.SIGNED: "approve", SignState.REFUSED: "refuse"}.get(sign.state)
    if said == verdict and sign.act is not None:
        word = "signed" if verdict == "approve" else "refused"
        raise Conflict(
            f"{sign.act.actor_name} {word} for {team.label.lower()} on {sign.act.at:%Y-%m-%d at %H:%M} UTC already.",
            field="team",
        )
