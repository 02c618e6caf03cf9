"""Random people do random things to a campaign's steps; after each act what must always hold is looked for.

What holds is worked out by judging.py, from the rows alone and in other words than the portal's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from campaigns import campaign_services
from campaigns.models import Campaign, CampaignRequest, ProductionRequest, RequestState, StepWorkflow, Team
from campaigns.services import register_workflow
from campaigns.steps.attaching import attach_workflow, detach_workflow
from campaigns.steps.evidence import add_evidence
from campaigns.steps.facts import RULES
from campaigns.steps.feedback import ask_feedback, give_feedback, skip_feedback
from campaigns.steps.loading import read_situation
from campaigns.steps.process import Kind
from campaigns.steps.refreshing import look_again
from campaigns.steps.services import (
    complete_step,
    decide,
    end_waiver,
    move_template,
    reopen_step,
    take_back,
    waive,
    waive_unavailable,
)
from campaigns.steps.signing import ask_for_sign_offs, sign_step
from campaigns.steps.standing import StepStands
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User
from portal.roles import Role
from tests.campaigns.steps.conftest import jobs_are_set
from tests.campaigns.steps.judging import Judge, everything
from tests.campaigns.steps.walking import SMALL, SMALL_NEXT, Cast, begin_small, keep_template

CAST = {
    "requester1": [Role.REQUESTERS],
    "requester2": [Role.REQUESTERS, Role.PRODUCTION],  # asked for what the campaign produces, and is in a team
    "shifter1": [Role.SHIFTERS],
    "shifter2": [Role.SHIFTERS, Role.PRODUCTION, Role.DATA_MANAGEMENT],  # appointed at times
    "production1": [Role.PRODUCTION],
    "production2": [Role.PRODUCTION],
    "both1": [Role.PRODUCTION, Role.DATA_MANAGEMENT],
    "both2": [Role.PRODUCTION, Role.DATA_MANAGEMENT, Role.COORDINATORS],
    "datamanager1": [Role.DATA_MANAGEMENT],
    "datamanager2": [Role.DATA_MANAGEMENT],
    "coordinator1": [Role.COORDINATORS],
    "outsider1": [],
    "administrator1": [Role.ADMINISTRATORS],
}
SIGNERS = {
    Team.PRODUCTION: ["production1", "production2", "both1"],
    Team.DATA_MANAGEMENT: ["datamanager1", "datamanager2", "both1"],
}
STEPS = ["first", "second", "third", "fourth"]
WORKFLOWS = [3201, 3202]


def mostly(*names: str) -> st.SearchStrategy[str]:
    """One of these, who may do it; at times anybody."""
    return st.sampled_from([*names * (2 * len(CAST) // len(names)), *sorted(CAST)])


shifters = mostly("shifter1", "coordinator1")
coordinators = mostly("coordinator1", "both2")
askers = mostly("shifter1", "requester1", "coordinator1")
signers = mostly("production1", "production2", "both1", "both2", "datamanager1", "datamanager2")
steps = st.sampled_from([*STEPS, *STEPS, "fifth"])
turns = st.sampled_from(["current"] * 5 + STEPS)  # at times of a step whose turn has not come
criteria = st.sampled_from(
    "shown agreed known jobscript first-production tried jobs second-data-management over answered third-production "
    "thought kept nonsense".split()
)
open_criteria = st.sampled_from("shown jobscript tried jobs kept thought".split())
teams = st.sampled_from([*Team])
texts = st.sampled_from(["ran clean", "ran clean again", ""])
reasons = st.sampled_from(["as the meeting said", "as the meeting said", ""])


def _template(text: str) -> str:
    """With a question to the requester in the third step."""
    question = (
        '{ key = "answered", text = "The requester answers", kind = "auto", rule = "requester_feedback", who = "shifters" }'
    )
    return text.replace('    { key = "over"', f'    {question},\n    {{ key = "over"')


class Campaigning(RuleBasedStateMachine):
    """One campaign with its people; rolled back at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        cast = Cast(*map(self.user, ("shifter1", "production1", "datamanager1", "coordinator1")))
        self.campaign: Campaign = begin_small(cast)
        for code, tag in (("requester1", "v10"), ("requester2", "v11")):
            content = {"title": f"PDHD for {code}", "code": {"package": "dunesw", "tag": tag}}
            request = ProductionRequest.objects.create(
                requester=self.user(code), state=RequestState.ACCEPTED, content=content, title=content["title"]
            )
            other = campaign_services.Campaign.objects.create(name=f"other-{tag}", slug=f"other-{tag}")
            CampaignRequest.objects.create(campaign=other, request=request)
        self.requests = list(ProductionRequest.objects.order_by("pk"))
        campaign_services.add_request(self.campaign, self.requests[0], actor=cast.coordinator)
        for number in WORKFLOWS:
            register_workflow(self.campaign, number, actor=None)
        self.judge = Judge(self.campaign)
        self.prints: dict[str, list[str]] = {}
        self.n_done = 0
        self.tables = everything()

    @initialize(n=st.integers(0, 3))
    def goes_some_way(self, n: int) -> None:
        for _step in range(n):
            self.is_done(0, 1, "current")

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    def user(self, name: str) -> User:
        """Read anew, as each request of a browser does."""
        return User.objects.get(username=name)

    def fresh(self) -> Campaign:
        return Campaign.objects.get(pk=self.campaign.pk)

    def tries(self, act: Callable[[Campaign], Any]) -> bool:
        """Do it; a refusal must leave every table as it was. Returns whether it was done."""
        before, refused = self.tables, None
        try:
            act(self.fresh())
        except Refused as error:
            refused = error
        if refused is not None:
            assert isinstance(refused, NotAllowed | Conflict | Invalid)
            assert refused.message
            assert everything() == before, f"refused, but something changed: {refused}"
            return False
        after = self.tables = everything()
        if after["portal.Notice"] != before["portal.Notice"]:
            changed = {name for name in after if after[name] != before[name]}
            assert changed & {"campaigns.StepEvent", "campaigns.CampaignEvent"}, "a notice of nothing"
        self.n_done += 1
        return True

    # --- whoever does whatever ---

    @rule(who=shifters, criterion=open_criteria, text=texts)
    def gives_evidence(self, who: str, criterion: str, text: str) -> None:
        self.tries(lambda campaign: add_evidence(campaign, criterion, actor=self.user(who), text=text))

    @rule(who=shifters, criterion=criteria)
    def gives_evidence_for_anything(self, who: str, criterion: str) -> None:
        self.tries(lambda campaign: add_evidence(campaign, criterion, actor=self.user(who), url="https://elog.example/1"))

    @rule(who=shifters, criterion=open_criteria)
    def takes_back(self, who: str, criterion: str) -> None:
        self.tries(lambda campaign: take_back(campaign, criterion, actor=self.user(who)))

    @rule(who=coordinators, criterion=st.sampled_from(["agreed", "over", "shown"]), is_agreed=st.booleans(), note=reasons)
    def decides(self, who: str, criterion: str, is_agreed: bool, note: str) -> None:
        self.tries(lambda one: decide(one, criterion, actor=self.user(who), is_agreed=is_agreed, note=note))

    @rule(who=coordinators, criterion=criteria, reason=reasons)
    def waives(self, who: str, criterion: str, reason: str) -> None:
        self.tries(lambda campaign: waive(campaign, criterion, actor=self.user(who), reason=reason))

    @rule(who=coordinators, criterion=criteria)
    def ends_waiver(self, who: str, criterion: str) -> None:
        self.tries(lambda campaign: end_waiver(campaign, criterion, actor=self.user(who)))

    @rule(who=coordinators, step=steps, reason=reasons)
    def waives_what_is_unknown(self, who: str, step: str, reason: str) -> None:
        self.tries(lambda campaign: waive_unavailable(campaign, step, actor=self.user(who), reason=reason))

    @rule(
        who=signers, step=steps, team=teams, verdict=st.sampled_from(["approve", "approve", "refuse", "perhaps"]),
        how=st.sampled_from(["now", "short", "earlier", "garbage"]), which=st.integers(0, 5), comment=reasons,
    )  # fmt: skip
    def signs(self, who: str, step: str, team: Team, verdict: str, how: str, which: int, comment: str) -> None:
        stands = read_situation(self.fresh()).standing.step(step)
        now = stands.print.fingerprint if stands else "0" * 64
        earlier = self.prints.setdefault(step, [])
        seen = {"now": now, "short": now[:8], "garbage": "x' OR 1=1 --", "earlier": [*earlier, now][which % (len(earlier) + 1)]}
        if now not in earlier:
            earlier.append(now)
        self._sign(who, step, team, verdict, seen[how], comment, now)

    def _sign(self, who: str, step: str, team: Team, verdict: str, seen: str, comment: str, now: str) -> None:
        def sign(campaign: Campaign) -> None:
            sign_step(campaign, step, team=team, actor=self.user(who), revision=seen, verdict=verdict, comment=comment)

        if self.tries(sign):
            assert now.startswith(seen), "signed what was not there"
            assert self.user(who).groups.filter(name=team).exists()
            assert not self.campaign.appointments.filter(user__username=who, until_on=None).exists()
            assert not self.fresh().requests.filter(requester__username=who).exists()
            assert verdict == "approve" or comment

    @rule(who=shifters, step=steps)
    def asks(self, who: str, step: str) -> None:
        self.tries(lambda campaign: ask_for_sign_offs(campaign, step, actor=self.user(who)))

    @rule(who=shifters, step=steps)
    def completes(self, who: str, step: str) -> None:
        self.tries(lambda campaign: complete_step(campaign, step, actor=self.user(who)))

    @rule(who=coordinators, step=steps, reason=reasons)
    def reopens(self, who: str, step: str, reason: str) -> None:
        self.tries(lambda campaign: reopen_step(campaign, step, actor=self.user(who), reason=reason))

    @rule(who=shifters, reference=st.sampled_from(["DUNE/jobs/reco.py:v1", "DUNE/jobs/reco.py:v2", ""]))
    def changes_the_jobscript(self, who: str, reference: str) -> None:
        values = {"jobscript_reference": reference}
        self.tries(lambda campaign: campaign_services.change_settings(campaign, values, actor=self.user(who)))

    @rule(n=st.sampled_from([None, 5, 12]))
    def sets_jobs(self, n: int | None) -> None:
        values = {"n_jobs_reference": n}
        self.tries(lambda campaign: campaign_services.change_settings(campaign, values, actor=self.user("shifter1")))

    @rule(who=st.sampled_from(["shifter1", "shifter2", "both1"]), actor=st.sampled_from(["coordinator1", "shifter1"]))
    def appoints(self, who: str, actor: str) -> None:
        self.tries(lambda campaign: campaign_services.appoint(campaign, self.user(who), actor=self.user(actor)))

    @rule(which=st.integers(0, 3))
    def ends_an_appointment(self, which: int) -> None:
        found = list(self.campaign.appointments.exclude(user__username="shifter1"))
        if found:
            one = found[which % len(found)]
            self.tries(lambda _campaign: campaign_services.end_appointment(one, actor=self.user("coordinator1")))

    @rule(which=st.booleans(), adds=st.booleans())
    def adds_or_removes_a_request(self, which: bool, adds: bool) -> None:
        move = campaign_services.add_request if adds else campaign_services.remove_request
        self.tries(lambda campaign: move(campaign, self.requests[which], actor=self.user("coordinator1")))

    @rule(
        who=st.sampled_from(["shifter1", "production1"]), step=steps, workflow=st.sampled_from([*WORKFLOWS, -1, 10**12]),
        use=st.sampled_from([*StepWorkflow.Use]),
    )  # fmt: skip
    def attaches_a_workflow(self, who: str, step: str, workflow: int, use: str) -> None:
        self.tries(lambda campaign: attach_workflow(campaign, step, workflow, actor=self.user(who), use=use))

    @rule(who=st.sampled_from(["shifter1", "outsider1"]), workflow=st.sampled_from(WORKFLOWS))
    def detaches_a_workflow(self, who: str, workflow: int) -> None:
        self.tries(lambda campaign: detach_workflow(campaign, workflow, actor=self.user(who)))

    @rule(
        who=mostly("shifter1", "requester1", "coordinator1"),
        what=st.sampled_from(["ask", "yes", "remarks", "no", "skip"]),
        text=reasons,
    )
    def talks_with_the_requester(self, who: str, what: str, text: str) -> None:
        def talk(campaign: Campaign) -> None:
            if what == "ask":
                ask_feedback(campaign, actor=self.user(who))
            elif what == "skip":
                skip_feedback(campaign, actor=self.user(who), reason=text)
            else:
                give_feedback(campaign, actor=self.user(who), verdict=what, text=text)

        self.tries(talk)

    @rule(who=coordinators, number=st.sampled_from([901, 902, 903]))
    def moves_to_a_template(self, who: str, number: int) -> None:
        self.tries(lambda campaign: move_template(campaign, number, actor=self.user(who)))

    @rule(status=st.sampled_from(["active", "active", "active", "paused", "paused", "cancelled"]))
    def sets_the_status(self, status: str) -> None:
        if self.fresh().status != "finished":
            self.tries(lambda one: campaign_services.set_status(one, status, actor=self.user("coordinator1"), reason="so"))

    # --- people who know what they do, so that campaigns get anywhere ---

    @precondition(lambda self: self.fresh().status == "cancelled")
    @rule()
    def goes_on(self) -> None:
        self.tries(lambda one: campaign_services.set_status(one, "active", actor=self.user("coordinator1"), reason="so"))

    def _stands(self, key: str) -> StepStands | None:
        """The step of this key, `current` for the one whose turn it is."""
        standing = read_situation(self.fresh()).standing
        return standing.current if key == "current" else standing.step(key)

    @rule(n=st.integers(1, 9), step=turns)
    def does_what_is_missing(self, n: int, step: str) -> None:
        found = self._stands(step)
        for one in (found.missing if found else [])[:n]:
            key = one.key
            if one.criterion.kind is Kind.MANUAL:
                self.tries(lambda campaign, key=key: add_evidence(campaign, key, actor=self.user("shifter1"), text="seen"))
            elif one.criterion.kind is Kind.DECISION:
                self.tries(lambda one, key=key: decide(one, key, actor=self.user("coordinator1"), is_agreed=True))
            elif one.criterion.kind is Kind.AUTO:
                self.tries(lambda one, key=key: waive(one, key, actor=self.user("coordinator1"), reason="no facts"))

    @rule(which=st.integers(0, 2), team=teams, step=turns)
    def signs_rightly(self, which: int, team: Team, step: str) -> None:
        found = self._stands(step)
        if found is not None and team in found.step.sign_offs:
            now = found.print.fingerprint
            self._sign(SIGNERS[team][which], found.key, team, "approve", now, "", now)

    @rule(which=st.integers(0, 2), others=st.integers(0, 2), step=turns)
    def is_done(self, which: int, others: int, step: str) -> None:
        """All that is missing in the step, both signatures, and it is completed."""
        self.does_what_is_missing(9, step)
        self.signs_rightly(which, Team.PRODUCTION, step)
        self.signs_rightly(others, Team.DATA_MANAGEMENT, step)
        found = self._stands(step)
        if found is not None:
            self.tries(lambda campaign: complete_step(campaign, found.key, actor=self.user("shifter1")))

    @rule(step=st.sampled_from(STEPS[1:]))
    def tries_to_skip_ahead(self, step: str) -> None:
        self.is_done(0, 1, step)

    @rule()
    def the_poll_goes_by(self) -> None:
        """Nothing happened since the last act, so nothing changes."""
        assert look_again([self.fresh()]) == 1
        assert everything() == self.tables

    # --- what always holds ---

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        self.judge.looks(self.fresh())


RUN = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_whatever_people_do_the_rules_of_the_steps_hold(make_user, monkeypatch):
    monkeypatch.setitem(RULES, "jobs_are_set", jobs_are_set)
    for name, roles in CAST.items():
        make_user(name, *roles)
    make_user("superuser1", is_superuser=True)
    keep_template(_template(SMALL))
    keep_template(_template(SMALL_NEXT))
    run_state_machine_as_test(Campaigning, settings=RUN)
