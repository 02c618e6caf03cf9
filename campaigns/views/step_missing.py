"""What is in the way of completing a step, and who must act, by name where there are few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F

from campaigns.models import Team
from campaigns.shifts import shifts_of
from campaigns.steps.feedback import RULE
from campaigns.steps.loading import Situation
from campaigns.steps.process import Kind, Who
from campaigns.steps.rules import ROLE_OF
from campaigns.steps.standing import CriterionStands, who_acts
from campaigns.steps.states import CriterionState, SignState, StepState
from campaigns.views.step_cards import OF_CRITERION
from campaigns.views.step_contents import Missing, StepPage
from portal.models import User
from portal.roles import Anyone, has_role

MOST_NAMES = 6
OF_WORKFLOWS = frozenset(  # rules that look at the workflows of the step: without one there is nothing to see
    "test_scope test_size test_exit_codes validation_scope validation_small_run validation_finished "
    "production_scope production_small_run production_finished".split()
)


@dataclass(frozen=True)
class People:
    """Who acts, as the page names them. `on_shift` by name; `shifters` and `requesters` call the reader “You”."""

    on_shift: str
    shifters: str
    requesters: str
    members: Mapping[Team, str]

    @classmethod
    def of(cls, situation: Situation, reader: Anyone) -> People:
        on_shift = [one.user for one in shifts_of(situation.campaign.appointments.select_related("user")).now]
        requesters = [request.requester for request in situation.requests]
        return cls(
            _listed([user.username for user in on_shift]),
            _listed(_you_first(on_shift, reader)),
            _listed(_you_first(requesters, reader)),
            _members(situation),
        )

    def who(self, who: Who, *, is_me: bool = False) -> str:
        """Who has to act, by name where there are few; a team by its name."""
        match who:
            case Who.SHIFTERS:
                return self.shifters or "A shifter, once one is appointed"
            case Who.REQUESTERS:
                return self.requesters or "Whoever asked for it"
            case Who.COORDINATORS:
                return "You, or another coordinator" if is_me else "A coordinator"
        team = "production" if who is Who.PRODUCTION else "data management"
        return f"You, or another member of {team}" if is_me else f"A member of {team}"


def _you_first(people: Sequence[User], reader: Anyone) -> list[str]:
    names = ["You" if user.pk == reader.pk else user.username for user in people]
    return sorted(dict.fromkeys(names), key=lambda name: name != "You")


def _members(situation: Situation) -> dict[Team, str]:
    """Who of each team may sign in this campaign, by name: not its shifters, nor who asked for it."""
    campaign = situation.campaign
    shifters = campaign.appointments.exclude(until_on__lt=F("from_on")).values("user")
    people = (
        User.objects.filter(is_active=True, groups__name__in=list(ROLE_OF.values()))
        .exclude(pk__in=shifters)
        .exclude(pk__in={request.requester_id for request in situation.requests})
        .annotate(role=F("groups__name"))
        .order_by("username")
    )
    names: dict[str, list[str]] = defaultdict(list)
    for user in people:
        names[user.role].append(user.username)
    return {team: _listed(names[role]) for team, role in ROLE_OF.items()}


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown.append(f"{len(names) - MOST_NAMES} more")
    return " or ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""


def missing_of(page: StepPage, people: People) -> list[Missing]:
    """What is in the way, in the order of the criteria; sign-offs that wait for the rest say so."""
    if page.step.state is StepState.NOT_OPEN:
        return []
    return [
        _signature(page, people, one) if one.sign is not None else _criterion(page, people, one) for one in page.step.missing
    ]


def _signature(page: StepPage, people: People, one: CriterionStands) -> Missing:
    state, criterion, step = OF_CRITERION[one.state], one.criterion, page.step
    card = next(card for card in page.teams if card.sign is one.sign)
    sign, team = card.sign, card.name
    if one.state is CriterionState.REFUSED:
        what = f"{team} refused to sign: {sign.why}"
        return Missing(state, what, people.who(Who.SHIFTERS), "change what was refused", one.since, "#sign")
    who = people.who(criterion.who, is_me=card.approve is not None)
    if one.state is CriterionState.LAPSED:
        what = f"{team}’s sign-off {'is void' if sign.state is SignState.VOID else 'lapsed'}"
        return Missing(state, what, who, "sign again, or refuse", one.since, "#sign")
    note = "sign, or refuse"
    if sign.state is SignState.ANSWERED:
        note = "look again, as the refusal was answered"
    elif not step.is_ready_to_sign and step.asked is None:
        note = "sign once the rest is there"
    return Missing(state, f"{team} has not signed", who, note, one.since, "#sign")


def _criterion(page: StepPage, people: People, one: CriterionStands) -> Missing:
    state, criterion = OF_CRITERION[one.state], one.criterion
    if one.state is CriterionState.NOT_AVAILABLE:
        who = people.who(Who.COORDINATORS, is_me=page.leads)
        note = "waive it with a reason, as the portal cannot see this yet"
        return Missing(state, criterion.text, who, note, None, f"#c-{one.key}")
    if criterion.rule == RULE and page.feedback is not None:
        return _feedback(page, people, one)
    who = who_acts(one)
    is_me = page.leads if who is Who.COORDINATORS else has_role(page.reader, *_ROLE.get(who, ()))
    note = {Kind.MANUAL: "give evidence", Kind.DECISION: "record the decision"}.get(criterion.kind, "see to it")
    if criterion.rule in OF_WORKFLOWS and not page.workflows:
        return Missing(
            state, criterion.text, people.who(who), "attach the workflow that was run for it", one.since, "#workflows"
        )
    if criterion.kind is Kind.AUTO and one.saw:
        note = f"{note}. {one.saw.removesuffix('.')}"
    return Missing(state, criterion.text, people.who(who, is_me=is_me), note, one.since, f"#c-{one.key}")


def _feedback(page: StepPage, people: People, one: CriterionStands) -> Missing:
    card, text = page.feedback, one.criterion.text
    if card is None or not card.waits or card.asked is None:
        return Missing(OF_CRITERION[one.state], text, people.who(Who.SHIFTERS), "ask the requester", one.since, "#feedback")
    due = f"{card.due_on:%-d %b}" if card.due_on else "no day"
    note = f"answer; it was due {due}" if card.is_overdue else f"answer by {due}"
    return Missing(card.state, text, people.who(Who.REQUESTERS), note, card.asked.at, "#feedback")


_ROLE = {Who.PRODUCTION: (ROLE_OF[Team.PRODUCTION],), Who.DATA_MANAGEMENT: (ROLE_OF[Team.DATA_MANAGEMENT],)}
