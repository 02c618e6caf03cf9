"""Pages of a campaign's files: what stands there, what is refused, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.campaign_services import set_status
from campaigns.jobscript_services import withdraw_file
from campaigns.jobscripts.search import find_files
from campaigns.models import Campaign, CampaignRequest, JobscriptVersion, PlanDraft
from campaigns.plan_services import publish_plan, save_plan
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin
from tests.jobscripts.keeping import COMMIT, REFERENCE, keep
from tests.jobscripts.scripts import changed, script
from tests.planning.plans import lbl2
from tests.requests.filing import filed

pytestmark = pytest.mark.django_db
HERE = "/campaigns/pdhd-reco-2026b/files/"


def text(answer: Any) -> str:
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    plain = (
        re.sub(r"<[^>]+>", " ", html).replace("&#x27;", "'").replace("&quot;", '"').replace("&gt;", ">").replace("&amp;", "&")
    )
    return " ".join(plain.split())


def sent(client: Client, **values: Any) -> Any:
    return client.post(f"{HERE}new/", {"name": "", "kind": "jobscript", "text": "", "version": "0", "action": "keep"} | values)


def test_the_tab_says_what_to_do_while_nothing_is_kept(campaign: Campaign, of_shifter: Client, client: Client) -> None:
    Campaign.objects.update(jobscript_reference="DUNE/jobs/reco:v1")
    told = text(of_shifter.get(HERE))
    assert "No jobscript is kept for pdhd-reco-2026b yet. Its settings name DUNE/jobs/reco:v1" in told
    assert "Start from an earlier campaign’s" in told
    assert "Keep a jobscript" not in text(client.get(HERE))


def test_the_list_has_the_newest_of_each_with_hash_who_and_what_the_linter_says(
    campaign: Campaign, cast: Cast, of_shifter: Client
) -> None:
    keep(campaign, cast, script("reco"))
    newest = keep(campaign, cast, changed("reco", "exit 3", "exit 255"))
    keep(campaign, cast, "x: 1\n", "reco.fcl", kind="input")
    told = text(of_shifter.get(HERE))
    assert f"reco.jobscript run now 2, {newest.short_hash} 1 thing to look at shifter1" in told
    assert "reco.fcl input file 1" in told


def test_a_version_shows_its_lines_with_what_was_found_beside_them(campaign: Campaign, cast: Cast, client: Client) -> None:
    kept = keep(campaign, cast, changed("reco", "exit 3", "exit 255"))
    answer = client.get(kept.get_absolute_url())
    told = text(answer)
    assert kept.sha256 in told
    assert "It ends with 255." in told
    assert "justIN keeps codes up to 127." in told
    assert 'id="L23" data-state="warning"' in answer.content.decode()
    assert client.get(f"/campaigns/pdhd-reco-2026b/files/{kept.pk + 1}/").status_code == 404


def test_another_campaigns_version_is_not_at_this_campaigns_address(campaign: Campaign, cast: Cast, client: Client) -> None:
    other = keep(begin(cast, "other-2026"), cast)
    for path in (f"{HERE}{other.pk}/", f"{HERE}{other.pk}/download/", f"{HERE}compare/?old={other.pk}&new={other.pk}"):
        assert client.get(path).status_code == 404, path


def test_a_download_has_the_bytes_that_were_kept_and_is_never_shown_by_a_browser(
    campaign: Campaign, cast: Cast, client: Client
) -> None:
    body = "#!/bin/bash\r\n<script>alert(1)</script>\n"
    kept = keep(campaign, cast, body)
    answer = client.get(f"{HERE}{kept.pk}/download/")
    assert answer.content == body.encode()
    assert answer["Content-Disposition"] == 'attachment; filename="reco.jobscript"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "sandbox" in answer["Content-Security-Policy"]
    in_git = keep(campaign, cast, "", "ana.jobscript", git_reference=REFERENCE, git_commit=COMMIT)
    assert client.get(f"{HERE}{in_git.pk}/download/").status_code == 404


def test_what_is_in_a_file_does_nothing_to_the_page(campaign: Campaign, cast: Cast, of_shifter: Client) -> None:
    hostile = "#!/bin/bash\n<script>alert(1)</script> & \"x\" 'y'\n"
    kept = keep(campaign, cast, hostile, note="<img src=x onerror=alert(1)>")
    for path in (HERE, f"{HERE}{kept.pk}/", f"{HERE}new/?from={kept.pk}", "/campaigns/pdhd-reco-2026b/history/"):
        html = of_shifter.get(path).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_an_uploaded_file_is_kept_byte_for_byte_under_a_harmless_name(campaign: Campaign, of_shifter: Client) -> None:
    body = b"#!/bin/bash\r\nlar\n\n"
    answer = sent(of_shifter, file=SimpleUploadedFile("..\\my $(reco).jobscript", body))
    kept = JobscriptVersion.objects.get()
    assert answer.status_code == 302
    assert (kept.name, kept.text.encode()) == ("my___reco_.jobscript", body)


def test_typed_text_gets_line_ends_of_the_shell_and_a_file_goes_before_it(campaign: Campaign, of_shifter: Client) -> None:
    sent(of_shifter, name="a.sh", text="#!/bin/bash\r\nls")
    assert JobscriptVersion.objects.get(name="a.sh").text == "#!/bin/bash\nls\n"
    sent(of_shifter, name="b.sh", text="typed", file=SimpleUploadedFile("x", b"uploaded\n"))
    assert JobscriptVersion.objects.get(name="b.sh").text == "uploaded\n"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"name": "a.sh"}, "Give the file, its text, or where it is in git."),
        ({"name": "a b", "text": "x"}, "no blank"),
        ({"text": "x"}, "Give the file a name"),
        ({"name": "a.sh", "text": "x", "kind": "other"}, "Choose jobscript or input file."),
        ({"name": "a.sh", "text": "x", "git_reference": "DUNE/x"}, "Write ORG/REPO/PATH:TAG"),
        ({"name": "a.sh", "text": "x", "git_reference": REFERENCE, "git_commit": "3f"}, "all 40 digits"),
        ({"name": "a.sh", "text": "x\x01y"}, "This is no text."),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(
    campaign: Campaign, of_shifter: Client, values: dict[str, str], why: str
) -> None:
    answer = sent(of_shifter, note="My note", **values)
    assert answer.status_code == 400
    html = answer.content.decode()
    assert why in text(answer)
    assert "My note" in html
    for value in values.values():
        assert value in html or "\x01" in value or value == "other"
    assert not JobscriptVersion.objects.exists()


@pytest.mark.parametrize(("body", "why"), [(b"", "The file is empty."), (b"\x89PNG\x00", "This is no text.")])
def test_an_upload_that_is_no_text_is_refused_beside_its_field(
    campaign: Campaign, of_shifter: Client, body: bytes, why: str
) -> None:
    answer = sent(of_shifter, name="a.sh", note="My note", file=SimpleUploadedFile("a.sh", body))
    assert answer.status_code == 400
    assert why in text(answer)
    assert "My note" in answer.content.decode()


def test_looking_first_shows_findings_and_difference_and_keeps_nothing(
    campaign: Campaign, cast: Cast, of_shifter: Client
) -> None:
    kept = keep(campaign, cast, script("reco"))
    answer = sent(
        of_shifter, name=kept.name, text=changed("reco", "exit 3", "exit 255"), version="1", based_on=kept.pk, action="look"
    )
    told = text(answer)
    assert answer.status_code == 200
    assert "It ends with 255." in told
    assert "1 removed, 1 added" in told
    assert JobscriptVersion.objects.count() == 1


def test_who_comes_second_sees_who_was_first_and_may_go_on_after_them(
    campaign: Campaign, cast: Cast, of_shifter: Client
) -> None:
    keep(campaign, cast, "echo 1\n")
    keep(campaign, cast, "echo 2\n", actor=cast.coordinator)
    answer = sent(of_shifter, name="reco.jobscript", text="echo mine\n", version="1")
    assert answer.status_code == 409
    assert "coordinator1 kept version 2" in text(answer)
    assert "echo mine" in answer.content.decode()
    assert sent(of_shifter, name="reco.jobscript", text="echo mine\n", version="1", over="2").status_code == 302
    assert JobscriptVersion.objects.get(number=3).text == "echo mine\n"


def test_a_new_file_with_a_name_that_is_taken_is_refused(campaign: Campaign, cast: Cast, of_shifter: Client) -> None:
    keep(campaign, cast, "echo 1\n")
    answer = sent(of_shifter, name="reco.jobscript", text="echo mine\n")
    assert answer.status_code == 409
    assert "reco.jobscript is there already" in text(answer)


def test_strangers_may_look_and_not_touch(
    campaign: Campaign, cast: Cast, client: Client, client_of: Any, outsider: User
) -> None:
    kept = keep(campaign, cast)
    assert "New version" not in text(client.get(kept.get_absolute_url()))
    of_outsider = client_of(outsider)
    assert of_outsider.get(f"{HERE}new/").status_code == 403
    assert sent(of_outsider, name="a", text="b").status_code == 403
    assert of_outsider.post(f"{HERE}{kept.pk}/withdraw/", {"reason": "x"}).status_code == 403
    assert client.post(f"{HERE}new/").status_code == 302


def test_withdrawing_wants_a_reason_and_stays_readable(campaign: Campaign, cast: Cast, of_shifter: Client) -> None:
    kept = keep(campaign, cast)
    assert of_shifter.post(f"{HERE}{kept.pk}/withdraw/", {"reason": " "}).status_code == 400
    assert of_shifter.post(f"{HERE}{kept.pk}/withdraw/", {"reason": "Not used."}).status_code == 302
    told = text(of_shifter.get(HERE))
    assert "Not used any more" in told
    assert "“Not used.”" in told
    assert of_shifter.get(f"{HERE}{kept.pk}/").status_code == 200
    history = text(of_shifter.get("/campaigns/pdhd-reco-2026b/history/?kind=files"))
    assert "shifter1 withdrew reco.jobscript" in history
    assert "shifter1 kept jobscript reco.jobscript version 1" in history


def test_a_finished_campaign_offers_nothing_to_keep(campaign: Campaign, cast: Cast, of_shifter: Client) -> None:
    kept = keep(campaign, cast)
    set_status(campaign, "finished", actor=cast.coordinator)
    assert "its files stay as they are" in text(of_shifter.get(HERE))
    assert "New version" not in text(of_shifter.get(f"{HERE}{kept.pk}/"))
    assert of_shifter.get(f"{HERE}new/").status_code == 302


@pytest.mark.parametrize("query", ["", "?old=&new=", "?old=x&new=y", f"?old={2**70}&new={2**70}", "?old=-1&new=0"])
def test_comparing_what_is_not_there_is_a_404(campaign: Campaign, client: Client, query: str) -> None:
    assert client.get(f"{HERE}compare/{query}").status_code == 404


@pytest.mark.parametrize("asked", ["x", "999999", str(2**70), "-1", "1.5"])
def test_starting_from_what_is_not_there_is_a_404(campaign: Campaign, of_shifter: Client, asked: str) -> None:
    assert of_shifter.get(f"{HERE}new/?from={asked}").status_code == 404


# --- search ---


@pytest.fixture
def others(cast: Cast) -> list[JobscriptVersion]:
    first = begin(cast, "lbl2-reco-2025")
    keep(first, cast, script("reco"))
    gone = keep(first, cast, "lar OLD_NAME\n", "gone.jobscript")
    withdraw_file(first, gone, actor=cast.shifter, reason="x")
    second = begin(cast, "ndlar-2025")
    return [
        keep(first, cast, script("many")),
        keep(second, cast, script("larnd"), "larnd.jobscript"),
        keep(second, cast, "", "git.jobscript", git_reference=REFERENCE, git_commit=COMMIT),
        keep(second, cast, "100% of_it\n", "odd.fcl", kind="input"),
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["odd.fcl", "git.jobscript", "larnd.jobscript", "reco.jobscript"]),
        ("lbl2", ["reco.jobscript"]),
        ("NDLAR-2025", ["odd.fcl", "git.jobscript", "larnd.jobscript"]),
        ("pdjson2metadata", ["reco.jobscript"]),
        ("ndlar simulate_pixels.py", ["larnd.jobscript"]),
        ("lbl2 simulate_pixels.py", []),
        ("extractor_prod", []),  # of an older version only
        ("OLD_NAME", []),  # withdrawn
        ("production-jobscripts", ["git.jobscript"]),
        ("100%", ["odd.fcl"]),
        ("of_it", ["odd.fcl"]),
        ("ofXit", []),
        ("'; DROP TABLE x; --", []),
        ("\0", ["odd.fcl", "git.jobscript", "larnd.jobscript", "reco.jobscript"]),
    ],
)
def test_files_are_found_by_words_of_name_campaign_and_content(
    others: list[JobscriptVersion], cast: Cast, asked: str, names: list[str]
) -> None:
    found, n = find_files(cast.shifter, asked)
    assert [one.version.name for one in found] == names
    assert n == len(names)


def test_what_was_found_shows_the_lines_that_hold_the_words(others: list[JobscriptVersion], cast: Cast) -> None:
    ((one,), _n) = find_files(cast.shifter, "justin-processed-pfns pdjson2metadata")
    assert [line.split()[0] for _number, line in one.lines] == ["pdjson2metadata", "echo"]


def test_the_campaigns_own_files_are_not_offered_to_start_from(
    campaign: Campaign, cast: Cast, others: list[JobscriptVersion], of_shifter: Client
) -> None:
    keep(campaign, cast, script("piped"), "mine.jobscript")
    told = text(of_shifter.get(f"{HERE}find/?q=&kind=jobscript"))
    assert "mine.jobscript" not in told
    assert "odd.fcl" not in told
    assert told.count("Start from it") == 3


# --- cost ---


def n_queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_pages_cost_the_same_however_many_files_and_versions_there_are(
    campaign: Campaign, cast: Cast, of_shifter: Client
) -> None:
    other = begin(cast, "other-2026")
    kept = keep(campaign, cast, script("reco"))
    again = keep(campaign, cast, script("many"))
    keep(other, cast, script("reco"))
    paths = [HERE, f"{HERE}{kept.pk}/", f"{HERE}find/?q=lar", f"{HERE}new/?from={kept.pk}",
             f"{HERE}compare/?old={kept.pk}&new={again.pk}", "/campaigns/pdhd-reco-2026b/history/?kind=files"]  # fmt: skip
    before = [n_queries(of_shifter, path) for path in paths]
    for number in range(12):
        keep(campaign, cast, f"echo {number}\n", based_on=kept.pk)
        keep(campaign, cast, f"echo {number}\n", f"f{number}.sh")
        keep(other, cast, f"lar {number}\n", f"g{number}.sh")
    assert [n_queries(of_shifter, path) for path in paths] == before
    assert max(before) <= 25


# --- the plan ---


def test_a_plan_that_names_no_jobscript_takes_the_kept_one(campaign: Campaign, cast: Cast, of_shifter: Client) -> None:
    plan = lbl2()
    del plan["common"]["jobscript_git"]
    save_plan(campaign, plan, actor=cast.shifter, version=0)
    assert "Give the jobscript as a file" in text(of_shifter.get("/campaigns/pdhd-reco-2026b/plan/?lane=all"))
    kept = keep(campaign, cast, script("reco"))
    told = text(of_shifter.get("/campaigns/pdhd-reco-2026b/plan/?lane=all"))
    assert "--jobscript reco.jobscript" in told
    assert f"Its jobscript is reco.jobscript version 1 , {kept.short_hash}" in told
    publish_plan(campaign, actor=cast.shifter, version=1)
    page = of_shifter.get("/campaigns/pdhd-reco-2026b/plan/")
    assert "nothing was changed since" in text(page), "what is filled in is no change of the plan"
    keep(campaign, cast, script("reco"), git_reference=REFERENCE, git_commit=COMMIT)
    assert f"--jobscript-git {REFERENCE}" in text(of_shifter.get("/campaigns/pdhd-reco-2026b/plan/"))
    script_text = of_shifter.get("/campaigns/pdhd-reco-2026b/plan/submit.sh?step=production").content.decode()
    assert f"--jobscript-git {REFERENCE}" in script_text


def test_the_shell_script_submits_no_other_jobscript_than_the_kept_one(campaign: Campaign, cast: Cast, client: Client) -> None:
    plan = lbl2(jobscript="/exp/dune/app/users/dunepro/jobs/reco.jobscript")
    del plan["common"]["jobscript_git"]
    kept = keep(campaign, cast, script("reco"))
    save_plan(campaign, plan, actor=cast.shifter, version=0)
    publish_plan(campaign, actor=cast.shifter, version=1)
    told = client.get("/campaigns/pdhd-reco-2026b/plan/submit.sh?step=production").content.decode()
    assert f'"$(sha256sum < /exp/dune/app/users/dunepro/jobs/reco.jobscript | cut -d " " -f 1)" = {kept.sha256}' in told
    withdraw_file(campaign, kept, actor=cast.shifter, reason="x")
    again = client.get("/campaigns/pdhd-reco-2026b/plan/submit.sh?step=production").content.decode()
    assert "sha256sum" not in again


def test_a_draft_from_the_requests_leaves_the_jobscript_to_what_is_kept(
    campaign: Campaign, cast: Cast, of_shifter: Client, requester: User, make_user: Callable[..., User]
) -> None:
    CampaignRequest.objects.create(campaign=campaign, request=filed(requester))
    Campaign.objects.update(jobscript_reference="DUNE/jobs/hd/reco.jobscript:v1")
    draft = {"files_per_workflow": "5000", "jobs_per_workflow": "1000"}
    of_shifter.post("/campaigns/pdhd-reco-2026b/plan/draft/", draft)
    assert PlanDraft.objects.get().content["common"]["jobscript_git"] == "DUNE/jobs/hd/reco.jobscript:v1"
    keep(campaign, cast, script("reco"))
    of_shifter.post("/campaigns/pdhd-reco-2026b/plan/draft/", draft | {"replace": "1"})
    assert "jobscript_git" not in PlanDraft.objects.get().content["common"]


def test_the_campaigns_own_page_and_the_wiki_name_the_kept_jobscript(campaign: Campaign, cast: Cast, client: Client) -> None:
    Campaign.objects.update(jobscript_reference="DUNE/jobs/reco:v1")
    page, wiki = "/campaigns/pdhd-reco-2026b/", "/campaigns/pdhd-reco-2026b/page.md"
    assert "DUNE/jobs/reco:v1" in text(client.get(page))
    kept = keep(campaign, cast)
    told = text(client.get(page))
    assert f"reco.jobscript version 1 {kept.short_hash}" in told
    assert "DUNE/jobs/reco:v1" not in told
    assert f"`reco.jobscript version 1, sha256 {kept.short_hash}`" in client.get(wiki).content.decode()


def test_the_empty_form_says_what_the_linter_looks_for(campaign: Campaign, of_shifter: Client) -> None:
    told = text(of_shifter.get(f"{HERE}new/"))
    assert "It knows what to do when no input is left" in told
    assert "It is short enough to be read" not in told
