"""The plan by API: the tutorial's figures, saving, publishing, and what was covered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from campaigns.api.plan_examples import DRAFT_EXAMPLES, PLAN_EXAMPLES
from campaigns.models import Campaign, PlanDraft
from campaigns.plan_services import save_plan
from campaigns.services import watch_justin_campaign
from campaigns.steps.attaching import attach_workflow
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin, walk_to
from tests.factories import make_campaign, make_service, make_workflow
from tests.planning.plans import MQL, N_FILES, REMAINING, SLICES, lbl2

ClientOf = Callable[[User], Client]
HERE = "/api/v1/campaigns/pdhd-reco-2026b/plan/"


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return begin(cast)


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def test_the_tutorials_slices_leave_what_the_tutorial_says(campaign: Campaign, client_of: ClientOf, cast: Cast) -> None:
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    slices = [{"skip": skip, "limit": -1 if limit is None else limit} for skip, limit in SLICES]
    answer = post(client_of(cast.shifter), f"{HERE}draft/", {"sample": "s1", "slices": slices})
    assert answer.status_code == 200, answer.content
    rows = answer.json()["rows"]
    assert [row["remaining"] for row in rows] == REMAINING
    assert [row["n_files"] for row in rows] == [6000, 1000, 5000, 5000, 3784]
    assert rows[-1]["limit"] is None
    assert all("--scope fardet-hd" in row["command"] and "ordered skip" in row["command"] for row in rows)
    assert (answer.json()["gaps"], answer.json()["overlaps"]) == ([], [])


def test_equal_slices_cover_the_sample_once(campaign: Campaign, client_of: ClientOf, cast: Cast) -> None:
    asked = {"sample": "fardet-hd:lbl2", "n_files": N_FILES, "files_per_workflow": 5000}
    answer = post(client_of(cast.shifter), f"{HERE}draft/", asked).json()
    assert [(row["skip"], row["n_files"], row["remaining"]) for row in answer["rows"]] == [
        (0, 5000, 15784), (5000, 5000, 10784), (10000, 5000, 5784), (15000, 5000, 784), (20000, 784, 0),
    ]  # fmt: skip
    assert answer["gaps"] == answer["overlaps"] == []
    assert all(row["command"] == "" and row["problems"] for row in answer["rows"]), "no jobscript is known: no command"


def test_gaps_and_overlaps_of_typed_slices_are_told_to_the_input(campaign: Campaign, client_of: ClientOf, cast: Cast) -> None:
    slices = [{"skip": 0, "limit": 100}, {"skip": 90, "limit": 50}, {"skip": 150, "limit": 10}]
    answer = post(client_of(cast.shifter), f"{HERE}draft/", {"n_files": 200, "slices": slices}).json()
    assert answer["gaps"] == [[140, 150], [160, 200]]
    assert answer["overlaps"] == [[90, 100, [1, 2]]]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "files_per_workflow"),
        ({"files_per_workflow": 5000}, "n_files"),
        ({"files_per_workflow": 0, "n_files": 10}, "files_per_workflow"),
        ({"files_per_workflow": "5", "n_files": 10}, "files_per_workflow"),
        ({"files_per_workflow": 5, "n_files": True}, "n_files"),
        ({"files_per_workflow": 5, "n_files": -1}, "n_files"),
        ({"files_per_workflow": 1, "n_files": 2_000_000_000}, "files_per_workflow"),
        ({"slices": [{"skip": -5}], "n_files": 10}, "slices.0.skip"),
        ({"slices": [{"skip": 0, "limit": -2}], "n_files": 10}, "slices.0.limit"),
        ({"slices": [{"limit": 5}], "n_files": 10}, "slices.0.skip"),
        ({"sample": "rm -rf /", "files_per_workflow": 5, "n_files": 10}, "sample"),
        ({"smaple": "s1", "files_per_workflow": 5, "n_files": 10}, "smaple"),
    ],
)
def test_what_cannot_be_worked_out_names_the_field(
    campaign: Campaign, client_of: ClientOf, cast: Cast, asked: dict[str, Any], field: str
) -> None:
    answer = post(client_of(cast.shifter), f"{HERE}draft/", asked)
    assert answer.status_code == 400, answer.content
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_plan_is_read_changed_and_sent_back(campaign: Campaign, client_of: ClientOf, cast: Cast) -> None:
    client = client_of(cast.shifter)
    empty = client.get(HERE).json()
    assert (empty["version"], empty["rows"], empty["revision"]) == (0, [], None)
    answer = client.put(HERE, lbl2() | {"version": 0}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    plan = answer.json()
    assert [row["computed"]["remaining"] for row in plan["rows"][1:]] == REMAINING
    assert plan["rows"][0]["computed"]["scope"] == "usertests"
    plan["common"]["rss_mib"] = 6000
    again = client.put(HERE, plan, content_type="application/json")
    assert again.status_code == 200, again.content
    assert (again.json()["version"], again.json()["common"]["rss_mib"]) == (2, 6000)
    late = client.put(HERE, plan | {"common": {"scope": "x"}}, content_type="application/json")
    assert late.status_code == 409
    published = post(client, f"{HERE}publish/", {"version": 2, "note": "agreed"})
    assert published.status_code == 201, published.content
    assert (published.json()["revision"], published.json()["is_published"]) == (1, True)


def test_who_may_not_plan_is_told_so(
    campaign: Campaign, client: Client, client_of: ClientOf, cast: Cast, outsider: User
) -> None:
    body = lbl2() | {"version": 0}
    assert client.put(HERE, body, content_type="application/json").status_code == 401
    for user in (cast.production, outsider):
        assert client_of(user).put(HERE, body, content_type="application/json").status_code == 403
    assert not PlanDraft.objects.exists()


@pytest.mark.parametrize(
    "body", [[], "plan", {"version": 0, "rows": {}}, {"version": 0, "rows": [5]}, {"version": 0, "samples": 5}]
)
def test_nonsense_is_refused_in_words(campaign: Campaign, client_of: ClientOf, cast: Cast, body: Any) -> None:
    answer = client_of(cast.shifter).put(HERE, body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"]


def test_rows_are_matched_to_what_was_submitted(client_of: ClientOf, cast: Cast) -> None:
    make_service()
    campaign = begin(cast)
    watch_justin_campaign(campaign, 377, actor=cast.coordinator)
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    make_workflow(
        1650, campaign=377, mql=f"{MQL} ordered skip 0 limit 6000", scope_name="fardet-hd", description="reco, part 1"
    )
    make_workflow(1513, campaign=377, mql=f"{MQL} ordered skip 6000 limit 1000", scope_name="fardet-hd")
    make_workflow(1638, campaign=377, mql=f"{MQL}\n ordered  skip 6000\nlimit 1000", scope_name="fardet-hd")
    make_workflow(1631, campaign=377, mql=f"{MQL} ordered skip 11800 limit 5050", scope_name="fardet-hd")
    make_workflow(1632, campaign=377, mql=f"{MQL} ordered skip 17000", description="lbl2-reco-2026 r5", scope_name="fardet-hd")
    make_workflow(1700, campaign=377, mql=f"{MQL} ordered limit 10", scope_name="usertests")
    rows = client_of(cast.shifter).get(HERE).json()["rows"]
    assert [row["computed"]["workflows"] for row in rows] == [[1700], [1650], [1513, 1638], [], [], [1632]]


def test_what_watched_workflows_cover_is_told_also_where_nothing_was_planned(db: None, client: Client) -> None:
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    make_workflow(1, mql=f"{MQL} ordered skip 0 limit 6000", files=(6000, 6000), state="finished")
    make_workflow(2, mql=f"{MQL} ordered skip 6000 limit 1000", files=(900, 1000))
    make_workflow(3, mql=f"{MQL} ordered skip 6900 limit 100", files=(100, 100))
    make_workflow(4, mql=f"{MQL} ordered skip 17000", files=(0, 3784))
    make_workflow(5, mql=f"{MQL} ordered limit 10", scope_name="usertests", files=(10, 10))
    make_workflow(6, mql="monte-carlo 500", files=(500, 500))
    make_workflow(7, mql="files from (a:b", files=(1, 1))
    answer = client.get(f"{HERE}coverage/").json()
    [sample] = answer["samples"]
    assert sample["n_files"] == N_FILES
    assert sample["planned"] is None
    assert sample["submitted"] == 7000 + 3784
    assert sample["gaps"] == [[7000, 17000]]
    assert sample["overlaps"] == [[6900, 7000, [2, 3]]]
    assert sample["workflows"] == [1, 2, 3, 4]
    assert (sample["processed"], sample["processed_exact"]) == (6900, False), (
        "at least: the overlap hides how many are distinct"
    )
    assert answer["together"]["submitted"] == sample["submitted"]
    assert answer["together"]["gaps"] == sample["gaps"]
    assert [one["workflow_id"] for one in answer["unread"]] == [7]


def test_several_samples_are_laid_end_to_end_where_their_sizes_are_known(db: None, client: Client) -> None:
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    make_workflow(1, mql="files from a:b ordered skip 0 limit 60", files=(60, 60))
    make_workflow(2, mql="files from a:b ordered skip 80", files=(0, 20))
    make_workflow(3, mql="files from a:c ordered skip 10 limit 20", files=(0, 20))
    make_workflow(4, mql="files from a:c ordered skip 20 limit 20", files=(0, 20))
    together = client.get(f"{HERE}coverage/").json()["together"]
    assert together["gaps"] == [[60, 80], [100, 110]]
    assert together["overlaps"] == [[120, 130, [3, 4]]]
    assert (together["planned"], together["submitted"], together["processed"]) == (None, 110, 60)
    make_workflow(5, mql="files from a:d ordered limit 5", files=(0, 5))
    together = client.get(f"{HERE}coverage/").json()["together"]
    assert (together["gaps"], together["overlaps"]) == (None, None), "of a:c nobody knows how long it is"


def test_without_a_plan_the_arithmetic_holds_all_the_same(campaign: Campaign, client_of: ClientOf, outsider: User) -> None:
    """As the tutorial has it, asked by anybody who is logged in."""
    slices = [{"skip": skip, "limit": limit} for skip, limit in SLICES]
    for first in (slices[-1], {"skip": 17000, "limit": -1}, {"skip": 17000}):
        asked = {"sample": "fardet-hd:lbl2", "n_files": N_FILES, "slices": [*slices[:-1], first]}
        answer = post(client_of(outsider), f"{HERE}draft/", asked)
        assert [row["remaining"] for row in answer.json()["rows"]] == REMAINING
        assert {"skip", "limit", "n_files", "remaining", "command"} <= set(answer.json()["rows"][0])


def test_the_examples_of_the_documentation_are_what_the_portal_says(
    campaign: Campaign, client_of: ClientOf, cast: Cast
) -> None:
    client = client_of(cast.shifter)
    for at, example in enumerate(PLAN_EXAMPLES):
        answer = client.put(HERE, example.value | {"version": at}, content_type="application/json")
        assert answer.status_code == 200, answer.content
        assert [row["computed"]["problems"] for row in answer.json()["rows"]] == [[]] * len(answer.json()["rows"])
    client.put(HERE, PLAN_EXAMPLES[0].value | {"version": 2}, content_type="application/json")
    equal, own, answered = DRAFT_EXAMPLES
    assert post(client, f"{HERE}draft/", equal.value).json()["rows"][-1]["remaining"] == 0
    answer = post(client, f"{HERE}draft/", own.value).json()
    for row, told in zip(answer["rows"], answered.value["rows"], strict=True):
        pieces = [piece.strip() for piece in told["command"].split("…") if piece.strip()]
        assert all(piece in row["command"] for piece in pieces)
        assert row | {"command": ""} == told | {"command": ""}
    document = client.get("/api/v1/schema/?format=json").json()
    draft = document["paths"]["/api/v1/campaigns/{slug}/plan/draft/"]["post"]
    assert len(draft["requestBody"]["content"]["application/json"]["examples"]) == 2


def test_a_validation_sample_is_no_overlap_with_full_production(client_of: ClientOf, cast: Cast) -> None:
    make_service()
    campaign = begin(cast)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    make_workflow(1, mql=f"{MQL} ordered skip 0 limit 100", files=(100, 100), state="finished")
    make_workflow(2, mql=f"{MQL} ordered skip 0 limit 1000", files=(1000, 1000), state="finished")
    walk_to(campaign, "validation", cast)
    attach_workflow(campaign, "validation", 1, actor=cast.shifter)
    [sample] = client_of(cast.shifter).get(f"{HERE}coverage/").json()["samples"]
    assert (sample["overlaps"], sample["submitted"], sample["processed_exact"]) == ([], 1000, True)


def test_a_plan_of_1000_rows_and_workflows_costs_the_queries_of_one_of_5(
    client_of: ClientOf, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    make_service()
    campaign = begin(cast)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    client, counts = client_of(cast.shifter), []
    for version, n in enumerate((5, 1000)):
        plan = lbl2()
        plan["rows"] = [{"key": f"r{at}", "step": "production", "sample": "s1", "skip": at, "limit": 1} for at in range(n)]
        save_plan(campaign, plan, actor=cast.shifter, version=version)
        for at in range(0, n, 2):
            make_workflow(10_000 * n + at, mql=f"{MQL} ordered skip {at} limit 1", files=(1, 1), scope_name="fardet-hd")
        slices = {"slices": [{"skip": at, "limit": 1} for at in range(n)]}
        for ask in (
            lambda: client.get(HERE),
            lambda: client.get(f"{HERE}coverage/"),
            lambda: post(client, f"{HERE}draft/", slices),  # noqa: B023
            lambda: client.put(HERE, plan | {"version": version + 1}, content_type="application/json"),  # noqa: B023
        ):
            with django_assert_max_num_queries(60) as seen:
                assert ask().status_code == 200
            counts.append(len(seen))
    assert counts[:4] == counts[4:]
    assert max(counts[:3]) <= 10
