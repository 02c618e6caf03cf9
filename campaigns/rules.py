"""Who may do what to campaigns. Views, API and services ask here and nowhere else."""

from campaigns.models import Campaign
from portal.roles import Anyone, Role, has_role
from portal.zones import today_of


def can_create_campaign(user: Anyone) -> bool:
    """Coordinators and administrators."""
    return has_role(user, Role.COORDINATORS, Role.ADMINISTRATORS)


def is_shifter_of(user: Anyone, campaign: Campaign) -> bool:
    """Appointed to the campaign today, by the person's own clock, and still a shifter by role."""
    if user.pk is None or not has_role(user, Role.SHIFTERS):
        return False
    today = today_of(user)
    return any(
        one.user_id == user.pk and one.covers(today) for one in campaign.appointments.all()
    )  # few; pages read them anyway


def can_manage_workflows(user: Anyone, campaign: Campaign) -> bool:
    """Say what to watch for a campaign: its shifters, coordinators and administrators."""
    return has_role(user, Role.COORDINATORS, Role.ADMINISTRATORS) or is_shifter_of(user, campaign)


def can_comment(user: Anyone, campaign: Campaign) -> bool:
    """Write in the weekly table's comment column: the same people."""
    return can_manage_workflows(user, campaign)


def can_lead(user: Anyone) -> bool:
    """Name a campaign, say what it is for, set its status, appoint its shifters, tie requests to it: coordinators."""
    return has_role(user, Role.COORDINATORS, Role.ADMINISTRATORS)


def can_set_up(user: Anyone, campaign: Campaign) -> bool:
    """Change how a campaign is run (directory, jobscript, jobs to keep running, links): its shifters and coordinators."""
    return can_lead(user) or is_shifter_of(user, campaign)
