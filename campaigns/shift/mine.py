"""The checks that are due for a person, or that they missed: for the home page. Two queries, whatever there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Campaign, Check, CheckStanding
from campaigns.shift.due import ACTIVE, AHEAD, MADE_GOOD_WITHIN, Dues, dues_of, from_json
from campaigns.shift.points import Point, point_from
from campaigns.shift.windows import Window
from campaigns.shift.wording import check_title
from portal.models import User
from portal.roles import Anyone, Role, has_role
from portal.templatetags.portal_format import duration
from portal.zones import day_in_words, time_of_day, today_of, zone_of


@dataclass(frozen=True)
class CheckDue:
    """A check as the page shows it: what, by when in the reader's zone, and what is new. `is_quick`: one click records it."""

    campaign: Campaign
    name: str
    opens_at: datetime
    closes_at: datetime
    is_missed: bool
    points: list[Point]
    last: Check | None
    by: str
    left: str = ""

    @property
    def when(self) -> str:
        """In a sentence: due by 22:00 Europe/Zurich, in 3 h 18 min."""
        return f"{self.by}, {self.left}" if self.left else self.by

    @property
    def title(self) -> str:
        return f"{check_title(self.name)} {'missed' if self.is_missed else 'due'}"

    @property
    def new(self) -> list[Point]:
        return [point for point in self.points if point.is_new]

    @property
    def is_quick(self) -> bool:
        return not self.new

    @property
    def as_of(self) -> datetime | None:
        """How old the oldest of its numbers is."""
        return min((point.as_of for point in self.points if point.as_of), default=None)


@dataclass(frozen=True)
class CampaignChecks:
    """Where the checks of a campaign stand for a reader. `due` is None where nothing is to be recorded now."""

    dues: Dues
    due: CheckDue | None
    standing: CheckStanding | None
    recent: list[Check]

    @property
    def next(self) -> Window | None:
        return self.dues.next if self.standing is not None and self.standing.is_running else None


def my_checks(user: Anyone, now: datetime | None = None) -> list[CheckDue]:
    """Those of the campaigns that the person is on shift for, what was missed first, then by when they close and by name."""
    if not isinstance(user, User) or not has_role(user, Role.SHIFTERS):
        return []
    now = now or timezone.now()
    today = today_of(user, now)
    on_shift = Q(campaign__appointments__until_on=None) | Q(campaign__appointments__until_on__gte=today)
    found = CheckStanding.objects.filter(
        on_shift, campaign__status__in=ACTIVE, campaign__appointments__user=user, campaign__appointments__from_on__lte=today
    )
    standings = list({row.pk: row for row in found.select_related("campaign", "last").defer("last__numbers")}.values())
    if not standings:
        return []
    recent = recent_checks([row.campaign_id for row in standings], now)
    dues = [checks_of(row.campaign, user, row, recent[row.campaign_id], now).due for row in standings]
    return sorted(
        (due for due in dues if due is not None), key=lambda due: (not due.is_missed, due.closes_at, due.campaign.name)
    )


def recent_checks(campaigns: Iterable[int], now: datetime) -> dict[int, list[Check]]:
    """Checks around now by campaign's primary key, the newest first. One query."""
    found: dict[int, list[Check]] = defaultdict(list)
    near = Check.objects.filter(campaign__in=list(campaigns), closes_at__gt=now - 2 * AHEAD)
    for check in near.select_related("by", "entry").defer("numbers", "entry__body", "entry__search_text").order_by("-opens_at"):
        found[check.campaign_id].append(check)
    return found


def checks_of(
    campaign: Campaign, user: Anyone, standing: CheckStanding | None, recent: list[Check], now: datetime
) -> CampaignChecks:
    """From rows that were read already; no query. A window that closed and is not settled yet counts as missed."""
    if standing is None:
        return CampaignChecks(Dues(), None, None, recent)
    every = from_json(standing.windows)
    closed = [one for one in every if one.closes_at <= now and not any(_covers(check, one) for check in recent)]
    dues = dues_of([one for one in every if one.closes_at > now], recent, now)
    due: CheckDue | None = None
    zone = zone_of(user)
    points = [point_from(kept) for kept in standing.points]

    def shown(name: str, opens_at: datetime, closes_at: datetime, *, is_missed: bool) -> CheckDue:
        day = day_in_words(closes_at, zone, now)
        when = time_of_day(closes_at, zone) + ("" if day == "today" else f" {day}")
        by = f"was due by {when}" if is_missed else f"due by {when}"
        left = "" if is_missed else f"in {duration(closes_at - now)}"
        return CheckDue(campaign, name, opens_at, closes_at, is_missed, points, standing.last, by, left)

    if dues.open is not None:
        if standing.is_running:
            due = shown(dues.open.name, dues.open.opens_at, dues.open.closes_at, is_missed=False)
    elif dues.late is not None:
        due = shown(dues.late.name, dues.late.opens_at, dues.late.closes_at, is_missed=True)
    elif dues.checked is None and closed and standing.is_running and now - closed[-1].closes_at < MADE_GOOD_WITHIN:
        due = shown(closed[-1].name, closed[-1].opens_at, closed[-1].closes_at, is_missed=True)
    return CampaignChecks(dues, due, standing, recent)


def _covers(check: Check, window: Window) -> bool:
    return window.overlaps(check.opens_at, check.closes_at)
