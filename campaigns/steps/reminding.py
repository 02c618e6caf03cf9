"""Telling people what waits for them: once when it begins to wait, once a day while it waits, and the requester by the day
that the answer is due. Safe to run twice, at once too; safe to miss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Campaign, QueueItem, StepEvent, StepVerb
from campaigns.steps.feedback import feedback_of
from campaigns.steps.loading import Situation, held
from campaigns.steps.mine import Waits, people_of, waiting_now
from campaigns.steps.recording import act_of, record
from campaigns.steps.refreshing import refresh
from campaigns.steps.standing import Act, CriterionStands, StepStands, waiting_since
from campaigns.steps.telling import people_with, step_path, tell_people
from portal.errors import Conflict
from portal.locks import exclusive
from portal.models import Notice, User
from portal.notices import tell
from portal.roles import Role
from portal.templatetags.portal_format import age_in_words

BEFORE = datetime.min.replace(tzinfo=UTC)
SETTLED = timedelta(minutes=1)  # what is gone again within it was never worth a mail
WORTH_A_REMINDER = timedelta(hours=24)
REMINDER = "What waits for you"  # how the daily reminder is known again
FIRST_DAYS = (-2, 0)  # of the reminders to the requester, from the day the answer is due …
EVERY_DAYS = 3  # … and while it is overdue
MOST_REMINDERS = 6
SILENT = "requester-silent"
ABOUT_FEEDBACK = (
    StepVerb.FEEDBACK_ASKED, StepVerb.FEEDBACK_GIVEN, StepVerb.FEEDBACK_SKIPPED, StepVerb.FEEDBACK_REMINDED,
    StepVerb.REOPENED, StepVerb.TOLD,
)  # fmt: skip


# --- the queue ---


def tell_of_queue(now: datetime | None = None) -> int:
    """Tell people what began to wait for them, each thing once; returns how many notices were written.

    Whoever was told of the same place since (a lapsed sign-off, a question) knows already. What nobody can do yet, as when
    no shifter is appointed, is told once there is somebody.
    """
    now = now or timezone.now()
    found = waiting_now()
    new = [one for one in found if not one.item.is_told and one.since <= now - SETTLED]
    if not new:
        return 0
    whose, heard = people_of(new, now), _heard_of(new)
    n = 0
    for one in new:
        people = whose[one.item.pk]
        if not people:
            continue
        others = [user for user in people if heard.get((user.pk, one.url), BEFORE) < one.since]
        with transaction.atomic():
            is_first = QueueItem.objects.filter(pk=one.item.pk, is_told=False).update(is_told=True) == 1
            if is_first and others and not _is_told_by_others(one):
                n += len(tell(others, f"{one.campaign}: {one.words}", _due(one), path=one.url))
    return n


def remind_of_queue(now: datetime | None = None) -> int:
    """Once a working day, tell everybody for whom something has waited for a day what waits; returns how many were told."""
    now = now or timezone.now()
    if now.weekday() >= 5:
        return 0
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with exclusive("queue-reminder") as had:
        if not had:
            return 0
        found = waiting_now()
        told = set(
            Notice.objects.filter(
                subject__startswith=REMINDER, at__gte=midnight, at__lt=midnight + timedelta(days=1)
            ).values_list("user_id", flat=True)
        )
        n = 0
        for user, mine in _by_person(found, now):
            if user.pk in told or mine[0].since > now - WORTH_A_REMINDER:
                continue
            things = f"{len(mine)} things, the oldest" if len(mine) > 1 else "one thing,"
            tell([user], f"{REMINDER}: {things} since {mine[0].since:%-d %b}", listed(mine, now), path="/#waiting")
            n += 1
    return n


def listed(waiting: Iterable[Waits], now: datetime) -> str:
    """In plain text: what, how old, where; two lines for each."""
    site = settings.SITE_URL.rstrip("/")
    return "\n".join(
        f"{one.campaign}: {one.words} ({', '.join(filter(None, [age_in_words(one.since, now), _due(one)]))})\n{site}{one.url}"
        for one in waiting
    )


def _due(one: Waits) -> str:
    return f"due {one.due_on.isoformat()}" if one.due_on else ""


def _by_person(found: list[Waits], now: datetime) -> list[tuple[User, list[Waits]]]:
    people = people_of(found, now)
    users: dict[int, User] = {}
    of_user: dict[int, list[Waits]] = defaultdict(list)
    for one in found:
        for user in people[one.item.pk]:
            users[user.pk] = user
            of_user[user.pk].append(one)
    return [(users[pk], mine) for pk, mine in of_user.items()]


def _heard_of(new: list[Waits]) -> dict[tuple[int, str], datetime]:
    """When each person was told last of a place where something new waits."""
    told = Notice.objects.filter(path__in={one.url for one in new}, at__gte=min(one.since for one in new)).order_by("at")
    return {(user, path): at for user, path, at in told.values_list("user_id", "path", "at")}


def _is_told_by_others(one: Waits) -> bool:
    """Guard alerts and refusals are told, with all there is to say, by whoever opens or gives them."""
    return one.is_alert or (one.anchor == "sign" and not one.is_sign_off)


# --- the requester ---


def remind_requesters(now: datetime | None = None) -> int:
    """Remind requesters who were asked and are silent, by the days below; the coordinators hear once that it is overdue.

    Returns how many campaigns were reminded of. Every reminder is an act of the campaign's history.
    """
    now = now or timezone.now()
    n = 0
    for campaign, acts in _asked_campaigns():
        if _to_do(acts, now.date()) == (False, False):
            continue
        with held(campaign) as situation:
            waiting = _waiting(situation)
            if waiting is None:
                continue
            reminds, tells = _to_do(situation.acts, now.date())
            if reminds:
                n += _remind(situation, *waiting, now)
            if tells:
                _tell_of_silence(situation, *waiting)
            if reminds or tells:
                refresh(campaign, now)
    return n


def reminder_days(asked_on: date, due_on: date) -> list[date]:
    """The days of the reminders: two before it is due, on the day, every third day after; none on the day it was asked."""
    days = [due_on + timedelta(days=n) for n in FIRST_DAYS]
    while len(days) < MOST_REMINDERS:
        days.append(days[-1] + timedelta(days=EVERY_DAYS))
    return [day for day in days if day > asked_on]


def _to_do(acts: Iterable[Act], today: date) -> tuple[bool, bool]:
    """Whether the requester is to be reminded today, and whether the coordinators are to be told of the silence."""
    acts = list(acts)
    asked = waiting_since(acts)
    if asked is None:
        return False, False
    due_on = date.fromisoformat(asked.data["due_on"])
    since = [act for act in acts if act.number > asked.number]
    reminded = [act.at.date() for act in since if act.verb == StepVerb.FEEDBACK_REMINDED]
    day = max((day for day in reminder_days(asked.at.date(), due_on) if day <= today), default=None)
    # a day that was missed is made good by one reminder, not by several
    reminds = day is not None and len(reminded) < MOST_REMINDERS and (not reminded or max(reminded) < day)
    is_told = any(act.verb == StepVerb.TOLD and act.data.get("what") == SILENT for act in since)
    return reminds, today > due_on and not is_told


def _asked_campaigns() -> list[tuple[Campaign, list[Act]]]:
    """Campaigns that go on and ever asked for feedback, with the acts about it. Two queries."""
    asked = StepEvent.objects.filter(campaign__in=Campaign.objects.active(), verb=StepVerb.FEEDBACK_ASKED)
    campaigns = Campaign.objects.filter(pk__in=asked.values("campaign")).in_bulk()
    acts: dict[int, list[Act]] = defaultdict(list)
    events = StepEvent.objects.filter(campaign__in=list(campaigns), verb__in=ABOUT_FEEDBACK)
    for event in events.select_related("actor").order_by("campaign", "number"):
        acts[event.campaign_id].append(act_of(event))
    return [(campaigns[pk], of_it) for pk, of_it in acts.items()]


def _waiting(situation: Situation) -> tuple[StepStands, CriterionStands, Act] | None:
    """What is waited for, or None when it is answered, waived, or its step not open any more."""
    asked = waiting_since(situation.acts)
    try:
        step, one = feedback_of(situation)
    except Conflict:  # the campaign moved to a template that asks for none
        return None
    return (step, one, asked) if asked is not None and step.is_open and not one.holds else None


def _may_answer(campaign: Campaign) -> list[User]:
    """Who filed a request that the campaign serves, and the requesters of its group."""
    filed = Q(production_requests__campaigns=campaign)
    of_group = Q(working_groups__requests__campaigns=campaign, groups__name=Role.REQUESTERS)
    return list(User.objects.filter(filed | of_group, is_active=True).distinct())


def _remind(situation: Situation, step: StepStands, one: CriterionStands, asked: Act, now: datetime) -> int:
    campaign = situation.campaign
    people = _may_answer(campaign)
    if not people:
        return 0
    due_on = date.fromisoformat(asked.data["due_on"])
    left = (due_on - now.date()).days
    when = f"overdue since {due_on.isoformat()}" if left < 0 else f"due {due_on.isoformat()}" if left else "due today"
    record(
        campaign, StepVerb.FEEDBACK_REMINDED, actor=None, step=step.key, criterion=one.key, note=when,
        due_on=due_on.isoformat(), n_people=len(people),
    )  # fmt: skip
    tell_people(
        people, None, f"{campaign}: your word on the validation sample is {when}",
        "Say yes, yes with remarks, or no. Full-scale production waits for it.",
        step_path(campaign, step.key, "feedback"),
    )  # fmt: skip
    return 1


def _tell_of_silence(situation: Situation, step: StepStands, one: CriterionStands, asked: Act) -> None:
    campaign, due_on = situation.campaign, asked.data["due_on"]
    coordinators = people_with(Role.COORDINATORS)
    record(
        campaign, StepVerb.TOLD, actor=None, step=step.key, criterion=one.key, note="the coordinators", what=SILENT,
        due_on=due_on, n_people=len(coordinators),
    )  # fmt: skip
    tell_people(
        coordinators, None, f"{campaign}: the requester has not answered; it was due {due_on}",
        "Ask them, set another day, or go on without a reply and say why.",
        step_path(campaign, step.key, "feedback"),
    )  # fmt: skip
