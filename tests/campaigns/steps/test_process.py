"""The template of the steps: what the file says, what it must not say, and moving to another version."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from campaigns.models import Campaign, ProcessTemplate, StepEvent, StepStanding, StepVerb, Team
from campaigns.services import create_campaign
from campaigns.steps.evidence import add_evidence
from campaigns.steps.loading import read_situation
from campaigns.steps.process import (
    Guard,
    Kind,
    ProcessError,
    differences,
    file_content,
    give_templates,
    newest_template,
    parse,
    process_of,
    read_process,
)
from campaigns.steps.services import complete_step, move_template, newer_template
from campaigns.steps.states import StepState
from portal.errors import Conflict, Invalid, NotAllowed
from tests.campaigns.steps.walking import SMALL, SMALL_NEXT, Cast, keep_template, ready, stands, walk_to

FIVE = ["setup", "test", "validation", "production", "close-out"]


def test_the_file_has_the_five_steps_each_signed_by_both_teams():
    process = read_process(file_content())
    assert [step.key for step in process.steps] == FIVE
    for step in process.steps:
        assert set(step.sign_offs) == set(Team)
        assert {one.kind for one in step.criteria if one.team} == {Kind.SIGN_OFF}


def test_the_file_guards_the_scope_of_test_validation_and_production():
    guards = [step.guard for step in read_process(file_content()).steps]
    assert guards == [Guard.NONE, Guard.USERTESTS, Guard.NOT_USERTESTS, Guard.NOT_USERTESTS, Guard.NONE]


def test_a_step_knows_the_one_after_it():
    process = read_process(file_content())
    assert [getattr(process.after(step), "key", None) for step in process.steps] == [*FIVE[1:], None]


# --- what a template must not say: the error names the step or criterion, and what ---


def _small() -> dict[str, Any]:
    return deepcopy(parse(SMALL))


def _broken(change: Any) -> dict[str, Any]:
    content = _small()
    change(content, content["steps"][0], content["steps"][0]["criteria"][0])
    return content


BROKEN: list[tuple[Any, str]] = [
    (lambda all_, step, one: all_.pop("version"), "version must be a whole number"),
    (lambda all_, step, one: all_.update(version="1"), "version must be a whole number"),
    (lambda all_, step, one: all_.update(version=True), "version must be a whole number"),
    (lambda all_, step, one: all_.update(version=0), "version must be a whole number"),
    (lambda all_, step, one: all_.update(version=10**12), "version must be a whole number"),
    (lambda all_, step, one: all_.update(versions=1), "the template: versions is not known"),
    (lambda all_, step, one: all_.pop("steps"), "the template has no steps"),
    (lambda all_, step, one: all_.update(steps=[]), "the template has no steps"),
    (lambda all_, step, one: all_.update(steps="setup"), "the template has no steps"),
    (lambda all_, step, one: all_.update(steps=["setup"]), "a step has the key None"),
    (lambda all_, step, one: step.pop("key"), "a step has the key None"),
    (lambda all_, step, one: step.update(key="Set up"), "a step has the key 'Set up'"),
    (lambda all_, step, one: step.update(key="a" * 41), "use at most 40 small letters"),
    (lambda all_, step, one: step.update(key="../x"), "a step has the key '../x'"),
    (lambda all_, step, one: step.update(key="template"), "step template: no step can have this key"),
    (lambda all_, step, one: step.update(key="second"), "step second is there twice"),
    (lambda all_, step, one: step.pop("title"), "step first: title is missing"),
    (lambda all_, step, one: step.update(title=7), "step first: title is a text"),
    (lambda all_, step, one: step.update(title="x" * 101), "step first: its title has more than 100"),
    (lambda all_, step, one: step.update(gaurd="usertests"), "step first: gaurd is not known"),
    (lambda all_, step, one: step.update(guard="tests"), "step first: guard tests is not known"),
    (lambda all_, step, one: step.update(binds=["plan", "moon"]), "step first: binds to moon; known are"),
    (lambda all_, step, one: step.update(binds="plan"), "step first: binds is a list"),
    (lambda all_, step, one: step.update(binds=[["plan"]]), "step first: binds to"),
    (lambda all_, step, one: step.pop("criteria"), "step first has no criteria"),
    (lambda all_, step, one: step.update(criteria=[]), "step first has no criteria"),
    (lambda all_, step, one: one.pop("key"), "a criterion has the key None"),
    (lambda all_, step, one: one.update(key="b" * 61), "use at most 60 small letters"),
    (lambda all_, step, one: one.update(key="tried"), "criterion tried is there twice"),
    (lambda all_, step, one: one.pop("text"), "criterion shown: text is missing"),
    (lambda all_, step, one: one.update(text=" "), "criterion shown: text is a text"),
    (lambda all_, step, one: one.pop("kind"), "criterion shown: kind is missing"),
    (lambda all_, step, one: one.update(kind="automatic"), "criterion shown: 'automatic' is not a valid Kind"),
    (lambda all_, step, one: one.update(kind="auto"), "criterion shown: an auto criterion names its rule"),
    (lambda all_, step, one: one.pop("who"), "criterion shown: who is missing"),
    (lambda all_, step, one: one.update(who="everybody"), "criterion shown: 'everybody' is not a valid Who"),
    (lambda all_, step, one: one.update(kind="sign-off"), "criterion shown: a sign-off names its team"),
    (lambda all_, step, one: one.update(team="production"), "criterion shown: a sign-off names its team"),
    (lambda all_, step, one: one.update(team="shifters"), "criterion shown: 'shifters' is not a valid Team"),
    (lambda all_, step, one: one.update(stays_open="no"), "criterion shown: stays_open is true or false"),
    (lambda all_, step, one: one.update(explainable=1), "criterion shown: explainable is true or false"),
    (lambda all_, step, one: one.update(weight=3), "criterion shown: weight is not known"),
    (lambda all_, step, one: step["criteria"][4].update(who="shifters"), "criterion first-production: its team signs"),
    (
        lambda all_, step, one: step["criteria"][5].update(team="production", who="production"),
        "team of step first production is there twice",
    ),
    (lambda all_, step, one: step["criteria"].append("shown"), "a criterion has the key None"),
]


@pytest.mark.parametrize(("change", "words"), BROKEN)
def test_a_broken_template_is_refused_with_what_is_wrong_where(change, words):
    with pytest.raises(ProcessError) as refused:
        read_process(_broken(change))
    assert words in str(refused.value)


def test_text_that_is_no_toml_is_refused_with_its_line():
    with pytest.raises(ProcessError, match=r"no TOML: .*line 3"):
        parse('version = 1\n[[steps]]\nkey = "setup\n')


# --- differences ---


def test_the_same_template_has_no_differences():
    assert differences(read_process(parse(SMALL)), read_process(parse(SMALL))) == []


def test_what_a_later_template_adds_and_takes_away_is_listed_both_ways():
    old, new = read_process(parse(SMALL)), read_process(parse(SMALL_NEXT))
    assert [(one.criterion, one.what) for one in differences(old, new)] == [
        ("", "step added"),
        ("thought", "criterion added"),
        ("kept", "criterion added"),
    ]
    assert [(one.criterion, one.what) for one in differences(new, old)] == [
        ("thought", "criterion taken away"),
        ("kept", "criterion taken away"),
        ("", "step taken away"),
    ]


def test_what_is_said_differently_is_listed_with_old_and_new_words():
    changed = (
        SMALL.replace('title = "First"', 'title = "Begin"')
        .replace('binds = ["jobscript"]', 'binds = ["jobscript", "code"]')
        .replace('guard = "usertests"', "")
        .replace(
            'text = "Something is shown", kind = "manual", who = "shifters"',
            'text = "It is shown", kind = "decision", who = "coordinators"',
        )
    )
    found = differences(read_process(parse(SMALL)), read_process(parse(changed)))
    assert {(one.step, one.criterion, one.what, one.old, one.new) for one in found} == {
        ("Begin", "", "step changed", "1 First", "1 Begin"),
        ("Second", "", "guard", "usertests", ""),
        ("Third", "", "binds", "jobscript", "code, jobscript"),
        ("Begin", "shown", "text", "Something is shown", "It is shown"),
        ("Begin", "shown", "kind", "manual", "decision"),
        ("Begin", "shown", "who", "shifters", "coordinators"),
    }


# --- kept versions ---


@pytest.mark.django_db
def test_the_newest_version_is_kept_once(django_assert_num_queries):
    first = newest_template()
    with django_assert_num_queries(1):
        assert newest_template() == first
    assert ProcessTemplate.objects.filter(number=first.number).count() == 1


@pytest.mark.django_db
def test_campaigns_from_before_there_were_steps_are_given_the_newest_version():
    campaign = create_campaign("pdhd-reco-2026b", actor=None)
    Campaign.objects.update(template=None)
    campaign.refresh_from_db()
    assert [step.key for step in process_of(campaign).steps] == FIVE
    give_templates()
    campaign.refresh_from_db()
    assert campaign.template == newest_template()


@pytest.mark.django_db
def test_a_new_campaign_runs_by_the_newest_version_and_keeps_it(coordinator):
    campaign = create_campaign("pdhd-reco-2026b", actor=coordinator)
    keep_template(SMALL)
    campaign.refresh_from_db()
    assert [step.key for step in process_of(campaign).steps] == FIVE
    newer = newer_template(campaign)
    assert newer is not None
    assert newer.number == 901


# --- moving a campaign to another version ---


def _with_a_sixth_step_and_one_more_criterion() -> ProcessTemplate:
    """What a policy's change looks like: the file's text with a criterion, a step and a higher version."""
    content = deepcopy(file_content())
    content["version"] += 1
    content["steps"][1]["criteria"].insert(
        0, {"key": "memory-measured", "text": "Memory is measured", "kind": "manual", "who": "shifters"}
    )
    content["steps"].append(
        {
            "key": "afterwards", "title": "Afterwards", "help": "What was learned.",
            "criteria": [{"key": "learned", "text": "What was learned is written down", "kind": "manual", "who": "shifters"}],
        }
    )  # fmt: skip
    text_free = read_process(content)
    return ProcessTemplate.objects.create(number=text_free.version, content=content, sha256="f" * 64)


@pytest.mark.django_db
def test_a_sixth_step_and_one_more_criterion_need_no_migration(campaign: Campaign, cast: Cast):
    walk_to(campaign, "test", cast)
    template = _with_a_sixth_step_and_one_more_criterion()
    found = move_template(campaign, template.number, actor=cast.coordinator, reason="agreed on 2 November")
    assert [(one.step, one.criterion, one.what) for one in found] == [
        ("Afterwards", "", "step added"),
        ("Test", "memory-measured", "criterion added"),
        ("Afterwards", "learned", "criterion added"),
    ]
    assert stands(campaign, "setup").state == StepState.COMPLETE
    assert "memory-measured" in [one.key for one in stands(campaign, "test").missing]
    assert list(StepStanding.objects.filter(campaign=campaign).values_list("step", flat=True)) == [*FIVE, "afterwards"]
    moved = StepEvent.objects.get(campaign=campaign, verb=StepVerb.TEMPLATE_MOVED)
    assert moved.note == "agreed on 2 November"
    assert [change[2] for change in moved.data["changes"]] == ["step added", "criterion added", "criterion added"]
    walk_to(campaign, "afterwards", cast)
    campaign.refresh_from_db()
    assert campaign.status == "active"
    add_evidence(campaign, "learned", actor=cast.shifter, text="to measure memory first")
    complete_step(campaign, "afterwards", actor=cast.shifter)
    assert campaign.status == "finished"


@pytest.mark.django_db
def test_moving_back_takes_the_additional_step_away_again(campaign: Campaign, cast: Cast):
    template = _with_a_sixth_step_and_one_more_criterion()
    before = campaign.template
    assert before is not None
    move_template(campaign, template.number, actor=cast.coordinator)
    move_template(campaign, before.number, actor=cast.coordinator)
    assert list(StepStanding.objects.filter(campaign=campaign).values_list("step", flat=True)) == FIVE
    assert newer_template(campaign) == template


@pytest.mark.django_db
def test_moving_needs_a_coordinator_and_a_version_that_there_is(campaign: Campaign, cast: Cast):
    template = _with_a_sixth_step_and_one_more_criterion()
    with pytest.raises(NotAllowed):
        move_template(campaign, template.number, actor=cast.shifter)
    for number in (77, 0, -1, 10**30):
        with pytest.raises(Invalid):
            move_template(campaign, number, actor=cast.coordinator)
    assert campaign.template is not None
    with pytest.raises(Conflict, match="already"):
        move_template(campaign, campaign.template.number, actor=cast.coordinator)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["finished", "cancelled"])
def test_a_campaign_that_is_over_keeps_its_template(small: Campaign, cast: Cast, status):
    Campaign.objects.filter(pk=small.pk).update(status=status)
    keep_template(SMALL_NEXT)
    with pytest.raises(Conflict, match=f"is {status}"):
        move_template(small, 902, actor=cast.coordinator)
    assert len(read_situation(small).standing.steps) == 3


@pytest.mark.django_db
def test_a_template_that_another_process_kept_first_is_taken(monkeypatch):
    """Between looking and writing somebody else wrote the same version."""
    kept = newest_template()
    looked = ProcessTemplate.objects.none()
    monkeypatch.setattr(ProcessTemplate.objects, "filter", lambda **_how: looked)
    assert newest_template() == kept


@pytest.mark.django_db
def test_ready_steps_of_the_five_can_be_completed(campaign: Campaign, cast: Cast):
    ready(campaign, "setup", cast)
    complete_step(campaign, "setup", actor=cast.shifter)
    assert stands(campaign, "test").state == StepState.OPEN
