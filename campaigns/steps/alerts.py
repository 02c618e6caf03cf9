"""Closing an alert by hand. Opening and closing as facts change is in guards.py."""

from __future__ import annotations

from campaigns.models import Alert, StepVerb
from campaigns.steps.guards import close_held
from campaigns.steps.loading import held
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_decide
from campaigns.steps.services import COORDINATORS, checked_reason
from portal.errors import Conflict, NotAllowed
from portal.models import User


def close_alert(alert: Alert, *, actor: User, reason: str) -> Alert:
    """Say that a breach is no reason to hold the step. It is not opened again for the same workflow, step and scope."""
    if not can_decide(actor):
        raise NotAllowed(f"Closing an alert: {COORDINATORS}")
    reason = checked_reason(reason)
    campaign = alert.campaign
    with held(campaign) as situation:
        alert.refresh_from_db()
        if alert.closed_at is not None:
            who = alert.closed_by or "The portal"
            raise Conflict(f"{who} closed it on {alert.closed_at:%Y-%m-%d at %H:%M} UTC: {alert.closed_because}", field="alert")
        scopes = {act.data.get("alert"): act.data.get("scope") for act in situation.acts if act.verb == StepVerb.ALERT_OPENED}
        close_held(alert, actor, reason, str(scopes.get(alert.pk, "")))
        refresh(campaign)
    return alert
