"""The kinds of entries that a reader can choose among: every verb belongs to exactly one."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.models import CampaignVerb, RequestVerb, StepVerb

SIGN_OFFS = frozenset({StepVerb.SIGN_OFF_ASKED, StepVerb.SIGNED, StepVerb.REFUSED, StepVerb.LAPSED})
FILES = frozenset({StepVerb.FILE_ADDED, StepVerb.FILE_WITHDRAWN})
ALERTS = frozenset({StepVerb.ALERT_OPENED, StepVerb.ALERT_CLOSED})


@dataclass(frozen=True)
class Kind:
    """What of the campaign, of its requests and of its steps belongs to it."""

    label: str
    of_campaign: frozenset[CampaignVerb] = frozenset()
    of_requests: frozenset[RequestVerb] = frozenset()
    of_steps: frozenset[StepVerb] = frozenset()


KINDS: dict[str, Kind] = {  # by their word in the address
    "campaign": Kind(
        "Campaign",
        frozenset({CampaignVerb.CREATED, CampaignVerb.RENAMED, CampaignVerb.CHANGED, CampaignVerb.STATUS_CHANGED}),
    ),
    "steps": Kind("Steps", of_steps=frozenset(StepVerb) - SIGN_OFFS - ALERTS - FILES),
    "sign-offs": Kind("Sign-offs", of_steps=SIGN_OFFS),
    "files": Kind("Files", of_steps=FILES),
    "alerts": Kind("Alerts", of_steps=ALERTS),
    "shifters": Kind("Shifters", frozenset({CampaignVerb.SHIFTER_APPOINTED, CampaignVerb.APPOINTMENT_ENDED})),
    "watched": Kind("What is watched", frozenset({CampaignVerb.JUSTIN_CAMPAIGN_ADDED, CampaignVerb.WORKFLOW_REGISTERED})),
    "tokens": Kind("Tokens", frozenset({CampaignVerb.TOKEN_MADE, CampaignVerb.TOKEN_REVOKED})),
    "requests": Kind(
        "Requests", frozenset({CampaignVerb.REQUEST_ADDED}), frozenset(RequestVerb) - frozenset({RequestVerb.COMMENTED})
    ),
    "comments": Kind("Comments", frozenset({CampaignVerb.COMMENTED}), frozenset({RequestVerb.COMMENTED})),
}
