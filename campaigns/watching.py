"""Adding what to watch from the command line: find or make the campaign, add, ask justIN once and say what it knows."""

from __future__ import annotations

from collections import Counter

from campaigns.models import Campaign
from campaigns.services import create_campaign
from monitoring.justin.errors import JustinError
from monitoring.listing import apply_listing
from monitoring.models import JustinCampaign, Workflow
from monitoring.polling import POLL_LOCK, justin_client
from portal.locks import exclusive

ASKED_AGAIN = "it will be asked again at each poll"


def campaign_named(name: str) -> tuple[Campaign, bool]:
    """The campaign of this name, made if there is none; and whether it was made. Raises portal.errors.Refused."""
    found = Campaign.objects.filter(name__iexact=name.strip()).first()
    return (found, False) if found else (create_campaign(name, actor=None), True)


def look_at_campaign(justin_campaign: JustinCampaign) -> str:
    """Ask for the campaign's listing, keep it, and say in one line what was found. Raises JustinError."""
    number = justin_campaign.justin_id
    with exclusive(POLL_LOCK, wait_seconds=60):
        answer = justin_client().campaign_workflows(number)
        if answer.rows:
            apply_listing(justin_campaign, answer)
    if not answer.rows:
        return f"justIN knows no campaign {number}, or it has no workflows yet; {ASKED_AGAIN}."
    states = ", ".join(f"{n} {state}" for state, n in Counter(row.state for row in answer.rows).most_common())
    files = sum(row.files_processed for row in answer.rows), sum(row.files_total for row in answer.rows)
    return (
        f"justIN campaign {number} has {len(answer.rows)} workflow{'s' if len(answer.rows) != 1 else ''} ({states}), "
        f"{files[0]:,} of {files[1]:,} files processed. Jobs are read at the next poll."
    )


def look_at_workflow(workflow: Workflow) -> str:
    """Ask for the workflow's files and say in one line what was found. Raises JustinError."""
    number = workflow.justin_id
    if workflow.listed_at:
        return f"Workflow {number} is listed in {workflow.justin_campaign}, {workflow.state}."
    with exclusive(POLL_LOCK, wait_seconds=60):
        answer = justin_client().file_states(number, 1)
    if not answer.rows:
        return f"justIN knows no workflow {number}, or it has no files yet; {ASKED_AGAIN}."
    states = ", ".join(f"{n:,} {state}" for state, n in Counter(row.state for row in answer.rows).most_common())
    at_least = "at least " if answer.is_cut else ""
    return (
        f"Workflow {number} has {at_least}{len(answer.rows):,} files in stage 1 ({states}). "
        "Its jobs are read at the next poll; its state stays unknown until its justIN campaign is watched."
    )


def not_asked(error: JustinError) -> str:
    return f"justIN could not be asked now: {error}; {ASKED_AGAIN}."
