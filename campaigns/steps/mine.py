"""What waits for a person, and for whom something waits: one rule, asked for the home page, for mails and for the channel.

The rows are those that queue.py writes. Whose they are follows from roles that people hold, appointments, requests and
signatures; the superuser, who may do everything, is waited for only in roles held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from campaigns.models import (
    Appointment,
    Campaign,
    CampaignRequest,
    CampaignStatus,
    QueueItem,
    StepEvent,
    StepVerb,
)
from campaigns.steps.process import Criterion, Kind, Process, Step, Who, newest_template, process_of
from campaigns.steps.rules import ROLE_OF
from campaigns.steps.telling import step_path
from portal.models import User
from portal.roles import Anyone, Role, roles_of

FEEDBACK_RULE = "requester_feedback"
KNOWN = frozenset(map(str, Who))
Place = tuple[int, str, str]  # campaign, step, team
Asked = tuple[int, int, int | None]  # campaign, who asked for what it produces, working group
MAY_ANSWER = frozenset({Role.REQUESTERS, Role.COORDINATORS, Role.ADMINISTRATORS})  # whoever filed, see requests/rules.py
ROLES_OF = {
    Who.SHIFTERS: frozenset({Role.SHIFTERS}),
    Who.REQUESTERS: MAY_ANSWER,
    Who.COORDINATORS: frozenset({Role.COORDINATORS}),
    Who.PRODUCTION: frozenset({Role.PRODUCTION}),
    Who.DATA_MANAGEMENT: frozenset({Role.DATA_MANAGEMENT}),
}


@dataclass(frozen=True)
class Waits:
    """One thing that waits, with its step and criterion by the campaign's own template. `who` acts: as its row says, but
    coordinators for the requester of a campaign without a request.

    Of a sign-off: `is_again` if its team said yes or no before, and `signer` who said so for the other team, as long as it
    stands: the two teams need two people.
    """

    item: QueueItem
    campaign: Campaign
    who: Who
    step: Step | None
    criterion: Criterion | None
    is_again: bool = False
    signer: int | None = None

    @property
    def words(self) -> str:
        return self.item.words

    @property
    def since(self) -> datetime:
        return self.item.since

    @property
    def due_on(self) -> date | None:
        return self.item.due_on

    @property
    def step_title(self) -> str:
        """As tables write it: 2 Test."""
        return f"{self.step.position} {self.step.title}" if self.step else self.item.step

    @property
    def is_alert(self) -> bool:
        return self.item.criterion.startswith("alert-")

    @property
    def is_sign_off(self) -> bool:
        """Whether its team is to sign; a refusal waits for the shifters and is none."""
        return self.criterion is not None and self.criterion.team is not None and self.who is not Who.SHIFTERS

    @property
    def anchor(self) -> str:
        """Where on the step's page it is dealt with; '' for the page as a whole."""
        if self.criterion is None:
            return ""
        if self.criterion.team is not None:
            return "sign"
        return "feedback" if self.criterion.rule == FEEDBACK_RULE else f"c-{self.criterion.key}"

    @property
    def url(self) -> str:
        return step_path(self.campaign, self.item.step, self.anchor)

    @property
    def verb(self) -> str:
        """What the one button says."""
        if self.is_sign_off:
            return "Sign"
        if self.who is Who.REQUESTERS and self.anchor == "feedback":
            return "Answer"
        if self.criterion is None:
            return "Look" if self.is_alert else "Complete"
        return {Kind.DECISION: "Record", Kind.MANUAL: "Show"}.get(self.criterion.kind, "Look")

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today

    def state(self, today: date) -> str:
        """Its status in the visual language."""
        if self.is_alert:
            return "bad"
        if self.criterion is not None and self.criterion.team is not None and not self.is_sign_off:
            return "refused"
        if self.is_again:
            return "lapsed"
        return "warning" if self.is_overdue(today) else "todo"


@dataclass(frozen=True)
class Queue:
    """The oldest of what waits, and how many there are besides."""

    items: list[Waits]
    n_more: int = 0


@dataclass(frozen=True)
class _Person:
    pk: int
    roles: frozenset[str]
    groups: frozenset[int]


@dataclass(frozen=True)
class _Known:
    """What says whose something is, for all campaigns at once; pairs are campaign and person."""

    on_shift: frozenset[tuple[int, int]]
    served: frozenset[tuple[int, int]]  # were, are or will be its shifters
    filed: frozenset[tuple[int, int]]
    groups: dict[int, frozenset[int]]

    def is_for(self, one: Waits, person: _Person) -> bool:
        pair = one.campaign.pk, person.pk
        if person.roles.isdisjoint(ROLES_OF[one.who]):
            return False
        if one.who is Who.SHIFTERS:
            return pair in self.on_shift
        if one.who is Who.REQUESTERS:
            in_group = Role.REQUESTERS in person.roles and bool(person.groups & self.groups.get(one.campaign.pk, frozenset()))
            return pair in self.filed or in_group
        return not one.is_sign_off or not (pair in self.served or pair in self.filed or one.signer == person.pk)


def my_queue(user: Anyone, now: datetime | None = None, n_shown: int = 20) -> Queue:
    """What waits for this person, the oldest first. Six queries, whatever there is; none for the public."""
    if not isinstance(user, User) or not user.is_active:
        return Queue([])
    roles = roles_of(user)
    if not any(roles & needed for needed in ROLES_OF.values()):
        return Queue([])
    found, requests = _waiting()
    person = _Person(user.pk, roles, frozenset(user.working_groups.values_list("pk", flat=True)))
    known = _known(found, now, requests)
    mine = [one for one in found if known.is_for(one, person)]
    return Queue(mine[:n_shown], max(0, len(mine) - n_shown))


def waiting_now() -> list[Waits]:
    """All that waits in campaigns that go on, the oldest first. Three queries, and one for a template not read before."""
    return _waiting()[0]


def _waiting() -> tuple[list[Waits], list[Asked]]:
    """The same, with the requests that these campaigns serve."""
    rows = QueueItem.objects.filter(campaign__status__in=[CampaignStatus.ACTIVE, CampaignStatus.PAUSED])
    items = [item for item in rows.select_related("campaign__template").order_by("since", "pk") if item.who in KNOWN]
    said = StepEvent.objects.filter(verb__in=(StepVerb.SIGNED, StepVerb.REFUSED)).order_by("number")
    campaigns = {item.campaign_id for item in items}
    signers = {
        (campaign, step, team): actor
        for campaign, step, team, actor in said.filter(campaign__in=campaigns).values_list(
            "campaign_id", "step", "team", "actor_id"
        )
    }
    requests = _requests_of(campaigns)
    serving = {campaign for campaign, _user, _group in requests}
    processes = _processes(items)
    found = [_waits(item, processes[item.campaign_id], has_request=item.campaign_id in serving) for item in items]
    waiting = {(one.campaign.pk, one.item.step, str(one.who)) for one in found if one.is_sign_off}
    standing = {place: actor for place, actor in signers.items() if place not in waiting}
    return [_signed(one, signers, standing) if one.is_sign_off else one for one in found], requests


def waiting_by_team() -> dict[Who, list[Waits]]:
    """The same by who has to act; only those for whom something waits."""
    found: dict[Who, list[Waits]] = defaultdict(list)
    for one in waiting_now():
        found[one.who].append(one)
    return {who: found[who] for who in Who if who in found}


def people_of(found: Sequence[Waits], now: datetime | None = None) -> dict[int, list[User]]:
    """Whom each of these waits for, by primary key of its row. Five queries, whatever there is."""
    known = _known(found, now)
    holders = User.objects.filter(is_active=True, groups__name__in=Role.values).distinct().order_by("pk")
    people = [
        (
            user,
            _Person(
                user.pk,
                frozenset(group.name for group in user.groups.all()),
                frozenset(group.pk for group in user.working_groups.all()),
            ),
        )
        for user in holders.prefetch_related("groups", "working_groups")
    ]
    return {one.item.pk: [user for user, person in people if known.is_for(one, person)] for one in found}


def _waits(item: QueueItem, process: Process, *, has_request: bool) -> Waits:
    found = process.criterion(item.criterion) if item.criterion else None
    who = Who(item.who)
    if who is Who.REQUESTERS and not has_request:
        who = Who.COORDINATORS  # they tie a request to it
    return Waits(item, item.campaign, who, process.step(item.step), found[1] if found else None)


def _signed(one: Waits, signers: Mapping[Place, int | None], standing: Mapping[Place, int | None]) -> Waits:
    """With who signed. What was said for the other team stands unless something waits for that team."""
    here = one.campaign.pk, one.item.step
    others = (standing.get((*here, str(team))) for team in ROLE_OF if str(team) != str(one.who))
    return replace(one, is_again=(*here, str(one.who)) in signers, signer=next(others, None))


def _processes(items: Iterable[QueueItem]) -> dict[int, Process]:
    """The template of each campaign; one that was given none yet runs by the newest."""
    campaigns = {item.campaign_id: item.campaign for item in items}
    newest = newest_template() if any(campaign.template_id is None for campaign in campaigns.values()) else None
    for campaign in campaigns.values():
        campaign.template = campaign.template or newest
    return {pk: process_of(campaign) for pk, campaign in campaigns.items()}


def _requests_of(campaigns: Iterable[int]) -> list[Asked]:
    """One query."""
    served = CampaignRequest.objects.filter(campaign__in=campaigns)
    return list(served.values_list("campaign_id", "request__requester_id", "request__working_group_id"))


def _known(found: Iterable[Waits], now: datetime | None, requests: Iterable[Asked] | None = None) -> _Known:
    """Two queries; one where the requests were read already."""
    today = timezone.localdate(now)
    campaigns = {one.campaign.pk for one in found}
    on_shift, served, filed = set(), set(), set()
    groups: dict[int, set[int]] = defaultdict(set)
    appointments = Appointment.objects.filter(campaign__in=campaigns)
    for campaign, user, from_on, until_on in appointments.values_list("campaign_id", "user_id", "from_on", "until_on"):
        served.add((campaign, user))
        if from_on <= today and (until_on is None or until_on >= today):
            on_shift.add((campaign, user))
    for campaign, user, group in _requests_of(campaigns) if requests is None else requests:
        filed.add((campaign, user))
        if group is not None:
            groups[campaign].add(group)
    return _Known(
        frozenset(on_shift), frozenset(served), frozenset(filed), {pk: frozenset(of_it) for pk, of_it in groups.items()},
    )  # fmt: skip
