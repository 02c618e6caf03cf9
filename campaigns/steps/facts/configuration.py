"""What rules see of how a campaign is set up: its name, its directory, its jobscript, its status."""

from __future__ import annotations

import hashlib
import re

from campaigns.campaign_fields import personal_path
from campaigns.jobscripts.linter import lint
from campaigns.models import CampaignEvent, CampaignStatus, CampaignVerb, JobscriptVersion, RequestVerb, StepVerb
from campaigns.requests.code_version import BRANCHES
from campaigns.steps.facts.findings import by, date_of, met, not_met, noted
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Finding
from portal.wording import counted

PROVISIONAL = " (provisional)"  # as campaign_services.rename writes it
PERSONAL = "It is a personal directory: what production needs must outlive a person’s account."
# ORG/REPO/PATH:TAG (or @TAG), or the page of a file in a git repository; HOST:/path names no version
VERSION = re.compile(r"[^:@]/[^:@]*[:@](?P<tag>[^\s:@/]+)\Z|/(?:blob|tree|raw|commit|tags?)/(?P<ref>[^\s/]+)")


@rule
def name_agreed(material: Material) -> Finding:
    """A meeting agreed on the name: it accepted a request into the campaign of this name, or the name was set as agreed."""
    campaign = material.campaign
    if campaign.name_is_provisional:
        return not_met(f"The name {campaign.name} is provisional.")
    renamed = [event for event in material.campaign_events if event.verb == CampaignVerb.RENAMED]
    if renamed and renamed[-1].data.get("new") == campaign.name:
        event = renamed[-1]
        return met(f"{by(event.actor)} set the name {campaign.name} as agreed on {event.at:%Y-%m-%d}.", name=campaign.name)
    for accepted in material.request_events:
        if accepted.verb == RequestVerb.ACCEPTED and accepted.data.get("campaign_name") == campaign.name:
            day = date_of(accepted.data.get("meeting_on"), accepted.at.date())
            return met(
                f"Request {accepted.request_id} was accepted into {campaign.name} at the meeting of {day} "
                f"(recorded by {by(accepted.actor)}).",
                name=campaign.name,
            )
    return not_met(f"Nobody recorded that a meeting agreed on the name {campaign.name}.")


@rule
def working_directory(material: Material) -> Finding:
    """The directory of the campaign's settings. A personal one is noted, also where it is only given as evidence."""
    directory = material.campaign.working_directory
    if directory:
        said = f"{directory}{_set_by(material, 'working_directory', directory)}."
        return noted(f"{said} {PERSONAL}", directory=directory) if personal_path(directory) else met(said, directory=directory)
    text = _newest_text(material, "working-directory")
    if personal_path(text):
        return noted(PERSONAL, directory=text)
    return not_met("No working directory is in the campaign’s settings.")


@rule
def jobscript_recorded(material: Material) -> Finding:
    """The jobscript that is kept here, with its version, hash and what the linter says of it; where none is kept, the reference
    of the campaign's settings. What the linter finds is noted, and so is a reference without a tag or commit.
    """
    if material.jobscript is not None:
        return _kept(material.jobscript, material.n_inputs)
    reference = material.campaign.jobscript_reference.strip()
    if not reference:
        return not_met("No jobscript is among the campaign’s files, and none is in its settings.")
    sha256 = hashlib.sha256(reference.encode()).hexdigest()
    said = f"{reference}, hash {sha256[:8]}{_set_by(material, 'jobscript_reference', reference)}."
    if names_a_version(reference):
        return met(said, reference=reference, sha256=sha256)
    return noted(f"{said} It names no tag or commit, so what it means may change.", reference=reference, sha256=sha256)


def _kept(kept: JobscriptVersion, n_inputs: int) -> Finding:
    where = f" ({kept.git_reference}, commit {kept.git_commit[:8]})" if kept.git_reference else ""
    beside = f", with {counted(n_inputs, 'input file')}" if n_inputs else ""
    said = f"{kept}{where}{beside}, hash {kept.short_hash}, kept by {by(kept.author)} on {kept.at:%Y-%m-%d}."
    data = {"name": kept.name, "version": kept.number, "sha256": kept.sha256, "git_reference": kept.git_reference}
    if not kept.text:
        return noted(f"{said} Its text is not kept here, so the linter did not see it.", **data)
    findings = lint(kept.text)
    if findings:
        return noted(f"{said} The linter says {counted(len(findings), 'thing')} of it.", n_findings=len(findings), **data)
    return met(f"{said} The linter has nothing to say.", n_findings=0, **data)


@rule
def campaign_paused(material: Material) -> Finding:
    """The campaign is paused, or was since its test was completed for the last time."""
    is_paused = material.campaign.status == CampaignStatus.PAUSED
    opened_at = max((act.at for act in material.acts if act.verb == StepVerb.COMPLETED and act.step == "test"), default=None)
    pauses = [
        event
        for event in material.campaign_events
        if event.verb == CampaignVerb.STATUS_CHANGED and event.data.get("new") == CampaignStatus.PAUSED
    ]
    newest = pauses[-1] if pauses else None
    if is_paused:
        since = f" since {newest.at:%Y-%m-%d}, by {by(newest.actor)}" if newest else ""
        return met(f"The campaign is paused{since}.")
    if newest is not None and opened_at is not None and newest.at >= opened_at:
        return met(f"The campaign was paused on {newest.at:%Y-%m-%d} by {by(newest.actor)}.")
    return not_met(f"The campaign is {material.campaign.get_status_display()} and was not paused since this step opened.")


def names_a_version(reference: str) -> bool:
    """Whether a jobscript's reference says which version: a tag or commit, not a branch."""
    found = VERSION.search(reference)
    version = (found["tag"] or found["ref"]) if found else ""
    return bool(version) and not BRANCHES.fullmatch(version)


def _set_by(material: Material, name: str, value: str) -> str:
    """', set by whom on which day'; '' when no event tells."""
    for event in reversed(material.campaign_events):
        if event.verb == CampaignVerb.CHANGED and _sets(event, name, value):
            return f", set by {by(event.actor)} on {event.at:%Y-%m-%d}"
    return ""


def _sets(event: CampaignEvent, name: str, value: str) -> bool:
    changes = event.data.get("changes")
    return isinstance(changes, list) and any(
        isinstance(one, dict) and one.get("field") == name and one.get("new") == value for one in changes
    )


def _newest_text(material: Material, criterion: str) -> str:
    """What the newest evidence for a criterion says, as far as it still counts."""
    text = ""
    for act in material.acts:
        if act.criterion == criterion and act.verb == StepVerb.EVIDENCE_ADDED:
            text = str(act.data.get("text") or "")
        elif act.criterion == criterion and act.verb == StepVerb.TAKEN_BACK:
            text = ""
    return text
