"""Importing production's lists on a page: looked at, then taken; and the list that the page gives out."""

from __future__ import annotations

import csv
import html
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.models import Campaign, CampaignStatus, PlanDraft, PlannedWorkflow
from campaigns.plan_services import save_plan
from campaigns.planning.content import read_content
from campaigns.planning.reported import reported
from portal.models import User
from tests.campaigns.steps.walking import Cast
from tests.planning.plans import lbl2
from tests.planning.watched import planned, submitted
from tests.requests.filing import filed

pytestmark = pytest.mark.django_db
URL = "/campaigns/lbl2-reco-2026/plan/"
LIST = "NAMESPACE,DATASET,SKIP,BATCH,WORKFLOW iD\nfardet-hd,lbl2-nu-fhc,6000,1000,1638\nfardet-hd,other,0,-1,1700\n"


def sent(client: Client, **data: Any) -> Any:
    return client.post(f"{URL}import/", {"version": "1", **data})


def said(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).split())


def n_rows() -> int:
    return len(PlanDraft.objects.get().content["rows"])


def test_a_list_is_looked_at_before_anything_is_taken(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    answer = sent(of_shifter, text=LIST, action="preview")
    assert answer.status_code == 200
    told = said(answer)
    assert "2 of 2 lines can be taken" in told
    assert "r2: there already" in told
    assert "Row r6 added: full production, s2, 0 / to the end" in told
    assert "Sample s2 added: files from fardet-hd:other" in told
    assert "2 workflows will be recorded for their rows: 1638 for r2, 1700 for r6." in told
    assert not PlannedWorkflow.objects.exists()
    assert n_rows() == 6
    assert sent(of_shifter, text=LIST, action="take").headers["Location"] == URL
    assert [row.key for row in read_content(PlanDraft.objects.get().content).rows][-1] == "r6"
    assert reported(Campaign.objects.get()) == {1638: "r2", 1700: "r6"}


def test_a_file_goes_before_what_was_pasted(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    file = SimpleUploadedFile("list.csv", LIST.encode("utf-16"))
    assert "2 of 2 lines can be taken" in said(sent(of_shifter, file=file, text="nothing", action="preview"))
    broken = SimpleUploadedFile("list.xlsx", b"PK\0\0")
    answer = sent(of_shifter, file=broken, action="preview")
    assert answer.status_code == 400
    assert "list.xlsx is no text file" in said(answer)


def test_bad_lines_are_told_with_their_column_and_the_others_taken(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    text = LIST + "fardet-hd,third,many,5,\n"
    told = said(sent(of_shifter, text=text, action="preview"))
    assert "2 of 3 lines can be taken" in told
    assert "<b>SKIP</b> “many” is not a number" in told
    sent(of_shifter, text=text, action="take")
    assert n_rows() == 7


def test_a_list_with_nothing_to_take_takes_nothing(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    for text in ("", "a,b\n1,2\n", "NAMESPACE,DATASET,SKIP\na,b,x\n"):
        assert sent(of_shifter, text=text, action="take").status_code == 400
    assert PlanDraft.objects.get().version == 1


def test_a_list_that_was_looked_at_before_somebody_saved_is_not_taken(of_shifter: Client, cast: Cast) -> None:
    campaign = planned(cast)
    save_plan(campaign, lbl2(rss_mib=6000), actor=cast.coordinator, version=1)
    answer = sent(of_shifter, text=LIST, action="take")
    assert answer.status_code == 409
    assert "coordinator1 saved it" in said(answer)
    assert 'name="version" value="2"' in answer.content.decode()
    assert n_rows() == 6


def test_a_workflow_that_cannot_be_recorded_is_told_and_stops_no_other(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    twice = LIST + "fardet-hd,third,0,-1,1638\n"
    told = said(of_shifter.post(f"{URL}import/", {"version": "1", "text": twice, "action": "take"}, follow=True))
    assert "2 workflows of the list recorded for their rows." in told
    assert "Workflow 1638, row r7: " in told
    assert reported(Campaign.objects.get()) == {1638: "r2", 1700: "r6"}
    again = said(sent(of_shifter, text=twice, action="preview"))
    assert "1 workflow will be recorded for its row: 1638 for r7." in again


def test_replacing_drops_the_rows_that_are_not_in_the_list(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    told = said(sent(of_shifter, text=LIST, replace="yes", action="preview"))
    assert "Replace the plan’s 6 rows by these" in told
    assert "Row r1 removed" in told
    sent(of_shifter, text=LIST, replace="yes", action="take")
    content = PlanDraft.objects.get().content
    assert [row["key"] for row in content["rows"]] == ["r2", "r6"]
    assert content["common"]["campaign_id"] == 377


def test_lines_are_for_what_was_chosen_where_they_do_not_say(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    sent(of_shifter, text=LIST, action="take", **{"for": "small-run"})
    assert {(row["step"], row["use"]) for row in PlanDraft.objects.get().content["rows"][6:]} == {("validation", "small-run")}


def test_only_those_who_plan_import(client: Client, client_of: Callable[[User], Client], cast: Cast, outsider: User) -> None:
    campaign = planned(cast)
    for user in (outsider, cast.production):
        assert client_of(user).get(f"{URL}import/").status_code == 403
        assert sent(client_of(user), text=LIST, action="take").status_code == 403
    assert sent(client, text=LIST, action="take").headers["Location"].startswith("/accounts/login/")
    Campaign.objects.filter(pk=campaign.pk).update(status=CampaignStatus.FINISHED)
    assert sent(client_of(cast.shifter), text=LIST, action="take").headers["Location"] == URL
    assert PlanDraft.objects.get().version == 1


def test_the_list_says_what_became_of_each_row(of_shifter: Client, cast: Cast, requester: User) -> None:
    campaign = planned(cast)
    submitted(campaign)
    campaign.requests.add(filed(requester))
    text = of_shifter.get(f"{URL}list.csv").content.decode()
    table = list(csv.DictReader(text.splitlines()))
    assert [row["WORKFLOW iD"] for row in table] == ["1501", "1650", "1513 1638", "1639", "1661", ""]
    first = table[1]
    assert (first["status"], first["# of jobs"], first["#files"], first["success fraction"]) == (
        "finished", "6412", "6000", "0.9357",
    )  # fmt: skip
    assert (table[2]["PASS"], table[5]["status"], table[5]["BATCH"]) == ("2", "not submitted", "-1")
    assert first["DUNESW"] == "v10_12_01d00"
    answer = sent(of_shifter, text=text, action="take")
    assert answer.status_code == 302
    assert PlanDraft.objects.get().version == 1, "the list of a plan says what the plan says"


def test_the_list_costs_the_same_whatever_its_size(of_shifter: Client, cast: Cast, django_assert_max_num_queries: Any) -> None:
    campaign = planned(cast)
    counts = []
    for version, n in ((1, 5), (2, 1000)):
        plan = lbl2()
        plan["rows"] = [{"key": f"r{at}", "step": "production", "sample": "s1", "skip": at, "limit": 1} for at in range(n)]
        save_plan(campaign, plan, actor=cast.shifter, version=version)
        with django_assert_max_num_queries(25) as seen:
            assert len(of_shifter.get(f"{URL}list.csv").content.decode().splitlines()) == n + 1
        counts.append(len(seen))
    assert counts[0] == counts[1]
