"""The page of a plan: do slices cover the sample once, what was submitted otherwise, what to submit next and how."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Callable

import pytest
from django.test import Client

from campaigns.models import Campaign, PlanDraft, PlannedWorkflow, PlanRevision
from campaigns.plan.mql import parse_mql
from campaigns.plan_services import publish_plan, save_plan
from campaigns.planning import actual
from campaigns.planning.actual import Read
from campaigns.planning.content import read_content
from campaigns.planning.rows import lay_out
from monitoring.models import Workflow
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin, walk_to
from tests.factories import Jobs, make_failed_files, make_service, make_tally
from tests.planning.plans import MQL, lbl2
from tests.planning.watched import planned, submitted, take
from tests.requests.filing import filed

pytestmark = pytest.mark.django_db
URL = "/campaigns/lbl2-reco-2026/plan/"


def text(answer) -> str:
    """What is read, without tags, blanks made even."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&#x27;", "'").split())


def rows(answer, *, tried: bool = False) -> list[list[str]]:
    """Cells of the rows of the first lane, or of the tries under them."""
    body = answer.content.decode().split("plan-lane")[1].split("<tbody>")[1].split("</tbody>")[0]
    lines = [row for row in body.split("</tr>")[:-1] if "command-row" not in row and ('class="tried"' in row) == tried]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in lines]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_the_tutorials_rows_stand_with_what_remains(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    answer = of_shifter.get(f"{URL}?lane=production.s1")
    assert [row[:4] for row in rows(answer)] == [
        ["2 r1", "0", "6,000", "14,784"],
        ["3 r2", "6,000", "1,000", "13,784"],
        ["4 r3", "7,000", "5,000", "8,784"],
        ["5 r4", "12,000", "5,000", "3,784"],
        ["6 r5", "17,000", "to the end", "0"],
    ]
    assert "All 20,784 files, each once." in text(answer)


def test_what_was_submitted_stands_beside_what_was_planned(of_shifter: Client, cast: Cast) -> None:
    submitted(planned(cast))
    answer = of_shifter.get(f"{URL}?lane=production.s1")
    first, second, third, fourth, fifth = rows(answer)
    assert first[4:12] == ["1650", "finished", "as planned", "6,412", "93.6", "6,000", "unknown", "unknown"]
    assert second[4] == "1638 2nd try"
    assert [row[2:5] for row in rows(answer, tried=True)] == [["1513 1st try", "finished", "as planned"]]
    assert "Output of every row: lbl2-reco-2026 ;" in text(answer)
    assert "1513 before it processed 40 files: they may be there twice" in second[-1]
    assert third[9:12] == ["4,691", "308", "1"]
    assert fourth[4:7] == ["1661", "running", "11,800 / 5,050"]
    assert fifth[4:7] == ["–", "next", "–"]
    told = text(answer)
    assert "Workflow 1661 is not row 5: 11,800 / 5,050." in told
    assert "Taken twice: 11,800 to 11,999 (200 files) in workflows 1639 and 1661." in told
    assert "In no workflow and no row: 16,850 to 16,999 (150 files)." in told
    assert "4 of 5" in told
    drawn = answer.content.decode().split('<svg class="spans"')[1]
    assert ">200 twice<" in drawn
    assert ">150 never<" in drawn
    assert "plan/edit/?add=s1:16850:17000" in answer.content.decode()


def test_an_output_dataset_that_names_its_workflow_stands_in_each_row(of_shifter: Client, cast: Cast) -> None:
    plan = lbl2(output_patterns=["*_reco2.root:lbl2-${JUSTIN_WORKFLOW_ID}", "*_hist.root:https://x.org/scratch"])
    submitted(planned(cast, plan))
    answer = of_shifter.get(f"{URL}?lane=production.s1")
    assert rows(answer)[0][12] == "lbl2-1650 https://x.org/scratch"
    assert rows(answer)[4][12] == "lbl2-${JUSTIN_WORKFLOW_ID} https://x.org/scratch"
    assert "Output of every row" not in text(answer)


def test_to_the_end_and_as_many_as_are_left_are_the_same_slice(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    take(1700, 17000, 3784, description="by hand")
    fifth = rows(of_shifter.get(f"{URL}?lane=production.s1"))[4]
    assert fifth[4:7] == ["1700", "finished", "as planned"]


def test_a_workflow_that_found_no_file_took_nothing(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    take(1650, 0, 6000)
    take(1700, 0, None, description="all at once, too many", files=(0, 0))
    told = text(of_shifter.get(f"{URL}?lane=production.s1"))
    assert "Taken twice" not in told
    assert "Workflows that serve no row" in told
    take(1701, 0, None, description="all at once, begun", files=(0, 0), state="running")
    assert "in workflows 1650 and 1701" in text(of_shifter.get(f"{URL}?lane=production.s1"))


def test_next_is_the_first_row_of_the_current_step_with_a_command_that_reads_back(of_shifter: Client, cast: Cast) -> None:
    campaign = planned(cast)
    told = text(of_shifter.get(URL))
    assert "Next: row 1" in told
    assert "--scope usertests" in told
    assert "step 2, Test, is not open yet" in told
    assert "justIN campaign 437 is not watched here" in told
    walk_to(campaign, "production", cast)
    told = text(of_shifter.get(URL))
    assert "Next: row 2" in told
    assert "scope fardet-hd, right for full production" in told
    assert "6,000 files, at most 8,000" in told
    assert "reads back as row 2" in told


def test_a_row_that_cannot_be_submitted_says_why_and_has_no_command(of_shifter: Client, cast: Cast) -> None:
    planned(cast, lbl2(scope="usertests"))
    told = text(of_shifter.get(f"{URL}?lane=production.s1"))
    assert "Row 2: usertests is for tests; a production workflow needs the scope of its detector." in told
    assert "cannot be submitted yet" in told


def test_gaps_overlaps_and_too_many_files_of_the_plan_itself_are_named(of_shifter: Client, cast: Cast) -> None:
    plan = lbl2()
    plan["rows"][2] |= {"skip": 5900}  # 5,900 to 6,899: 100 twice, 100 in no row
    plan["rows"][4] |= {"skip": 11000, "limit": 10_000}
    planned(cast, plan)
    told = text(of_shifter.get(f"{URL}?lane=production.s1"))
    assert "In no row: 6,900 to 6,999 (100)." in told
    assert "5,900 to 5,999 (100, rows 2 and 3)" in told
    assert "Past the end: row 5." in told
    assert "Row 5: 9,784 files in one workflow" in told


def test_a_workflow_that_would_be_run_over_by_an_open_row_is_told(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    take(1700, 17000, 1000, description="somebody else")
    told = text(of_shifter.get(f"{URL}?lane=production.s1"))
    assert "Would be taken twice: 17,000 to 17,999 (1,000 files) in workflow 1700 and row 6." in told
    assert "Workflows that serve no row" in told
    take(1702, 20000, None, description="another")
    take(1703, 16999, 2, description="a third")
    told = text(of_shifter.get(f"{URL}?lane=production.s1"))
    assert "Would be taken twice: 17,000 to 17,999 (1,000 files) in workflows 1700 and 1703 and row 6." in told
    assert "Would be taken twice: 20,000 to 20,783 (784 files) in workflow 1702 and row 6." in told
    assert "Would be taken twice: 16,999 (1 file) in workflow 1703 and row 5." in told
    plan = lbl2()
    plan["rows"] = plan["rows"][5:]
    save_plan(Campaign.objects.get(), plan, actor=cast.shifter, version=1)
    reasons = text(of_shifter.get(URL)).partition("Next: row 1")[2]
    assert "would be taken twice: 17,000 to 17,999 (1,000 files) in workflows 1700 and 1703 and row 1" in reasons


def test_a_workflow_of_another_sample_or_scope_is_no_silent_match(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    take(1701, 0, 6000, description="lbl2-reco-2026 r1", mql="files from fardet-hd:other ordered skip 0 limit 6000")
    take(1702, 6000, 1000, description="lbl2-reco-2026 r2", scope_name="usertests")
    answer = of_shifter.get(f"{URL}?lane=production.s1")
    assert [row[6] for row in rows(answer)[:2]] == ["another sample", "scope usertests"]


def test_those_who_do_not_work_here_see_the_newest_revision_and_no_draft(
    client: Client, client_of: Callable[[User], Client], cast: Cast
) -> None:
    campaign = planned(cast)
    for reader in (client, client_of(cast.production)):
        told = text(reader.get(URL))
        assert "A plan is being drafted" in told
        assert "14,784" not in told
    publish_plan(campaign, actor=cast.shifter, version=1, note="as discussed")
    save_plan(campaign, lbl2(rss_mib=6000), actor=cast.shifter, version=1)
    told = text(client.get(URL))
    assert "revision 1" in told
    assert "--rss-mib 4000" in told
    assert "Edit the draft" not in told
    of_shifter = text(client_of(cast.shifter).get(URL))
    assert "--rss-mib 6000" in of_shifter
    assert "version 2, saved by shifter1" in of_shifter


def test_every_revision_has_an_address_and_an_unknown_one_is_not_found(client: Client, cast: Cast) -> None:
    campaign = planned(cast)
    publish_plan(campaign, actor=cast.shifter, version=1)
    save_plan(campaign, lbl2(rss_mib=6000), actor=cast.shifter, version=1)
    publish_plan(campaign, actor=cast.shifter, version=2)
    assert "--rss-mib 4000" in text(client.get(f"{URL}?revision=1"))
    assert "--rss-mib 6000" in text(client.get(URL))
    for wrong in ("3", "0", "x", "-1", "1" * 30):
        assert client.get(f"{URL}?revision={wrong}").status_code == 404


def test_publishing_says_before_what_changes_and_which_sign_offs_lapse(of_shifter: Client, cast: Cast) -> None:
    campaign = planned(cast)
    assert "The first revision: 6 rows, 1 sample." in text(of_shifter.get(URL))
    assert of_shifter.post(f"{URL}publish/", {"version": "1", "note": "as discussed"}).status_code == 302
    assert PlanRevision.objects.get().note == "as discussed"
    walk_to(campaign, "test", cast)
    plan = lbl2(rss_mib=6000)
    plan["rows"][1]["limit"] = 5000
    del plan["rows"][5]
    plan["rows"].append({"key": "r9", "step": "production", "sample": "s1", "skip": 17000, "limit": 100})
    save_plan(campaign, plan, actor=cast.shifter, version=1)
    told = text(of_shifter.get(URL))
    assert "Memory: 4,000 → 6,000" in told
    assert "Row r1: limit 6,000 → 5,000" in told
    assert "Row r5 removed: full production, s1, 17,000 / to the end" in told
    assert "Row r9 added: full production, s1, 17,000 / 100" in told
    assert "production1 for production, step 1; datamanager1 for data management, step 1. Both teams sign anew." in told
    answer = of_shifter.post(f"{URL}publish/", {"version": "1", "note": "too late"})
    assert answer.status_code == 409
    assert "in the meantime" in text(answer)
    assert 'value="too late"' in answer.content.decode()
    assert PlanRevision.objects.count() == 1


def test_only_those_who_work_here_draft_and_publish(
    client: Client, client_of: Callable[[User], Client], cast: Cast, outsider: User
) -> None:
    planned(cast)
    for path in ("draft", "publish"):
        assert client.post(f"{URL}{path}/").headers["Location"].startswith("/accounts/login/")
        for user in (outsider, cast.production, cast.data_manager):
            data = {"version": "1", "files_per_workflow": "100", "jobs_per_workflow": "10"}
            assert client_of(user).post(f"{URL}{path}/", data).status_code == 403
        assert client_of(cast.shifter).get(f"{URL}{path}/").headers["Location"] == URL
    assert PlanDraft.objects.get().version == 1
    assert not PlanRevision.objects.exists()


def test_a_plan_is_drafted_from_the_request_and_never_replaced_unasked(of_shifter: Client, cast: Cast, requester: User) -> None:
    make_service()
    campaign = begin(cast, "lbl2-reco-2026")
    campaign.requests.add(filed(requester))
    assert "Draft from the request" in text(of_shifter.get(URL))
    form = {"files_per_workflow": "5000", "jobs_per_workflow": "1000"}
    for wrong in ("0", "8001", "many", ""):
        assert of_shifter.post(f"{URL}draft/", form | {"files_per_workflow": wrong}).status_code == 400
    assert of_shifter.post(f"{URL}draft/", form).headers["Location"] == URL
    draft = PlanDraft.objects.get()
    assert {row["step"] for row in draft.content["rows"]} == {"test", "validation", "production"}
    again = of_shifter.post(f"{URL}draft/", form | {"files_per_workflow": "100"})
    assert again.status_code == 200
    assert "There is a draft already" in text(again)
    save_plan(campaign, lbl2(), actor=cast.coordinator, version=1)
    stale = of_shifter.post(f"{URL}draft/", form | {"replace": "1"})
    assert stale.status_code == 409
    assert "saved by coordinator1" in text(stale)
    assert PlanDraft.objects.get().content["samples"][0]["label"] == "nu, FHC"
    assert of_shifter.post(f"{URL}draft/", form | {"replace": "2"}).status_code == 302
    assert PlanDraft.objects.get().version == 3


def test_a_campaign_never_planned_here_shows_what_was_submitted(client: Client, cast: Cast) -> None:
    campaign = planned(cast)
    PlanDraft.objects.all().delete()
    submitted(campaign)
    take(1800, 17000, None, state="running", files=(0, 3784))
    told = text(client.get(URL))
    assert "Nothing is planned yet" in told
    assert "fardet-hd:lbl2-nu-fhc" in told
    assert "20,784 files, as justIN found them" in told
    assert "11,800 to 11,999 (200 files) in workflows 1639 and 1661" in told
    assert "In no workflow: 16,850 to 16,999 (150 files)." in told


def test_names_are_shown_as_typed_and_run_nothing(of_shifter: Client, cast: Cast) -> None:
    plan = lbl2()
    plan["samples"][0]["label"] = "<script>alert(1)</script>"
    plan["rows"][1]["notes"] = "<img src=x onerror=alert(1)>"
    planned(cast, plan)
    html = of_shifter.get(f"{URL}?lane=production.s1").content.decode()
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


@pytest.mark.parametrize("lane", ["", "all", "production.s1", "no-such", "<b>"])
def test_every_part_of_the_plan_has_an_address(of_shifter: Client, cast: Cast, lane: str) -> None:
    submitted(planned(cast))
    assert of_shifter.get(URL, {"lane": lane}).status_code == 200


def test_a_plan_of_1000_rows_costs_no_more_queries_than_one_of_5(
    of_shifter: Client, cast: Cast, django_assert_max_num_queries
) -> None:
    campaign = planned(cast)
    publish_plan(campaign, actor=cast.shifter, version=1)
    counts = []
    for n in (5, 1000):
        plan = lbl2(rss_mib=4000 + n)
        plan["rows"] = [
            {"key": f"r{at}", "step": "production", "sample": "s1", "skip": 40 * at, "limit": 40} for at in range(n)
        ]
        save_plan(campaign, plan, actor=cast.shifter, version=PlanDraft.objects.get().version)
        for at in range(0, n, 2):
            done = take(10_000 * n + at, 40 * at, 40)
            make_tally(done, [Jobs("CERN", "finished", 39), Jobs("CERN", "script-error", 1, code=65)])
            make_failed_files(done, [f"a:{at}"])
            PlannedWorkflow.objects.create(
                campaign=campaign, row_key=f"r{at}", workflow=done, how="person", reported_by=cast.shifter
            )
        with django_assert_max_num_queries(25) as seen:
            assert of_shifter.get(f"{URL}?lane=all").status_code == 200
        counts.append(len(seen))
        with django_assert_max_num_queries(25) as seen:
            assert of_shifter.get(f"{URL}edit/").status_code == 200
        counts.append(len(seen))
    assert counts[:2] == counts[2:]


def test_the_csv_and_the_markdown_say_what_the_page_says(of_shifter: Client, client: Client, cast: Cast) -> None:
    submitted(planned(cast))
    table = list(csv.DictReader(of_shifter.get(f"{URL}rows.csv").content.decode().splitlines()))
    assert [row["remaining"] for row in table][1:] == ["14784", "13784", "8784", "3784", "0"]
    assert [row["workflow"] for row in table] == ["1501", "1650", "1638", "1639", "1661", ""]
    assert table[4]["submitted_otherwise"] == "11,800 / 5,050"
    markdown = of_shifter.get(f"{URL}plan.md").content.decode()
    assert "| 5 | 12,000 | 5,000 | 3,784 | 1661 | running | 3,557 | 100.0 | 3,557 |" in markdown
    assert len(client.get(f"{URL}rows.csv").content.decode().splitlines()) == 1  # the head alone: nothing is published


def test_the_script_submits_the_open_rows_of_a_step_and_is_sound_bash(of_shifter: Client, cast: Cast, tmp_path) -> None:
    submitted(planned(cast))
    answer = of_shifter.get(f"{URL}submit.sh?step=production")
    script = answer.content.decode()
    assert script.count("--scope fardet-hd") == 1
    assert "skip 17000" in script
    assert answer.headers["Content-Disposition"].endswith('production.sh"')
    path = tmp_path / "submit.sh"
    path.write_text(script)
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
    assert of_shifter.get(f"{URL}submit.sh?step=setup").status_code == 404
    assert of_shifter.get(f"{URL}submit.sh?step=test").status_code == 409  # its one row was submitted


def test_a_plan_without_a_justin_campaign_makes_one_of_the_right_quota_first(of_shifter: Client, cast: Cast) -> None:
    plan = lbl2(scope="fardet-hd")
    del plan["common"]["campaign_id"], plan["common"]["test_campaign_id"]
    campaign = planned(cast, plan)
    told = text(of_shifter.get(URL))
    assert (
        "justin create-campaign --description &#x27;lbl2-reco-2026 tests&#x27; --quota usertests".replace("&#x27;", "'") in told
    )
    assert "no justIN campaign yet" in told
    script = of_shifter.get(f"{URL}submit.sh?step=production").content.decode()
    assert "\nmake_campaign justin create-campaign --description lbl2-reco-2026 --quota fardet-hd\n" in script
    assert script.count('--campaign-id "$campaign_id"') == 5
    save_plan(campaign, lbl2(campaign_id=None, quota="fd-quota"), actor=cast.shifter, version=1)
    assert "--quota fd-quota" in of_shifter.get(f"{URL}submit.sh?step=production").content.decode()
    assert "create-campaign" not in text(of_shifter.get(URL)), "the next row is a test, whose campaign is there"
    save_plan(campaign, lbl2(), actor=cast.shifter, version=2)
    assert "make_campaign justin" not in of_shifter.get(f"{URL}submit.sh?step=production").content.decode()


def test_a_reader_of_a_closed_portal_sees_nothing(client: Client, cast: Cast, settings) -> None:
    planned(cast)
    settings.PUBLIC_READ = False
    for path in ("", "rows.csv", "plan.md", "submit.sh?step=test"):
        assert client.get(f"{URL}{path}").status_code in (302, 404)


def test_each_query_is_read_once_however_many_rows_meet_how_many_workflows(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = lbl2()
    row = {"step": "production", "sample": "s1", "limit": 40}
    plan["rows"] = [row | {"key": f"r{at}", "skip": 40 * at} for at in range(300)]
    content = read_content(plan)
    layout = lay_out(content)
    reads = [
        Read(Workflow(justin_id=at, mql=MQL, scope_name="fardet-hd"), parse_mql(f"{MQL} ordered skip {40 * at} limit 40"))
        for at in range(300)
    ]
    asked: list[str | None] = []
    monkeypatch.setattr(actual, "parse_mql", lambda text: asked.append(text) or parse_mql(text))
    found = actual.against(content, layout, reads, {})
    assert [one.attempts[0].workflow.justin_id for one in found] == list(range(300))
    assert len(asked) == 1
