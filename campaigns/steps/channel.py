"""What the channel of people's chat reads (portal/webhook.py): guard alerts as they open, and once a working day what waits
for whom. Nothing where no channel is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from campaigns.models import Alert, StepEvent, StepVerb
from campaigns.steps.loading import held
from campaigns.steps.mine import Waits, waiting_by_team
from campaigns.steps.process import Who
from campaigns.steps.recording import record
from campaigns.steps.reminding import listed
from campaigns.steps.telling import step_path
from portal import webhook
from portal.locks import exclusive

NEWS = timedelta(days=1)  # an alert that could not be told within it is on the pages and in the digest
SHOWN_PER_TEAM = 5
TITLES = {
    Who.SHIFTERS: "Shifters",
    Who.REQUESTERS: "Requesters",
    Who.COORDINATORS: "Coordinators",
    Who.PRODUCTION: "Production",
    Who.DATA_MANAGEMENT: "Data management",
}
ALERT_TOLD = "alert-opened"


def post_alerts(now: datetime | None = None) -> int:
    """Tell the channel of guard alerts that opened and are open still, each once; returns how many it took.

    That it was told is an act of the campaign: written after the channel took it, so that one that is away is asked again.
    """
    if not webhook.is_set():
        return 0
    now = now or timezone.now()
    with exclusive("channel") as had:
        if not had:
            return 0
        alerts = list(Alert.objects.filter(closed_at=None, opened_at__gte=now - NEWS).select_related("campaign").order_by("pk"))
        acts = StepEvent.objects.filter(campaign__in={one.campaign_id for one in alerts}, verb=StepVerb.TOLD)
        told = {data.get("alert") for data in acts.values_list("data", flat=True) if data.get("what") == ALERT_TOLD}
        n = 0
        for alert in alerts:
            if alert.pk in told:
                continue
            place = f"{settings.SITE_URL.rstrip('/')}{step_path(alert.campaign, alert.step)}"
            if not webhook.post(f"Guard alert in {alert.campaign}: {alert.title}\n{place}"):
                break  # it is away; the next tick tries again
            with held(alert.campaign):
                record(
                    alert.campaign, StepVerb.TOLD, actor=None, step=alert.step, note="the channel", what=ALERT_TOLD,
                    alert=alert.pk,
                )  # fmt: skip
            n += 1
    return n


def post_waiting(now: datetime | None = None) -> bool:
    """Tell the channel once a working day what waits for whom, the oldest first; returns whether it was told now."""
    now = now or timezone.now()
    if not webhook.is_set() or now.weekday() >= 5:
        return False
    by_team = waiting_by_team()
    done = f"what-waits-{now:%Y-%m-%d}"
    # beat asks once a day; the cache only catches a message of the broker that comes twice
    if not by_team or not cache.add(done, True, timeout=timedelta(days=1).total_seconds()):
        return False
    if webhook.post(digest(by_team, now)):
        return True
    cache.delete(done)
    return False


def digest(by_team: dict[Who, list[Waits]], now: datetime) -> str:
    """The message: a part for each team, the oldest of what waits for it, with age and address."""
    parts = [f"What waits in the production campaigns, {now:%-d %b}"]
    parts += [_part(TITLES[who], waiting, now) for who, waiting in by_team.items()]
    return "\n\n".join([*parts, f"All of it, for whoever logs in: {settings.SITE_URL.rstrip('/')}/"])


def _part(title: str, waiting: Sequence[Waits], now: datetime) -> str:
    more = len(waiting) - SHOWN_PER_TEAM
    lines = [f"{title}: {len(waiting)}", listed(waiting[:SHOWN_PER_TEAM], now)]
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)
