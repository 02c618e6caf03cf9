"""The editor of a plan: what is typed is saved as the draft, and nothing typed is lost by a refusal or a second writer."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.campaign_services import set_status
from campaigns.models import PlanDraft
from campaigns.plan_services import save_plan
from campaigns.planning.content import PlanContent, PlannedRow, read_content
from campaigns.views.plan_changes import changes
from campaigns.views.plan_text import read_rows, write_rows
from portal.errors import Invalid
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin
from tests.factories import make_service
from tests.planning.plans import lbl2
from tests.planning.test_plan_page import text
from tests.planning.watched import planned

pytestmark = pytest.mark.django_db
URL = "/campaigns/lbl2-reco-2026/plan/edit/"
HERE = "/campaigns/lbl2-reco-2026/plan/"


def fields(answer) -> dict[str, str]:
    """What the form on the page would send."""
    page = answer.content.decode().split("data-plan-form", 1)[1]
    page = re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]*)"', tag)
        if name:
            value = re.search(r'value="([^"]*)"', tag)
            found[name[1]] = html.unescape(value[1]) if value else ""
    for attrs, value in re.findall(r"<textarea([^>]*)>(.*?)</textarea>", page, flags=re.DOTALL):
        name = re.search(r'name="([^"]*)"', attrs)
        found[name[1] if name else ""] = html.unescape(value.removeprefix("\n"))
    return found


def saved() -> PlanContent:
    return read_content(PlanDraft.objects.get().content)


def test_saving_what_stands_there_changes_nothing(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    before = saved()
    answer = of_shifter.post(URL, fields(of_shifter.get(URL)))
    assert answer.headers["Location"] == HERE
    assert saved() == before
    assert PlanDraft.objects.get().version == 1


def test_common_settings_samples_and_rows_are_saved_together(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    form = fields(of_shifter.get(URL))
    form |= {
        "rss_mib": "6000", "env": "DETPROD=HD\n\nHCPROD=FHC\n", "scope": " fardet-hd ",
        "samples-0-n_files": "20,790",
        "samples-1-label": "anu, RHC", "samples-1-mql": "files from fardet-hd:lbl2-anu-rhc", "samples-1-n_files": "100",
        "rows": form["rows"] + ",production,s2,0,100\n",
    }  # fmt: skip
    assert of_shifter.post(URL, form).status_code == 302
    plan = saved()
    assert (plan.common.rss_mib, plan.common.env, plan.common.scope) == (6000, ["DETPROD=HD", "HCPROD=FHC"], "fardet-hd")
    assert [(one.key, one.n_files) for one in plan.samples] == [("s1", 20_790), ("s2", 100)]
    assert {one.n_files_from for one in plan.samples} == {f"typed by shifter1 on {timezone.now():%-d %b %Y}"}
    assert plan.rows[-1] == PlannedRow("r6", "production", "s2", limit=100)
    assert PlanDraft.objects.get().version == 2


def test_the_first_plan_is_written_from_nothing(of_shifter: Client, cast: Cast) -> None:
    make_service()
    begin(cast, "lbl2-reco-2026")
    form = fields(of_shifter.get(URL))
    form |= {"samples-0-mql": "files from a:b", "samples-0-n_files": "7000", "rows": "0\t6000\n6,000\t-1\n"}
    assert of_shifter.post(URL, form).status_code == 302
    assert [(row.key, row.step, row.sample, row.skip, row.limit) for row in saved().rows] == [
        ("r1", "production", "s1", 0, 6000),
        ("r2", "production", "s1", 6000, None),
    ]


def test_what_is_wrong_is_told_at_its_field_and_everything_typed_stays(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    form = fields(of_shifter.get(URL))
    lines = form["rows"].splitlines()
    lines[4] = lines[4].replace("7000", "seven")
    lines[5] = "r4,full,s9,12000,0"
    form |= {"rows": "\n".join(lines), "rss_mib": "much", "samples-0-n_files": "-3"}
    answer = of_shifter.post(URL, form)
    assert answer.status_code == 400
    told = text(answer)
    assert "Row 4, skip: “seven” is no whole number." in told
    assert "Row 5, for: Say what it is for: test, small-run, validation, production." in told
    assert "Row 5, limit: 0 files are none" in told
    assert "Row 5, sample: There is no sample s9." in told
    assert "“-3” is no whole number." in told
    assert "Give a whole number." in told
    again = fields(answer)
    assert again["rows"].splitlines() == lines
    assert (again["rss_mib"], again["samples-0-n_files"], again["version"]) == ("much", "-3", "1")
    marks = json.loads(html.unescape(re.search(r'data-errors="([^"]*)"', answer.content.decode())[1]))
    assert [3, "skip", "“seven” is no whole number."] in marks
    assert {(at, column) for at, column, _why in marks} == {(3, "skip"), (4, "for"), (4, "limit"), (4, "sample")}
    assert PlanDraft.objects.get().version == 1


def test_a_row_without_jobs_of_a_sample_without_query_is_refused_at_its_cell(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    answer = of_shifter.post(URL, fields(of_shifter.get(URL)) | {"samples-0-mql": ""})
    assert answer.status_code == 400
    assert "Row 1, jobs: Row 1 is Monte Carlo" in text(answer)


def test_whoever_saves_second_sees_what_the_first_changed_and_loses_nothing(of_shifter: Client, cast: Cast) -> None:
    campaign = planned(cast)
    form = fields(of_shifter.get(URL)) | {"rss_mib": "6000"}
    theirs = lbl2()
    theirs["rows"][1]["limit"] = 5000
    save_plan(campaign, theirs, actor=cast.coordinator, version=1)
    answer = of_shifter.post(URL, form)
    assert answer.status_code == 409
    told = text(answer)
    assert "coordinator1 changed the plan" in told
    assert "Row r1: limit 6,000 → 5,000" in told
    again = fields(answer)
    assert (again["rss_mib"], again["version"]) == ("6000", "1")
    assert of_shifter.post(URL, again).status_code == 409, "sending it again does not overwrite either"
    assert saved().rows[1].limit == 5000
    save_plan(campaign, theirs | {"rows": theirs["rows"][:3]}, actor=cast.coordinator, version=2)
    assert of_shifter.post(URL, again | {"over": "2"}).status_code == 409, "only what was shown is overwritten"
    assert of_shifter.post(URL, again | {"over": "3"}).status_code == 302
    assert (saved().rows[1].limit, saved().common.rss_mib) == (6000, 6000)


def test_what_is_left_of_a_sample_is_sliced_and_not_saved_unasked(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    form = fields(of_shifter.get(URL))
    kept = [line for line in form["rows"].splitlines() if not line.startswith(("r3", "r5"))]
    form |= {"rows": "\n".join(kept), "action": "slice", "slice_sample": "s1", "slice_size": "3,000"}
    answer = of_shifter.post(URL, form)
    assert answer.status_code == 200
    assert "All 20,784 files, each once." in text(answer)
    rows = read_rows(fields(answer)["rows"], ["s1"]).rows
    assert [(row["key"], row.get("skip", 0), row.get("limit")) for row in rows[4:]] == [
        ("r3", 7000, 3000),
        ("r5", 10000, 2000),
        ("r6", 17000, 3000),
        ("r7", 20000, None),
    ]
    assert PlanDraft.objects.get().version == 1
    for size in ("0", "some", ""):
        assert "Say which sample" in (told := text(of_shifter.post(URL, form | {"slice_size": size}))) or "Files in a" in told


def test_a_gap_leads_to_a_row_that_closes_it(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    answer = of_shifter.get(f"{URL}?add=s1:16850:17000")
    assert read_rows(fields(answer)["rows"], ["s1"]).rows[-1] == {
        "key": "r6", "step": "production", "use": "main", "skip": 16850, "limit": 150, "sample": "s1",
    }  # fmt: skip
    for nonsense in ("s9:1:2", "s1:2:1", "s1:a:b", "s1", "s1:1:99999999999999999999", "s1:²:³"):
        assert "r6" not in fields(of_shifter.get(URL, {"add": nonsense}))["rows"]


def test_only_those_who_work_here_edit(client: Client, client_of: Callable[[User], Client], cast: Cast, outsider: User) -> None:
    campaign = planned(cast)
    assert client.get(URL).headers["Location"].startswith("/accounts/login/")
    for user in (outsider, cast.production, cast.data_manager):
        assert client_of(user).get(URL).status_code == 403
        assert client_of(user).post(URL, {}).status_code == 403
    assert client_of(cast.coordinator).get(URL).status_code == 200
    set_status(campaign, "cancelled", actor=cast.coordinator, reason="no more")
    assert client_of(cast.shifter).post(URL, {}).headers["Location"] == HERE


@pytest.mark.parametrize(
    "sent", [{}, {"n_samples": "x"}, {"base": "[" * 5000, "version": "-1"}, {"rows": '"', "n_samples": "9" * 30}]
)
def test_what_is_no_form_of_ours_breaks_nothing(of_shifter: Client, cast: Cast, sent: dict[str, str]) -> None:
    planned(cast)
    assert of_shifter.post(URL, sent).status_code in (400, 409)
    assert PlanDraft.objects.get().version == 1


def test_an_editor_of_500_rows_costs_no_more_queries_than_one_of_5(
    of_shifter: Client, cast: Cast, django_assert_max_num_queries
) -> None:
    campaign = planned(cast)
    counts = []
    for n in (5, 500):
        plan = lbl2()
        plan["rows"] = [
            {"key": f"r{at}", "step": "production", "sample": "s1", "skip": 40 * at, "limit": 40} for at in range(n)
        ]
        save_plan(campaign, plan, actor=cast.shifter, version=PlanDraft.objects.get().version)
        with django_assert_max_num_queries(25) as seen:
            assert of_shifter.get(URL).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r"), max_size=30).map(str.strip)
planned_rows = st.lists(
    st.builds(
        PlannedRow,
        key=st.uuids().map(str),
        step=st.sampled_from(["test", "validation", "production"]),
        sample=st.sampled_from(["s1", "s2"]),
        use=st.sampled_from(["main", "small-run"]),
        skip=st.integers(0, 10**9),
        limit=st.none() | st.integers(1, 10**9),
        n_jobs=st.none() | st.integers(1, 10**6),
        rss_mib=st.none() | st.integers(1, 10**6),
        max_distance=st.none() | st.integers(0, 100),
        site=texts,
        notes=texts,
        mql=texts,
    ),
    max_size=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(planned_rows)
def test_lines_read_back_as_the_rows_they_were_written_of(rows: list[PlannedRow]) -> None:
    typed = read_rows(write_rows(rows), ["s1", "s2"])
    assert typed.errors == {}
    samples = [{"key": key, "mql": "files from a:b"} for key in ("s1", "s2")]
    assert read_content({"samples": samples, "rows": typed.rows}).rows == rows


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(typed: str) -> None:
    read = read_rows(typed, ["s1"])
    assert all(path.startswith("rows") and why for path, why in read.errors.items())
    if not read.errors:
        with suppress(Invalid):  # e.g. a key that is there twice
            plan = {"samples": [{"key": "s1", "mql": "files from a:b"}], "rows": read.rows}
            assert len(read_content(plan).rows) == len(read.rows)


def test_changes_are_told_once_each_and_many_are_counted() -> None:
    old = read_content(lbl2())
    assert changes(old, old) == []
    raw: dict[str, Any] = lbl2()
    raw["rows"].reverse()
    raw["samples"][0]["n_files"] = 20_790
    told = changes(old, read_content(raw))
    assert told[0] == "Sample s1: number of files 20,784 → 20,790"
    assert told[1].startswith("Another order: rows r5")
    raw["rows"] = [{"key": f"x{at}", "step": "production", "sample": "s1"} for at in range(100)]
    assert changes(old, read_content(raw))[-1] == "… and 77 changes more"
