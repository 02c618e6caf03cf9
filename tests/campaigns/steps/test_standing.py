"""Where a campaign stands, folded from acts that are written down here: no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.models import StepVerb, Team
from campaigns.steps.process import Process, parse, read_process
from campaigns.steps.standing import Act, Configuration, Fact, Standing, StepStands, print_of, standing_of, who_acts
from campaigns.steps.states import CriterionState, SignState, StepState
from tests.campaigns.steps.walking import SMALL, SMALL_NEXT

BEGAN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PRODUCTION, DATA_MANAGEMENT = Team.PRODUCTION, Team.DATA_MANAGEMENT


class Story:
    """What happened so far, act by act, an hour after each other."""

    def __init__(self, template: str = SMALL) -> None:
        self.process: Process = read_process(parse(template))
        self.acts: list[Act] = []
        self.facts: dict[str, Fact] = {}
        self.configuration = Configuration(jobscript="tag-1", code="v10")
        self.alerts: dict[str, list[str]] = {}

    def did(self, verb: StepVerb, step: str = "", criterion: str = "", **more: Any) -> Act:
        at = BEGAN + timedelta(hours=len(self.acts))
        fields = {name: more.pop(name) for name in ("team", "fingerprint", "note", "actor") if name in more}
        self.acts.append(Act(len(self.acts) + 1, verb, at, step, criterion, data=more, **fields))
        return self.acts[-1]

    def step_of(self, criterion: str) -> str:
        found = self.process.criterion(criterion)
        assert found is not None
        return found[0].key

    def shows(self, criterion: str, sha: str = "aa") -> None:
        found = self.process.criterion(criterion)
        assert found is not None
        self.did(
            StepVerb.EVIDENCE_ADDED, found[0].key, criterion, evidence=len(self.acts), sha256=sha,
            stays_open=found[1].stays_open,
        )  # fmt: skip

    def takes_back(self, criterion: str) -> None:
        self.did(StepVerb.TAKEN_BACK, self.step_of(criterion), criterion)

    def decides(self, criterion: str, is_agreed: bool = True) -> None:
        self.did(StepVerb.DECIDED, self.step_of(criterion), criterion, is_agreed=is_agreed)

    def waives(self, criterion: str) -> None:
        self.did(StepVerb.WAIVED, self.step_of(criterion), criterion, note="not for this one")

    def ends_waiver(self, criterion: str) -> None:
        self.did(StepVerb.WAIVER_ENDED, self.step_of(criterion), criterion)

    def signs(self, step: str, team: Team, actor: int = 1, verb: StepVerb = StepVerb.SIGNED, note: str = "") -> None:
        seen = self.step(step).print
        key = self.step(step).step.sign_offs[team].key
        self.did(verb, step, key, team=team, fingerprint=seen.fingerprint, actor=actor, note=note, parts=dict(seen.parts))

    def lapses(self, step: str, team: Team) -> None:
        self.did(StepVerb.LAPSED, step, self.step(step).step.sign_offs[team].key, team=team, note="the evidence changed")

    def sign_both(self, step: str) -> None:
        self.signs(step, PRODUCTION, 1)
        self.signs(step, DATA_MANAGEMENT, 2)

    def completes(self, step: str) -> None:
        assert self.step(step).may_be_completed, [one.key for one in self.step(step).missing]
        self.did(StepVerb.COMPLETED, step)

    def reopens(self, step: str) -> None:
        self.did(StepVerb.REOPENED, step, note="a mistake was found")

    def through_first(self) -> Story:
        self.shows("shown")
        self.decides("agreed")
        self.waives("known")
        self.shows("jobscript", "js")
        self.sign_both("first")
        self.completes("first")
        return self

    def through_second(self) -> Story:
        self.through_first()
        self.shows("tried")
        self.facts["jobs"] = Fact(CriterionState.MET, "12 jobs are set", since=BEGAN)
        self.sign_both("second")
        self.completes("second")
        return self

    def through_all(self) -> Story:
        self.through_second()
        self.decides("over")
        self.sign_both("third")
        self.completes("third")
        return self

    def stands(self) -> Standing:
        return standing_of(self.process, self.acts, self.facts, self.configuration, self.alerts)

    def step(self, key: str) -> StepStands:
        found = self.stands().step(key)
        assert found is not None
        return found

    def state(self, criterion: str) -> CriterionState:
        found = self.stands().of_criterion(criterion)
        assert found is not None
        return found[1].state

    def states(self) -> list[StepState]:
        return [one.state for one in self.stands().steps]


OPEN, COMPLETE, LAPSED, NOT_OPEN = StepState.OPEN, StepState.COMPLETE, StepState.LAPSED, StepState.NOT_OPEN


# --- steps in order ---


def test_a_campaign_begins_in_its_first_step():
    story = Story()
    assert story.states() == [OPEN, NOT_OPEN, NOT_OPEN]
    current = story.stands().current
    assert current is not None
    assert current.key == "first"


def test_each_step_opens_when_the_one_before_is_complete():
    story = Story().through_first()
    assert story.states() == [COMPLETE, OPEN, NOT_OPEN]
    assert story.step("second").opened_at == story.acts[-1].at
    assert Story().through_second().states() == [COMPLETE, COMPLETE, OPEN]


def test_after_the_last_step_none_is_current():
    story = Story().through_all()
    assert story.states() == [COMPLETE, COMPLETE, COMPLETE]
    assert story.stands().current is None


def test_an_open_alert_blocks_its_own_step_only():
    story = Story().through_second()
    story.alerts = {"third": ["workflow 3206 has the scope usertests"]}
    story.decides("over")
    story.sign_both("third")
    assert story.step("third").blocked_by == ("workflow 3206 has the scope usertests",)
    assert not story.step("third").may_be_completed
    story.alerts = {"first": ["an old one"]}
    assert story.step("third").may_be_completed


# --- criteria ---


def test_what_nobody_knows_is_not_available_and_holds_nothing():
    story = Story()
    assert story.state("known") == CriterionState.NOT_AVAILABLE
    assert who_acts(story.step("first").criteria[2]) == "coordinators"


def test_evidence_meets_a_manual_criterion_until_it_is_taken_back():
    story = Story()
    assert story.state("shown") == CriterionState.NOT_MET
    story.shows("shown")
    story.shows("shown", "bb")
    assert story.state("shown") == CriterionState.MET
    story.takes_back("shown")
    one = story.step("first").criterion("shown")
    assert one is not None
    assert one.state == CriterionState.NOT_MET
    assert (one.evidence, one.withdrawn) == ((), (0, 1))


def test_evidence_given_after_it_was_taken_back_counts_alone():
    story = Story()
    story.shows("shown")
    story.takes_back("shown")
    story.shows("shown", "bb")
    one = story.step("first").criterion("shown")
    assert one is not None
    assert (one.state, one.evidence, one.withdrawn) == (CriterionState.MET, (2,), (0,))


def test_the_newest_decision_stands_and_outweighs_what_the_facts_say():
    story = Story()
    story.facts["agreed"] = Fact(CriterionState.MET, "agreed by rename")
    assert story.state("agreed") == CriterionState.NOT_MET  # its template names no rule
    story.decides("agreed")
    assert story.state("agreed") == CriterionState.MET
    story.decides("agreed", is_agreed=False)
    assert story.state("agreed") == CriterionState.NOT_MET


def test_facts_of_a_decisions_own_rule_meet_it_unless_a_meeting_said_no():
    story = Story(SMALL.replace('text = "A meeting agrees",', 'text = "A meeting agrees", rule = "name_agreed",'))
    story.facts["agreed"] = Fact(CriterionState.MET, "renamed as agreed")
    assert story.state("agreed") == CriterionState.MET
    story.decides("agreed", is_agreed=False)
    assert story.state("agreed") == CriterionState.NOT_MET


def test_a_waived_criterion_holds_until_the_waiver_ends():
    story = Story()
    story.waives("shown")
    assert story.state("shown") == CriterionState.WAIVED
    story.ends_waiver("shown")
    assert story.state("shown") == CriterionState.NOT_MET


@pytest.mark.parametrize(
    ("fact", "explained", "state"),
    [
        (CriterionState.MET, False, CriterionState.MET),
        (CriterionState.MET, True, CriterionState.MET),
        (CriterionState.NOT_MET, False, CriterionState.NOT_MET),
        (CriterionState.NOT_MET, True, CriterionState.NOTED),
        (CriterionState.NOT_AVAILABLE, True, CriterionState.NOT_AVAILABLE),
    ],
)
def test_what_facts_deny_may_be_explained_but_not_what_they_do_not_know(fact, explained, state):
    story = Story().through_first()
    story.facts["jobs"] = Fact(fact, "seen")
    if explained:
        story.shows("jobs")
    assert story.state("jobs") == state


def test_evidence_does_not_meet_an_auto_criterion():
    story = Story()
    story.shows("known")
    assert story.state("known") == CriterionState.NOT_AVAILABLE
    story.facts["known"] = Fact(CriterionState.NOT_MET, "no")
    assert story.state("known") == CriterionState.NOT_MET


# --- signatures ---


def test_a_signature_stands_on_the_revision_it_saw():
    story = Story()
    story.signs("first", PRODUCTION)
    assert story.step("first").signs[PRODUCTION].state == SignState.SIGNED
    assert story.step("first").signs[DATA_MANAGEMENT].state == SignState.NONE


CHANGES = {
    "evidence": lambda story: story.shows("tried", "other"),
    "evidence taken back": lambda story: story.takes_back("tried"),
    "waiver": lambda story: story.waives("jobs"),
    "workflow": lambda story: story.did(StepVerb.WORKFLOW_ATTACHED, "second", workflow=3206, use="main"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_what_is_shown_ends_both_signatures(change):
    story = Story().through_first()
    story.shows("tried")
    story.sign_both("second")
    CHANGES[change](story)
    for team in Team:
        assert story.step("second").signs[team].state == SignState.LAPSED
        assert story.step("second").signs[team].changed == ("evidence",)


@pytest.mark.parametrize(
    ("configuration", "part"),
    [
        (Configuration(plan="2", jobscript="tag-1", code="v10"), "plan"),
        (Configuration(jobscript="tag-2", code="v10"), "jobscript"),
        (Configuration(jobscript="tag-1", code="v11"), "code"),
        (Configuration(jobscript="", code="v10"), "jobscript"),
    ],
)
def test_a_signature_names_the_part_of_the_configuration_that_changed(configuration, part):
    story = Story().through_first()
    story.sign_both("second")
    story.configuration = configuration
    assert story.step("second").signs[PRODUCTION].changed == (part,)
    assert story.step("second").signs[PRODUCTION].state == SignState.LAPSED


def test_what_a_step_is_not_bound_to_does_not_end_its_signatures():
    story = Story().through_second()
    story.sign_both("third")
    story.configuration = Configuration(jobscript="tag-1", code="v11")
    assert story.step("third").signs[PRODUCTION].state == SignState.SIGNED
    assert story.states() == [COMPLETE, LAPSED, OPEN]


def test_evidence_of_another_step_does_not_end_signatures():
    story = Story().through_first()
    story.sign_both("second")
    before = story.step("first").print
    story.shows("tried")
    assert story.step("first").print == before
    assert story.states()[0] == COMPLETE


def test_more_evidence_where_it_stays_open_does_not_undo_its_own_step():
    story = Story().through_first()
    story.shows("jobscript", "js-2")
    assert story.states()[0] == COMPLETE


def test_a_new_jobscript_ends_signatures_of_the_steps_that_are_bound_to_it():
    story = Story().through_second()
    story.shows("jobscript", "js-2")
    assert story.states() == [COMPLETE, LAPSED, OPEN]
    assert story.step("second").signs[PRODUCTION].changed == ("jobscript",)


def test_the_fingerprint_does_not_depend_on_the_order_in_which_things_were_shown():
    one, other = Story(), Story()
    one.shows("shown", "aa"), one.shows("shown", "bb")
    other.shows("shown", "bb"), other.shows("shown", "aa")
    assert one.step("first").print == other.step("first").print


def test_the_same_evidence_twice_is_another_revision():
    story = Story()
    story.shows("shown", "aa")
    before = story.step("first").print.fingerprint
    story.shows("shown", "aa")
    assert story.step("first").print.fingerprint != before


def test_steps_with_nothing_in_them_have_different_fingerprints():
    story = Story()
    prints = {print_of(step, [], Configuration()).fingerprint for step in story.process.steps}
    assert len(prints) == 3


def test_undoing_a_change_does_not_bring_a_lapsed_signature_back():
    story = Story()
    story.shows("shown")
    story.sign_both("first")
    story.shows("known")
    story.lapses("first", PRODUCTION)
    story.takes_back("known")
    assert story.step("first").signs[PRODUCTION].state == SignState.LAPSED
    assert story.step("first").signs[PRODUCTION].act.fingerprint == story.step("first").print.fingerprint  # type: ignore[union-attr]
    assert story.state("first-production") == CriterionState.LAPSED


def test_a_refusal_sends_the_step_back_until_what_it_saw_has_changed():
    story = Story()
    story.signs("first", PRODUCTION, verb=StepVerb.REFUSED, note="the path is personal")
    assert story.states()[0] == StepState.SENT_BACK
    assert story.state("first-production") == CriterionState.REFUSED
    assert who_acts(story.step("first").criteria[4]) == "shifters"
    story.shows("shown")
    assert story.states()[0] == OPEN
    assert story.step("first").signs[PRODUCTION].state == SignState.ANSWERED
    assert story.step("first").signs[PRODUCTION].why == "the path is personal"
    assert story.state("first-production") == CriterionState.NOT_MET


def test_the_newest_word_of_a_team_counts():
    story = Story()
    story.signs("first", PRODUCTION)
    story.signs("first", PRODUCTION, actor=3, verb=StepVerb.REFUSED, note="no")
    assert story.step("first").signs[PRODUCTION].state == SignState.REFUSED
    story.signs("first", PRODUCTION, actor=4)
    assert story.step("first").signs[PRODUCTION].state == SignState.SIGNED


# --- a complete step that is none any more ---


def test_a_lapsed_signature_of_a_complete_step_blocks_what_follows_and_can_be_given_again():
    story = Story().through_second()
    story.configuration = Configuration(jobscript="tag-2", code="v10")
    assert story.states() == [COMPLETE, LAPSED, OPEN]
    current = story.stands().current
    assert current is not None
    assert current.key == "second"
    story.decides("over")
    story.sign_both("third")
    assert story.step("third").blocked_by == ("Step 2, Second is not complete any more: a sign-off lapsed.",)
    assert not story.step("third").may_be_completed
    story.sign_both("second")
    assert story.states() == [COMPLETE, COMPLETE, OPEN]
    assert story.step("third").may_be_completed


def test_a_refusal_of_a_complete_step_whose_signature_lapsed_does_not_end_with_the_next_change():
    """Refused, and changed again since: nobody has signed what stands, so the step is not complete."""
    story = Story().through_second()
    story.configuration = Configuration(jobscript="tag-2", code="v10")
    story.signs("second", PRODUCTION, verb=StepVerb.REFUSED, note="not with that tag")
    story.signs("second", DATA_MANAGEMENT, 2, verb=StepVerb.REFUSED, note="nor I")
    assert story.states()[1] == LAPSED
    story.configuration = Configuration(jobscript="tag-3", code="v10")
    assert story.state("second-production") == CriterionState.NOT_MET
    assert story.states() == [COMPLETE, LAPSED, OPEN]


def test_reopening_voids_the_signatures_of_the_step_and_of_later_ones_only():
    story = Story().through_all()
    story.reopens("second")
    assert story.states() == [COMPLETE, OPEN, NOT_OPEN]
    assert {sign.state for sign in story.step("first").signs.values()} == {SignState.SIGNED}
    for key in ("second", "third"):
        assert {sign.state for sign in story.step(key).signs.values()} == {SignState.VOID}
        assert story.step(key).signs[PRODUCTION].why == "a mistake was found"


def test_completing_a_reopened_step_again_does_not_complete_later_ones():
    story = Story().through_all()
    story.reopens("first")
    story.sign_both("first")
    story.completes("first")
    assert story.states() == [COMPLETE, OPEN, NOT_OPEN]


def test_a_reopened_step_needs_no_more_than_new_signatures_where_nothing_changed():
    story = Story().through_first()
    story.reopens("first")
    assert [one.key for one in story.step("first").missing] == ["first-production", "first-data-management"]
    story.sign_both("first")
    assert story.step("first").may_be_completed


# --- another template on the way ---


def test_a_criterion_that_comes_with_a_later_template_does_not_undo_a_complete_step():
    story = Story().through_first()
    story.process = read_process(parse(SMALL_NEXT))
    assert [one.state for one in story.stands().steps] == [COMPLETE, OPEN, NOT_OPEN, NOT_OPEN]
    assert story.state("thought") == CriterionState.NOT_MET


def test_a_step_that_comes_with_a_later_template_follows_the_others():
    story = Story().through_all()
    story.process = read_process(parse(SMALL_NEXT))
    assert story.states() == [COMPLETE, COMPLETE, COMPLETE, OPEN]


def test_a_sign_off_that_comes_with_a_later_template_does_not_undo_a_complete_step():
    more = SMALL.replace('    { key = "first-data-management", text = "Signed by data management", kind = "sign-off", team = "data-management" },\n', "")  # fmt: skip  # noqa: E501
    story = Story(more)
    story.shows("shown"), story.decides("agreed"), story.waives("known"), story.shows("jobscript")
    story.signs("first", PRODUCTION)
    story.completes("first")
    story.process = read_process(parse(SMALL))
    assert story.states()[0] == COMPLETE


def test_a_step_in_between_that_comes_later_is_taken_before_those_after_it_count():
    before, after = SMALL.split('[[steps]]\nkey = "second"')
    between = '[[steps]]\nkey = "between"\ntitle = "Between"\ncriteria = [{ key = "also", text = "Also", kind = "manual", who = "shifters" }]\n\n'  # noqa: E501
    story = Story().through_second()
    story.process = read_process(parse(f'{before}{between}[[steps]]\nkey = "second"{after}'))
    assert story.states() == [COMPLETE, OPEN, NOT_OPEN, NOT_OPEN]
    story.shows("also")
    story.completes("between")
    assert story.states() == [COMPLETE, COMPLETE, COMPLETE, OPEN]


def test_a_template_that_binds_a_step_to_more_ends_its_signatures_and_says_so():
    story = Story().through_first()
    story.process = read_process(parse(SMALL.replace('binds = ["plan"]', 'binds = ["plan", "code"]')))
    assert story.states()[0] == LAPSED
    assert story.step("first").signs[PRODUCTION].changed == ("binds",)


def test_a_fact_that_an_earlier_templates_rule_left_behind_does_not_meet_a_manual_criterion():
    story = Story()
    story.facts["shown"] = Fact(CriterionState.MET, "left behind")
    assert story.state("shown") == CriterionState.NOT_MET


def test_acts_on_steps_and_criteria_that_the_template_does_not_know_change_nothing():
    story = Story()
    story.did(StepVerb.EVIDENCE_ADDED, "gone", "gone", evidence=1, sha256="aa")
    story.did(StepVerb.COMPLETED, "gone")
    story.did(StepVerb.DECIDED, "gone", "gone-too", is_agreed=True)
    assert story.states() == [OPEN, NOT_OPEN, NOT_OPEN]
    assert story.step("first").print == Story().step("first").print


def test_the_same_input_gives_the_same_answer():
    story = Story().through_second()
    assert story.stands() == story.stands()
