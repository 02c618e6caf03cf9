"""Takes a campaign through its steps as its people would, for tests that begin somewhere on the way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils import timezone

from campaigns.campaign_services import appoint
from campaigns.models import Campaign, Evidence, ProcessTemplate, StepVerb, Team
from campaigns.services import create_campaign
from campaigns.steps.loading import held, read_situation
from campaigns.steps.process import Criterion, Kind, content_hash, parse, read_process
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.services import complete_step, move_template
from campaigns.steps.signing import sign_step
from campaigns.steps.standing import StepStands
from campaigns.steps.states import StepState
from portal.models import User


@dataclass(frozen=True)
class Cast:
    """Who acts in a campaign."""

    shifter: User
    production: User
    data_manager: User
    coordinator: User


def begin(cast: Cast, name: str = "pdhd-reco-2026b") -> Campaign:
    """A campaign with its shifter, at the beginning of its first step."""
    campaign = create_campaign(name, actor=cast.coordinator)
    appoint(campaign, cast.shifter, actor=cast.coordinator)
    return campaign


# Three steps with everything that steps can have, to try in a moment what the five take long for.
SMALL = """
version = 901

[[steps]]
key = "first"
title = "First"
binds = ["plan"]
criteria = [
    { key = "shown", text = "Something is shown", kind = "manual", who = "shifters" },
    { key = "agreed", text = "A meeting agrees", kind = "decision", who = "coordinators" },
    { key = "known", text = "Something nobody knows", kind = "auto", rule = "nobody_knows", who = "shifters" },
    { key = "jobscript", text = "The jobscript", kind = "manual", who = "shifters", stays_open = true },
    { key = "first-production", text = "Signed by production", kind = "sign-off", team = "production" },
    { key = "first-data-management", text = "Signed by data management", kind = "sign-off", team = "data-management" },
]

[[steps]]
key = "second"
title = "Second"
binds = ["plan", "jobscript", "code"]
guard = "usertests"
criteria = [
    { key = "tried", text = "It was tried", kind = "manual", who = "data-management" },
    { key = "jobs", text = "Jobs are set", kind = "auto", rule = "jobs_are_set", who = "shifters", explainable = true },
    { key = "second-production", text = "Signed by production", kind = "sign-off", team = "production" },
    { key = "second-data-management", text = "Signed by data management", kind = "sign-off", team = "data-management" },
]

[[steps]]
key = "third"
title = "Third"
binds = ["jobscript"]
criteria = [
    { key = "over", text = "It is over", kind = "decision", who = "coordinators" },
    { key = "third-production", text = "Signed by production", kind = "sign-off", team = "production" },
    { key = "third-data-management", text = "Signed by data management", kind = "sign-off", team = "data-management" },
]
"""

# The next version: one more criterion in the first step, and a fourth step.
THOUGHT = '{ key = "thought", text = "It was thought over", kind = "manual", who = "shifters" }'
SMALL_NEXT = (
    SMALL.replace("version = 901", "version = 902").replace("criteria = [", f"criteria = [\n    {THOUGHT},", 1)
    + """
[[steps]]
key = "fourth"
title = "Fourth"
criteria = [{ key = "kept", text = "It is kept", kind = "manual", who = "shifters" }]
"""
)


def keep_template(text: str) -> ProcessTemplate:
    """A version for campaigns to move to, as a release brings it."""
    content = parse(text)
    return ProcessTemplate.objects.create(number=read_process(content).version, content=content, sha256=content_hash(content))


def begin_small(cast: Cast, name: str = "pdhd-small") -> Campaign:
    """A campaign that runs by SMALL, at the beginning of its first step."""
    campaign = begin(cast, name)
    kept = ProcessTemplate.objects.filter(number=901).first() or keep_template(SMALL)
    move_template(campaign, kept.number, actor=cast.coordinator)
    return campaign


def stands(campaign: Campaign, step: str) -> StepStands:
    """Where a step stands now."""
    found = read_situation(campaign).standing.step(step)
    assert found is not None
    return found


def fill(campaign: Campaign, step: str, cast: Cast) -> None:
    """Everything of the step but sign-offs: shown, decided, and waived where facts are missing.

    The acts are those that the services write, with what follows from them worked out once, at the end: most tests begin
    somewhere on the way and would spend their time in getting there.
    """
    with held(campaign):
        for one in stands(campaign, step).missing:
            _hold(campaign, step, one.criterion, cast)
        refresh(campaign)


def sign_both(campaign: Campaign, step: str, cast: Cast) -> None:
    """Both teams sign what stands."""
    for team, person in ((Team.PRODUCTION, cast.production), (Team.DATA_MANAGEMENT, cast.data_manager)):
        sign_step(campaign, step, team=team, actor=person, revision=stands(campaign, step).print.fingerprint)


def ready(campaign: Campaign, step: str, cast: Cast) -> None:
    """Nothing is missing in the step; it is not completed."""
    fill(campaign, step, cast)
    sign_both(campaign, step, cast)


def walk_to(campaign: Campaign, step: str, cast: Cast) -> None:
    """Complete every step before this one; the last of all as people would, as that ends the campaign."""
    with held(campaign) as situation:
        for one in situation.standing.steps[:-1]:
            if one.key == step:
                break
            if one.state is not StepState.COMPLETE:
                _take(campaign, one.key, cast)
        refresh(campaign)
    last = read_situation(campaign).standing.steps[-1]
    if step not in {one.key for one in situation.process.steps} and last.state is not StepState.COMPLETE:
        ready(campaign, last.key, cast)
        complete_step(campaign, last.key, actor=cast.shifter)


def _hold(campaign: Campaign, step: str, criterion: Criterion, cast: Cast) -> None:
    """One act that makes a criterion hold."""
    about = {"step": step, "criterion": criterion.key}
    if criterion.kind is Kind.MANUAL:
        text = f"seen: {criterion.text}"
        sha = hashlib.sha256(f"text {text}".encode()).hexdigest()
        given = Evidence.objects.create(campaign=campaign, kind="text", text=text, sha256=sha, author=cast.shifter, **about)
        record(
            campaign, StepVerb.EVIDENCE_ADDED, actor=cast.shifter, note=text, evidence=given.pk, sha256=sha, kind="text",
            text=text, about="", stays_open=criterion.stays_open, **about,
        )  # fmt: skip
    elif criterion.kind is Kind.DECISION:
        today = timezone.localdate().isoformat()
        record(campaign, StepVerb.DECIDED, actor=cast.coordinator, is_agreed=True, meeting_on=today, **about)
    elif criterion.kind is Kind.AUTO:
        record(campaign, StepVerb.WAIVED, actor=cast.coordinator, note="no facts in this test", old="not-met", **about)


def _take(campaign: Campaign, step: str, cast: Cast) -> None:
    """Fill, sign and complete a step."""
    for one in stands(campaign, step).missing:
        _hold(campaign, step, one.criterion, cast)
    seen = stands(campaign, step)
    for team, person in ((Team.PRODUCTION, cast.production), (Team.DATA_MANAGEMENT, cast.data_manager)):
        if team in seen.signs:
            record(
                campaign, StepVerb.SIGNED, actor=person, step=step, criterion=seen.step.sign_offs[team].key, team=team,
                fingerprint=seen.print.fingerprint, parts=dict(seen.print.parts), template=1,
            )  # fmt: skip
    states = {one.key: str(one.state) for one in stands(campaign, step).criteria}
    record(
        campaign, StepVerb.COMPLETED, actor=cast.shifter, step=step, fingerprint=seen.print.fingerprint, template=1,
        criteria=states,
    )  # fmt: skip
