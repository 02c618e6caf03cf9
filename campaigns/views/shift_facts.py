"""What pages say of a campaign's shift: who is on it, whether a check is due, which alerts are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, prefetch_related_objects

from campaigns.models import Alert, Appointment, Campaign, CheckStanding
from campaigns.shift.mine import CampaignChecks, checks_of, recent_checks
from campaigns.shifts import Shifts, shifts_of
from portal.roles import Anyone
from portal.zones import zone_of


@dataclass(frozen=True)
class ShiftFacts:
    """Times are told in the reader's zone."""

    zone: ZoneInfo
    shifts: Shifts
    checks: CampaignChecks
    alerts: list[Alert]


def shift_facts(campaign: Campaign, user: Anyone, now: datetime) -> ShiftFacts:
    """Four queries; three where read_appointments was called before."""
    read_appointments(campaign)
    standings = CheckStanding.objects.filter(campaign=campaign).select_related("last__entry", "last__by")
    standing = standings.defer("last__numbers", "last__entry__search_text").first()
    return ShiftFacts(
        zone_of(user),
        shifts_of(campaign.appointments.all()),
        checks_of(campaign, user, standing, recent_checks([campaign.pk], now)[campaign.pk], now),
        list(Alert.objects.filter(campaign=campaign, closed_at=None).select_related("workflow")),
    )


def read_appointments(campaign: Campaign) -> None:
    """One query, for all that is asked of the campaign's appointments from then on."""
    prefetch_related_objects([campaign], Prefetch("appointments", Appointment.objects.select_related("user")))
