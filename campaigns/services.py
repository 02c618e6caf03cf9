"""Actions on campaigns: each checks role and input, writes the change and its event row in one transaction, or raises
portal.errors.Refused and changes nothing. `actor` is None when the server's own command line acts.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from campaigns.models import (
    Appointment,
    Campaign,
    CampaignEvent,
    CampaignJustinCampaign,
    CampaignVerb,
    RegisteredWorkflow,
    WorkflowComment,
)
from campaigns.names import checked_name
from campaigns.rules import can_comment, can_create_campaign, can_manage_workflows
from campaigns.signals import campaign_changed
from monitoring.justin.client import LARGEST_ID
from monitoring.models import JustinCampaign, Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.roles import Role, has_role

LONGEST_COMMENT = 500


def create_campaign(name: str, *, actor: User | None, purpose: str = "") -> Campaign:
    """Make a campaign of this name; names are unique whatever their case."""
    if actor is not None and not can_create_campaign(actor):
        raise NotAllowed("Making a campaign needs the role coordinators. Ask a coordinator to make it.")
    name, slug = checked_name(name)
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(name=name, slug=slug, purpose=purpose.strip(), created_by=actor)
            _happened(campaign, CampaignVerb.CREATED, actor, name)
            campaign_changed.send(Campaign, campaign=campaign)
    except IntegrityError as error:
        raise Conflict(f"Somebody made a campaign named {name} a moment ago.", field="name") from error
    return campaign


def watch_justin_campaign(campaign: Campaign, justin_id: int, *, actor: User | None) -> tuple[JustinCampaign, bool]:
    """Watch a justIN campaign for this campaign. Doing it again changes nothing. Returns it and whether it was new."""
    _check_may_manage(campaign, actor)
    _check_id(justin_id, "justin_campaign_id")
    with transaction.atomic():
        justin_campaign, _made = JustinCampaign.objects.get_or_create(justin_id=justin_id)
        if not justin_campaign.is_watched:
            JustinCampaign.objects.filter(pk=justin_campaign.pk).update(is_watched=True)
        _link, is_new = CampaignJustinCampaign.objects.get_or_create(
            campaign=campaign, justin_campaign=justin_campaign, defaults={"added_by": actor}
        )
        if is_new:
            _happened(campaign, CampaignVerb.JUSTIN_CAMPAIGN_ADDED, actor, str(justin_id))
    return justin_campaign, is_new


def register_workflow(campaign: Campaign, justin_id: int, *, actor: User | None) -> tuple[Workflow, bool]:
    """Watch a single workflow for this campaign. Doing it again changes nothing. Returns it and whether it was new."""
    _check_may_manage(campaign, actor)
    _check_id(justin_id, "workflow_id")
    with transaction.atomic():
        workflow, _made = Workflow.objects.get_or_create(justin_id=justin_id)
        if not workflow.is_watched:
            Workflow.objects.filter(pk=workflow.pk).update(is_watched=True)
        _link, is_new = RegisteredWorkflow.objects.get_or_create(
            campaign=campaign, workflow=workflow, defaults={"added_by": actor}
        )
        if is_new:
            _happened(campaign, CampaignVerb.WORKFLOW_REGISTERED, actor, str(justin_id))
    return workflow, is_new


def appoint_shifter(campaign: Campaign, user: User, *, actor: User | None) -> Appointment:
    """Make a person a shifter of the campaign from today on."""
    if actor is not None and not can_create_campaign(actor):
        raise NotAllowed("Appointing a shifter needs the role coordinators.")
    if not has_role(user, Role.SHIFTERS):
        raise Invalid(f"{user} does not hold the role shifters; give it first.", field="user")
    with transaction.atomic():
        appointment, is_new = Appointment.objects.get_or_create(
            campaign=campaign, user=user, until_on=None, defaults={"appointed_by": actor}
        )
        if is_new:
            _happened(campaign, CampaignVerb.SHIFTER_APPOINTED, actor, user.username)
            campaign_changed.send(Campaign, campaign=campaign)
    return appointment


def comment_on_workflow(campaign: Campaign, workflow: Workflow, text: str, *, actor: User) -> WorkflowComment | None:
    """Put a comment in the weekly table; an empty one takes the last back. Returns None when nothing changed."""
    if not can_comment(actor, campaign):
        raise NotAllowed("Commenting needs a shifter of this campaign or a coordinator.")
    text = " ".join(text.split())
    if len(text) > LONGEST_COMMENT:
        raise Invalid(f"The comment has {len(text)} characters; use at most {LONGEST_COMMENT}.", field="text")
    if not campaign.workflows().filter(pk=workflow.pk).exists():
        raise Invalid(f"Workflow {workflow.justin_id} is none of this campaign.", field="workflow")
    with transaction.atomic():
        newest = WorkflowComment.objects.filter(campaign=campaign, workflow=workflow).first()
        if text == (newest.text if newest else ""):
            return None
        comment = WorkflowComment.objects.create(campaign=campaign, workflow=workflow, text=text, author=actor)
        _happened(
            campaign, CampaignVerb.COMMENTED, actor, str(workflow.justin_id),
            old=newest.text if newest else "", new=text,
        )  # fmt: skip
    return comment


def _check_may_manage(campaign: Campaign, actor: User | None) -> None:
    if actor is not None and not can_manage_workflows(actor, campaign):
        raise NotAllowed(
            f"Only shifters of {campaign} and coordinators say what is watched for it. Ask a coordinator to appoint you."
        )


def _check_id(number: object, field: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= LARGEST_ID:
        raise Invalid(f"Give the id as justIN shows it: a whole number from 1 to {LARGEST_ID}.", field=field)


def _happened(campaign: Campaign, verb: CampaignVerb, actor: User | None, note: str, **data: object) -> None:
    CampaignEvent.objects.create(campaign=campaign, verb=verb, actor=actor, note=note, data=data)
