"""Many at once: exactly one is first, the others are told so, and nothing is lost. On SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import connection

from campaigns.models import Campaign, Evidence, StepEvent, StepVerb, Team
from campaigns.steps.evidence import add_evidence
from campaigns.steps.services import complete_step
from campaigns.steps.signing import sign_step
from campaigns.steps.states import SignState
from portal.errors import Conflict
from portal.models import User
from portal.roles import Role
from tests.campaigns.steps.walking import Cast, begin_small, fill, ready, sign_both, stands

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
ROUNDS = 20
THREADS = 8


def at_once(acts: Sequence[Callable[[], Any]]) -> list[str]:
    """Do all at the same moment, each in a thread with a connection of its own; returns `done` or the error's name of each."""
    start = threading.Barrier(len(acts))
    outcomes: list[str] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait()
            act()
            outcomes.append("done")
        except Conflict:
            outcomes.append("Conflict")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def anew(campaign: Campaign) -> Campaign:
    """As each request of a browser has its own."""
    return Campaign.objects.get(pk=campaign.pk)


def person(user: User) -> User:
    return User.objects.get(pk=user.pk)


ONE_FIRST = {"done": 1, "Conflict": THREADS - 1}


def assert_gapless(campaign: Campaign) -> None:
    numbers = list(StepEvent.objects.filter(campaign=campaign).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_of_eight_who_sign_for_a_team_at_once_one_signs(small: Campaign, cast: Cast, make_user):
    team = [cast.production, *(make_user(f"production{number}", Role.PRODUCTION) for number in range(2, THREADS + 1))]
    for number in range(ROUNDS):
        campaign = begin_small(cast, f"signed-{number}")
        seen = stands(campaign, "first").print.fingerprint

        def sign(user: User, campaign: Campaign = campaign, seen: str = seen) -> None:
            sign_step(anew(campaign), "first", team=Team.PRODUCTION, actor=person(user), revision=seen)

        assert Counter(at_once([partial(sign, user) for user in team])) == ONE_FIRST
        assert StepEvent.objects.filter(campaign=campaign, verb=StepVerb.SIGNED).count() == 1
        assert_gapless(campaign)


def test_of_eight_clicks_of_one_person_one_signs(small: Campaign, cast: Cast):
    seen = stands(small, "first").print.fingerprint

    def sign() -> None:
        sign_step(anew(small), "first", team=Team.PRODUCTION, actor=person(cast.production), revision=seen)

    assert Counter(at_once([sign] * THREADS)) == ONE_FIRST


def test_one_person_in_both_teams_who_signs_for_both_at_once_signs_for_one(small: Campaign, cast: Cast, make_user):
    both = make_user("both1", Role.PRODUCTION, Role.DATA_MANAGEMENT)
    for number in range(ROUNDS // 2):
        campaign = begin_small(cast, f"both-{number}")
        seen = stands(campaign, "first").print.fingerprint

        def sign(team: Team, campaign: Campaign = campaign, seen: str = seen) -> None:
            sign_step(anew(campaign), "first", team=team, actor=person(both), revision=seen)

        outcomes = at_once([partial(sign, team) for team in Team])
        assert sorted(outcomes) == ["NotAllowed", "done"]


def test_two_who_sign_for_the_two_teams_at_once_both_sign(small: Campaign, cast: Cast):
    for number in range(ROUNDS // 2):
        campaign = begin_small(cast, f"teams-{number}")
        seen = stands(campaign, "first").print.fingerprint

        def sign(team: Team, user: User, campaign: Campaign = campaign, seen: str = seen) -> None:
            sign_step(anew(campaign), "first", team=team, actor=person(user), revision=seen)

        pairs = [(Team.PRODUCTION, cast.production), (Team.DATA_MANAGEMENT, cast.data_manager)]
        assert at_once([partial(sign, *one) for one in pairs]) == ["done", "done"]
        assert {one.state for one in stands(campaign, "first").signs.values()} == {SignState.SIGNED}


def test_of_eight_who_complete_a_step_at_once_one_completes_it(small: Campaign, cast: Cast, make_user):
    people = [cast.shifter, *(make_user(f"coordinator{number}", Role.COORDINATORS) for number in range(2, THREADS + 1))]
    for number in range(ROUNDS):
        campaign = begin_small(cast, f"completed-{number}")
        ready(campaign, "first", cast)

        def complete(user: User, campaign: Campaign = campaign) -> None:
            complete_step(anew(campaign), "first", actor=person(user))

        assert Counter(at_once([partial(complete, user) for user in people])) == ONE_FIRST
        assert StepEvent.objects.filter(campaign=campaign, verb=StepVerb.COMPLETED).count() == 1
        assert_gapless(campaign)


def test_evidence_that_eight_give_at_once_is_all_kept(small: Campaign, cast: Cast):
    def give(number: int) -> None:
        add_evidence(anew(small), "shown", actor=person(cast.shifter), text=f"run {number}")

    assert at_once([partial(give, number) for number in range(THREADS)]) == ["done"] * THREADS
    assert {one.text for one in Evidence.objects.filter(campaign=small)} == {f"run {number}" for number in range(THREADS)}
    one = stands(small, "first").criterion("shown")
    assert one is not None
    assert len(one.evidence) == THREADS
    assert_gapless(small)


def test_a_signature_and_a_change_of_what_is_signed_at_once_never_leave_a_signature_on_what_was_not_seen(small, cast):
    """Either the change is first and the signature is refused, or the signature is first and lapses."""
    for number in range(ROUNDS // 2):
        campaign = begin_small(cast, f"changed-{number}")
        seen = stands(campaign, "first").print.fingerprint

        def sign(campaign: Campaign = campaign, seen: str = seen) -> None:
            sign_step(anew(campaign), "first", team=Team.PRODUCTION, actor=person(cast.production), revision=seen)

        def show(campaign: Campaign = campaign) -> None:
            add_evidence(anew(campaign), "shown", actor=person(cast.shifter), text="more")

        outcomes = sorted(at_once([sign, show]))
        state = stands(campaign, "first").signs[Team.PRODUCTION].state
        assert (outcomes, state) in [(["done", "done"], SignState.LAPSED), (["Conflict", "done"], SignState.NONE)]


def test_completing_and_changing_a_step_at_once_leaves_no_step_complete_without_its_signatures(small, cast):
    for number in range(ROUNDS // 2):
        campaign = begin_small(cast, f"moved-{number}")
        fill(campaign, "first", cast)
        sign_both(campaign, "first", cast)

        def complete(campaign: Campaign = campaign) -> None:
            complete_step(anew(campaign), "first", actor=person(cast.shifter))

        def show(campaign: Campaign = campaign) -> None:
            add_evidence(anew(campaign), "shown", actor=person(cast.shifter), text="more")

        assert sorted(at_once([complete, show])) == ["Conflict", "done"]
        step = stands(campaign, "first")
        assert (step.completed is None) == any(sign.state is SignState.LAPSED for sign in step.signs.values())
