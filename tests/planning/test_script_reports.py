"""The script that tells the portal its ids: run by bash, against a stand-in for justin and the portal itself over HTTP."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.campaign_tokens import make_token
from campaigns.models import Campaign, CampaignToken, PlannedWorkflow
from campaigns.plan.errors import WrongValue
from campaigns.plan.reporting import Reporting
from campaigns.plan.script import read_record, script_of
from campaigns.plan_services import save_plan
from campaigns.services import watch_justin_campaign
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin
from tests.factories import make_service
from tests.plan.rows import a_row
from tests.plan.standin import StandIn
from tests.planning.plans import lbl2

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl"),
]
RECORD = "lbl2-reco-2026-production.tsv"
HELP = "usage: justin COMMAND OPTIONS\n"


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    make_service()
    campaign = begin(cast, "lbl2-reco-2026")
    watch_justin_campaign(campaign, 377, actor=None)
    save_plan(campaign, lbl2(), actor=cast.shifter, version=0)
    return campaign


@pytest.fixture
def justin(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "justin")


@pytest.fixture
def folder(tmp_path: Path, live_server, client: Client, campaign: Campaign, cast: Cast) -> Path:
    """Where the shifter works: the script as the page of the plan gives it, and a token in a file."""
    made = tmp_path / "work"
    made.mkdir()
    client.force_login(cast.shifter)
    address = f"/campaigns/{campaign.slug}/plan/submit.sh?step=production&report=1"
    host = live_server.url.removeprefix("http://")
    script = client.get(address, headers={"Host": host}).content.decode()
    assert f"{live_server.url}/api/v1/campaigns/lbl2-reco-2026/plan/reports/" in script
    (made / "submit.sh").write_text(script)
    token = make_token(campaign, actor=cast.shifter, scope="report", name="test", days=1)[1]
    assert token not in script
    (made / "token").write_text(f"{token}\n")
    return made


def run(justin: StandIn, folder: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    given = {"PORTAL_TOKEN_FILE": "token"} | env
    return justin.bash("submit.sh", *options, cwd=folder, **given)


def known() -> dict[str, list[int]]:
    """What the portal was told."""
    found: dict[str, list[int]] = {}
    for one in PlannedWorkflow.objects.order_by("workflow__justin_id").select_related("workflow"):
        found.setdefault(one.row_key, []).append(one.workflow.justin_id)
    return found


ALL = {"r1": [12345], "r2": [12346], "r3": [12347], "r4": [12348], "r5": [12349]}


def test_each_id_is_told_as_soon_as_it_is_known(justin: StandIn, folder: Path) -> None:
    ran = run(justin, folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "The portal was told of 5." in ran.stdout
    assert known() == ALL
    assert set(PlannedWorkflow.objects.values_list("how", flat=True)) == {"script"}
    shas = {one.row_key: one.command_sha for one in PlannedWorkflow.objects.all()}
    noted = [line.split("\t") for line in (folder / RECORD).read_text().splitlines() if "begun" not in line]
    assert list(shas.values()) == [print_ for _row, _id, print_ in noted]


def test_the_page_knows_the_command_again_that_was_run(justin: StandIn, folder: Path, client: Client) -> None:
    run(justin, folder)
    page = client.get("/campaigns/lbl2-reco-2026/plan/?lane=production.s1").content.decode()
    assert page.count("told by the script") == 5
    assert "with another command" not in page


def test_a_second_run_tells_nothing_again(justin: StandIn, folder: Path) -> None:
    run(justin, folder)
    used = CampaignToken.objects.get()
    CampaignToken.objects.update(last_used_at=None)
    again = run(justin, folder)
    assert (again.returncode, again.stderr) == (0, "")
    assert used.last_used_at is not None
    assert CampaignToken.objects.get().last_used_at is None
    assert len(justin.calls()) == 5


def test_what_could_not_be_told_is_kept_and_told_by_a_run_that_only_reports(justin: StandIn, folder: Path) -> None:
    CampaignToken.objects.update(expires_at=timezone.now() - timedelta(days=1))
    ran = run(justin, folder)
    assert ran.returncode == 0, "a report that fails stops no submission"
    assert len(justin.calls()) == 5
    assert read_record((folder / RECORD).read_text()) == {2: 12345, 3: 12346, 4: 12347, 5: 12348, 6: 12349}
    assert "The portal was not told that row 2 is workflow 12345 (401)" in ran.stderr
    assert "It expired on" in ran.stderr
    assert "Not told: 5." in ran.stderr
    assert known() == {}
    CampaignToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    told = run(justin, folder, "--report")
    assert (told.returncode, told.stderr) == (0, "")
    assert known() == ALL
    assert len(justin.calls()) == 5


def test_reporting_alone_needs_no_justin(justin: StandIn, folder: Path) -> None:
    run(justin, folder, PORTAL_TOKEN_FILE="")
    assert known() == {}
    (justin.folder / "bin" / "justin").unlink()
    assert run(justin, folder, "--report").returncode == 0
    assert known() == ALL


def test_a_portal_that_does_not_answer_holds_nothing_up(justin: StandIn, folder: Path) -> None:
    script = re.sub(r"http://[^/']+", "http://127.0.0.1:9", (folder / "submit.sh").read_text())
    (folder / "submit.sh").write_text(script)
    ran = run(justin, folder)
    assert ran.returncode == 0
    assert len(justin.calls()) == 5
    assert "it did not answer three times" in ran.stderr
    assert "Not told: 5." in ran.stderr
    assert run(justin, folder, "--report").returncode == 1


def test_a_report_that_the_portal_refuses_says_why_and_the_others_go_on(
    justin: StandIn, folder: Path, campaign: Campaign, cast: Cast
) -> None:
    plan = lbl2()
    del plan["rows"][2]  # r2 is no row any more
    save_plan(campaign, plan, actor=cast.shifter, version=1)
    ran = run(justin, folder)
    assert ran.returncode == 0
    assert "row 3 is workflow 12346 (400)" in ran.stderr
    assert "has no row r2" in ran.stderr
    assert known() == {key: ids for key, ids in ALL.items() if key != "r2"}


def test_the_token_of_the_environment_does_and_reaches_no_other_program(justin: StandIn, folder: Path) -> None:
    """Neither its arguments nor its environment: what justin and curl are called with is noted by what stands in for them."""
    token = (folder / "token").read_text().strip()
    program = justin.folder / "bin" / "justin"
    program.write_text(
        program.read_text().replace(
            "argv = sys.argv[1:]", "argv = sys.argv[1:]\nopen('env', 'a').write(repr(dict(os.environ)))"
        )
    )
    curl = justin.folder / "bin" / "curl"
    curl.write_text(f'#!/bin/bash\nprintf "%s\\n" "$*" >> curl-arguments; env >> env\nexec {shutil.which("curl")} "$@"\n')
    curl.chmod(0o755)
    ran = run(justin, folder, PORTAL_TOKEN_FILE="", PORTAL_TOKEN=token, token="exported")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert known() == ALL
    seen = (folder / "env").read_text() + (folder / "curl-arguments").read_text() + ran.stdout
    assert "workflow_id" in seen
    assert token not in seen
    assert not [path for path in folder.iterdir() if path.name != "token" and token in path.read_text()]


@pytest.mark.parametrize(
    "text", ["", "nonsense\n", 'dpt_x" \nurl = "http://127.0.0.1:9/', "dpt_$(touch pwned)aaaaaaaaaaaaaaaa"]
)
def test_what_is_no_token_is_never_sent(justin: StandIn, folder: Path, text: str) -> None:
    (folder / "token").write_text(text)
    ran = run(justin, folder)
    assert ran.returncode == 0
    assert "there is no token" in ran.stderr
    assert known() == {}
    assert not (folder / "pwned").exists()


@pytest.mark.parametrize(
    "answer",
    [
        (HELP, "", 0),
        ("", "Error creating workflow\n", 2),
        ("", "To authorize this computer visit https://justin.example/\n", 1),
        ("", "[Errno 2] No such file or directory: 'reco.jobscript'\n", 1),
        ("\x00\x1b[31m999\n", "", 0),
        ("12399\nCampaign 5\n", "", 0),
        ("", "", "killed"),
    ],
    ids=["help", "refused", "not-authorised", "unreadable-jobscript", "garbage", "id-and-more", "killed"],
)
def test_a_justin_that_misbehaves_is_never_reported_as_a_workflow(
    justin: StandIn, folder: Path, answer: tuple[str, str, int | str]
) -> None:
    justin.answers[1] = answer
    assert run(justin, folder).returncode != 0
    assert known() == {"r1": [12345]}
    assert len(justin.calls()) == 2


def test_ids_of_an_earlier_script_with_other_commands_are_not_told_as_those_of_this_one(justin: StandIn, folder: Path) -> None:
    (folder / RECORD).write_text("2\t777\tffffffffffff\n3\t778\t\n4\tnot-made\tx\n")
    ran = run(justin, folder, "--report")
    assert ran.returncode == 1
    assert "Row 2 was another command as workflow 777" in ran.stderr
    assert known() == {}


def test_an_option_that_is_none_is_refused_before_anything_happens(justin: StandIn, folder: Path) -> None:
    for options in (["--force"], ["--report", "now"], [""]):
        ran = run(justin, folder, *options)
        assert (ran.returncode, justin.calls()) == (1, [])


def test_a_script_that_reports_nothing_says_so(justin: StandIn, tmp_path: Path) -> None:
    (tmp_path / "submit.sh").write_text(script_of([(1, a_row())], step_key="production"))
    ran = justin.bash("submit.sh", "--report", cwd=tmp_path)
    assert ran.returncode == 1
    assert "reports no ids" in ran.stderr


@pytest.mark.parametrize(
    ("url", "keys"),
    [("http://x/$(touch pwned)", {1: "r1"}), ("ftp://x/", {1: "r1"}), ("https://x/", {}), ("https://x/", {1: "a b"})],
)
def test_an_address_or_key_that_cannot_be_written_is_refused(url: str, keys: dict[int, str]) -> None:
    with pytest.raises(WrongValue):
        script_of([(1, a_row())], step_key="production", reporting=Reporting(url, keys))
