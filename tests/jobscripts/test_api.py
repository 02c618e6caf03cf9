"""A campaign's files by API: the same services and refusals as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from campaigns.jobscripts import current_hash
from campaigns.models import Campaign, JobscriptVersion
from campaigns.plan_services import save_plan
from tests.campaigns.steps.walking import Cast, begin
from tests.jobscripts.keeping import COMMIT, REFERENCE, keep
from tests.jobscripts.scripts import changed, script
from tests.planning.plans import lbl2

pytestmark = pytest.mark.django_db
HERE = "/api/v1/campaigns/pdhd-reco-2026b/jobscripts/"


def post(client: Client, **body: Any) -> Any:
    return client.post(HERE, body, content_type="application/json")


def test_a_version_that_is_kept_comes_back_with_its_hash_and_what_the_linter_says(
    campaign: Campaign, of_shifter: Client
) -> None:
    text = changed("reco", "exit 3", "exit 255")
    answer = post(of_shifter, name="reco.jobscript", version=0, text=text, note="First.")
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert answer["Location"].endswith(f"/jobscripts/{told['id']}/")
    assert (told["version"], told["text"], told["sha256"]) == (1, text, current_hash(campaign))
    assert [(one["rule"], one["line"]) for one in told["findings"]] == [("exit-range", 23)]
    assert told["findings"][0]["why"].startswith("justIN keeps codes up to 127.")
    assert of_shifter.get(answer["Location"]).json() == told


def test_the_list_has_the_newest_of_each_and_one_name_has_all(campaign: Campaign, cast: Cast, client: Client) -> None:
    keep(campaign, cast, script("reco"))
    keep(campaign, cast, script("many"))
    keep(campaign, cast, "x: 1\n", "a.fcl", kind="input")
    told = client.get(HERE).json()["results"]
    assert [(one["name"], one["version"], one["is_run_now"], one["is_newest"]) for one in told] == [
        ("a.fcl", 1, False, True), ("reco.jobscript", 2, True, True),
    ]  # fmt: skip
    assert "text" not in told[0]
    every = client.get(f"{HERE}?name=reco.jobscript").json()["results"]
    assert [(one["version"], one["is_newest"]) for one in every] == [(2, True), (1, False)]
    assert client.get(f"{HERE}?page_size=1").json()["next"]


def test_blanks_and_line_ends_are_kept_as_they_are(campaign: Campaign, of_shifter: Client) -> None:
    post(of_shifter, name="a", version=0, text="  #!/bin/bash\r\n\n")
    assert JobscriptVersion.objects.get().text == "  #!/bin/bash\r\n\n"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "name"),
        ({"name": "a", "version": 0}, 400, "text"),
        ({"name": "a b", "version": 0, "text": "x"}, 400, "name"),
        ({"name": "a", "text": "x"}, 400, "version"),
        ({"name": "a", "version": "0", "text": "x"}, 400, "version"),
        ({"name": "a", "version": 0, "text": 5}, 400, "text"),
        ({"name": "a", "version": 0, "text": "a\u0000b"}, 400, "text"),
        ({"name": "a", "version": 0, "text": "x", "kind": "y"}, 400, "kind"),
        ({"name": "a", "version": 0, "git_reference": REFERENCE}, 400, "git_commit"),
        ({"name": "a", "version": 0, "text": "x", "based_on": 77}, 400, "based_on"),
        ({"name": "a", "version": 0, "text": "x", "colour": "red"}, 400, "colour"),
        ({"name": "a", "version": 3, "text": "x"}, 409, "version"),
        ({"name": "reco.jobscript", "version": 0, "text": "x"}, 409, "version"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_field_at_fault(
    campaign: Campaign, cast: Cast, of_shifter: Client, body: dict[str, Any], status: int, field: str
) -> None:
    keep(campaign, cast)
    answer = post(of_shifter, **body)
    assert answer.status_code == status, answer.content
    assert f'"{field}"' in answer.content.decode()
    assert JobscriptVersion.objects.count() == 1


def test_who_may_not_is_told_the_rule_before_what_was_sent_is_looked_at(
    campaign: Campaign, client: Client, client_of: Any, requester
) -> None:
    assert post(client, name=5).status_code == 401
    answer = post(client_of(requester), name=5)
    assert answer.status_code == 403
    assert "Only shifters of pdhd-reco-2026b and coordinators" in answer.content.decode()


def test_a_version_of_another_campaign_or_none_is_a_404(campaign: Campaign, cast: Cast, client: Client) -> None:
    other = keep(begin(cast, "other-2026"), cast)
    for pk in (other.pk, 999_999, 2**70):
        assert client.get(f"{HERE}{pk}/").status_code == 404
    assert client.get("/api/v1/campaigns/nothing/jobscripts/").status_code == 404
    assert client.get(f"{HERE}?colour=red").status_code == 400


def test_a_version_that_is_only_in_git_has_no_findings(campaign: Campaign, of_shifter: Client) -> None:
    told = post(of_shifter, name="a", version=0, git_reference=REFERENCE, git_commit=COMMIT).json()
    assert (told["text"], told["findings"], told["size_bytes"]) == ("", None, 0)


def test_the_plan_says_which_version_its_commands_name_and_takes_the_answer_back(
    campaign: Campaign, cast: Cast, of_shifter: Client
) -> None:
    plan = lbl2()
    del plan["common"]["jobscript_git"]
    save_plan(campaign, plan, actor=cast.shifter, version=0)
    kept = keep(campaign, cast)
    path = "/api/v1/campaigns/pdhd-reco-2026b/plan/"
    told = of_shifter.get(path).json()
    assert told["jobscript"] == {"id": kept.pk, "name": "reco.jobscript", "version": 1, "sha256": kept.sha256}
    assert "jobscript" not in told["common"]
    assert "--jobscript reco.jobscript" in told["rows"][0]["computed"]["command"]
    assert of_shifter.put(path, told, content_type="application/json").status_code == 200
    drafted = of_shifter.post(f"{path}draft/", {"n_files": 10, "files_per_workflow": 5}, content_type="application/json").json()
    assert "--jobscript reco.jobscript" in drafted["rows"][0]["command"]


def test_the_list_costs_the_same_however_many_versions_there_are(
    campaign: Campaign, cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        keep(campaign, cast, f"echo {number}\n")
        keep(campaign, cast, f"echo {number}\n", f"f{number}")
    with django_assert_max_num_queries(6):
        assert len(client.get(HERE).json()["results"]) == 9
