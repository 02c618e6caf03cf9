"""Saving and publishing a plan, and what sign-offs make of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from campaigns.models import PlanDraft, PlanRevision, StepVerb
from campaigns.plan_services import draft_of, newest_revision, publish_plan, save_plan
from campaigns.planning.content import hash_of, read_content, written
from campaigns.steps.loading import read_situation
from campaigns.steps.signing import sign_step
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.roles import Role
from tests.campaigns.steps.walking import Cast, begin, stands, walk_to
from tests.planning.plans import lbl2


def test_a_plan_is_kept_as_a_draft_and_counts_its_saves(cast: Cast) -> None:
    campaign = begin(cast)
    assert draft_of(campaign)[1] == 0
    assert save_plan(campaign, lbl2(), actor=cast.shifter, version=0).version == 1
    assert save_plan(campaign, lbl2(), actor=cast.shifter, version=0).version == 1, "saying the same again is no change"
    assert save_plan(campaign, lbl2(rss_mib=6000), actor=cast.coordinator, version=1).version == 2
    content, version = draft_of(campaign)
    assert (content.common.rss_mib, version) == (6000, 2)


def test_a_save_that_began_from_an_older_version_is_refused_and_changes_nothing(cast: Cast) -> None:
    campaign = begin(cast)
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    with pytest.raises(Conflict, match="shifter1 saved it"):
        save_plan(campaign, lbl2(rss_mib=8000), actor=cast.coordinator, version=0)
    assert draft_of(campaign)[0].common.rss_mib == 4000


def test_only_shifters_of_the_campaign_and_coordinators_plan(cast: Cast, make_user: Callable[..., User]) -> None:
    campaign = begin(cast)
    for user in (cast.production, cast.data_manager, make_user("shifter2", Role.SHIFTERS), make_user("nobody")):
        with pytest.raises(NotAllowed):
            save_plan(campaign, lbl2(), actor=user, version=0)
    assert not PlanDraft.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rows": [{"key": "a", "step": "test", "sample": "s9"}]}, "rows.0.sample"),
        ({"rows": [{"key": "a", "step": "setup", "sample": "s1"}]}, "rows.0.step"),
        ({"rows": [{"key": "a", "step": "test", "sample": "s1", "skip": -1}]}, "rows.0.skip"),
        ({"rows": [{"key": "a", "step": "test", "sample": "s1", "skip": "0"}]}, "rows.0.skip"),
        ({"rows": [{"key": "a", "step": "test", "sample": "s1", "limit": 0}]}, "rows.0.limit"),
        ({"rows": [{"key": "a", "step": "test", "sample": "s1", "parent": "b"}]}, "rows.0.parent"),
        ({"rows": [{"key": "a", "step": "test", "sample": "s1"}] * 2}, "rows.1.key"),
        ({"samples": [{"key": "s1"}], "rows": [{"key": "a", "step": "test", "sample": "s1"}]}, "rows.0.n_jobs"),
        ({"common": {"scope": 5}}, "common.scope"),
        ({"rows": {}}, "rows"),
    ],
)
def test_what_cannot_be_planned_is_refused_by_its_path(cast: Cast, change: dict, field: str) -> None:
    campaign = begin(cast)
    with pytest.raises(Invalid) as refused:
        save_plan(campaign, lbl2() | change, actor=cast.shifter, version=0)
    assert refused.value.field == field
    assert not PlanDraft.objects.exists()


def test_a_document_that_is_none_is_refused() -> None:
    for nonsense in (None, [], "plan", 5, {"rows": [None]}, {"extra": 1}):
        with pytest.raises(Invalid):
            read_content(nonsense)


def test_what_is_written_reads_back_the_same() -> None:
    content = read_content(lbl2())
    assert read_content(written(content)) == content
    assert hash_of(content) == hash_of(read_content(written(content))) != hash_of(read_content(lbl2(rss_mib=1)))


def test_publishing_makes_revisions_that_stay(cast: Cast) -> None:
    campaign = begin(cast)
    with pytest.raises(Invalid):
        publish_plan(campaign, actor=cast.shifter, version=0)
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    first = publish_plan(campaign, actor=cast.shifter, version=1, note="as discussed")
    with pytest.raises(Conflict, match="says the same"):
        publish_plan(campaign, actor=cast.shifter, version=1)
    save_plan(campaign, lbl2(rss_mib=6000), actor=cast.shifter, version=1)
    with pytest.raises(Conflict, match="in the meantime"):
        publish_plan(campaign, actor=cast.shifter, version=1)
    second = publish_plan(campaign, actor=cast.shifter, version=2)
    assert [first.number, second.number] == [1, 2]
    assert newest_revision(campaign) == second
    assert [act.data["revision"] for act in read_situation(campaign).acts if act.verb == StepVerb.PLAN_PUBLISHED] == [1, 2]


def test_the_database_refuses_to_change_or_delete_a_revision(cast: Cast) -> None:
    campaign = begin(cast)
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    revision = publish_plan(campaign, actor=cast.shifter, version=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanRevision.objects.filter(pk=revision.pk).update(number=9)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM campaigns_planrevision")
    assert newest_revision(campaign) == revision


def test_a_new_revision_lets_sign_offs_of_the_set_up_lapse(cast: Cast) -> None:
    campaign = begin(cast)
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    publish_plan(campaign, actor=cast.shifter, version=1)
    walk_to(campaign, "test", cast)
    assert stands(campaign, "setup").state == "complete"
    assert stands(campaign, "setup").print.parts["plan"].startswith("revision 1")
    save_plan(campaign, lbl2(rss_mib=6000), actor=cast.shifter, version=1)
    assert stands(campaign, "setup").state == "complete", "a draft is nobody's agreement"
    publish_plan(campaign, actor=cast.shifter, version=2)
    step = stands(campaign, "setup")
    assert step.state == "lapsed"
    assert {sign.changed for sign in step.signs.values()} == {("plan",)}
    sign_step(campaign, "setup", team="production", actor=cast.production, revision=step.print.fingerprint)
    sign_step(campaign, "setup", team="data-management", actor=cast.data_manager, revision=step.print.fingerprint)
    assert stands(campaign, "setup").state == "complete"


def test_the_plan_counts_as_drafted_once_it_has_rows_for_the_validation_and_the_full_sample(cast: Cast) -> None:
    campaign = begin(cast)
    one = stands(campaign, "setup").criterion("plan-drafted")
    assert one is not None
    assert one.state == "not-met"
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    one = stands(campaign, "setup").criterion("plan-drafted")
    assert one is not None
    assert one.state == "not-met"
    assert "validation" in one.saw
    plan = lbl2()
    plan["rows"].append({"key": "v1", "step": "validation", "sample": "s1", "limit": 100})
    save_plan(campaign, plan, actor=cast.shifter, version=1)
    one = stands(campaign, "setup").criterion("plan-drafted")
    assert one is not None
    assert one.state == "met"
