"""Workflows of several stages: planned with the campaign's common settings, edited, told, and submitted as one."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from campaigns.models import PlanDraft
from campaigns.plan.commands import parse_command
from campaigns.planning.content import hash_of, read_content, written
from campaigns.planning.rows import lay_out, submission_of
from campaigns.views.plan_changes import changes
from portal.errors import Invalid
from tests.campaigns.steps.walking import Cast
from tests.plan.standin import StandIn
from tests.planning.plans import lbl2
from tests.planning.test_plan_edit import fields
from tests.planning.watched import planned

URL = "/campaigns/lbl2-reco-2026/plan/"
RECO = {
    "jobscript_git": "DUNE/prod/hd/reco.jobscript:v1", "rss_mib": 4000, "lifetime_days": 365,
    "output_patterns": ["*reco2.root:lbl2-reco-2026"],
}  # fmt: skip
DETSIM = {
    "jobscript_git": "DUNE/prod/hd/detsim.jobscript:v1", "rss_mib": 6000, "wall_seconds": 40_000, "lifetime_days": 30,
    "next_patterns": ["*detsim.root", "*detsim.json:lbl2-detsim"],
}  # fmt: skip


def two_stages(**common: Any) -> dict[str, Any]:
    return lbl2(**DETSIM, output_patterns=[], later_stages=[RECO], **common)


def test_each_row_has_every_stage_and_its_command_reads_back() -> None:
    content = read_content(two_stages())
    for one in lay_out(content).rows:
        assert one.problems == ()
        submission = submission_of(content, one.row)
        assert parse_command(one.command) == submission
        first, second = submission.stages
        assert [(str(output), output.for_next_stage) for output in first.outputs] == [
            ("*detsim.root", True), ("*detsim.json:lbl2-detsim", True),
        ]  # fmt: skip
        assert (first.rss_mib, first.wall_seconds, second.rss_mib, second.wall_seconds) == (6000, 40_000, 4000, None)
    assert "create-stage" in one.command
    assert one.command.count("--scope fardet-hd") == 1


def test_memory_distance_and_site_of_a_row_hold_for_every_stage() -> None:
    plan = two_stages()
    plan["rows"][1] |= {"rss_mib": 9000, "max_distance": 0, "site": "UK_RAL"}
    content = read_content(plan)
    stages = submission_of(content, content.rows[1]).stages
    assert [(one.rss_mib, one.max_distance, one.site) for one in stages] == [(9000, 0, "UK_RAL")] * 2


def test_a_problem_says_which_stage_it_is_in() -> None:
    [*_, last] = lay_out(read_content(two_stages() | {"common": two_stages()["common"] | {"next_patterns": []}})).rows
    assert last.problems == ("Stage 1: Say which of its outputs the next stage reads; else that stage has no input.",)
    without = {name: value for name, value in RECO.items() if name != "lifetime_days"}
    [*_, last] = lay_out(read_content(lbl2(**DETSIM, later_stages=[without]))).rows
    assert last.problems[0].startswith("Stage 2: Say for how many days the outputs are kept")
    [*_, last] = lay_out(read_content(lbl2(rss_mib=None, lifetime_days=None))).rows
    assert last.problems[0].startswith("Say for how many days"), "of one stage nothing needs to be said"


def test_a_plan_kept_before_there_were_stages_is_the_same_plan_with_the_same_hash() -> None:
    old = lbl2(env=["A=b"], n_jobs_reference=500, max_distance=0)
    content = read_content(old)
    assert content.common.later_stages == []
    assert hash_of(content) == "ec215d49f37fb65ec66f48c2c83ee596d0aafaeba0cde9930a7873d222999c37"
    assert hash_of(read_content({})) == "6c8b5096f908a25905c49cd2e9824caf17f41aef65cb1a177232f4aaf89e2b70"
    assert set(written(content)["common"]) == set(old["common"])


def test_too_many_stages_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_content(lbl2(later_stages=[RECO] * 9))
    assert refused.value.field == "common.later_stages"


def test_what_changed_of_a_stage_is_told() -> None:
    one, two = read_content(lbl2()), read_content(lbl2(later_stages=[RECO]))
    more = read_content(lbl2(later_stages=[RECO | {"rss_mib": 8000}]))
    assert changes(one, two) == ["Stage 2 added: DUNE/prod/hd/reco.jobscript:v1"]
    assert changes(two, more) == ["Stage 2: memory 4,000 → 8,000"]
    assert changes(two, one) == ["Stage 2 removed"]


# --- edited ---


def posted(page: Client, **changed: str) -> dict[str, str]:
    """The fields of the editor as they stand, with these changed."""
    return fields(page.get(f"{URL}edit/")) | {"action": "save"} | changed


@pytest.mark.django_db
def test_with_one_stage_the_editor_asks_nothing_of_stages(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    page = of_shifter.get(f"{URL}edit/").content.decode()
    assert "Workflows have one stage." in page
    assert "next_patterns" not in page
    assert of_shifter.post(f"{URL}edit/", posted(of_shifter, rss_mib="5000")).status_code == 302
    assert set(PlanDraft.objects.get().content["common"]) == set(lbl2()["common"])


@pytest.mark.django_db
def test_a_stage_is_added_filled_in_changed_and_removed(of_shifter: Client, cast: Cast) -> None:
    planned(cast)
    added = of_shifter.post(f"{URL}edit/", posted(of_shifter, action="add-stage", description="typed before"))
    page = added.content.decode()
    assert added.status_code == 200
    assert 'name="stage2-jobscript"' in page
    assert 'name="next_patterns"' in page
    assert 'value="typed before"' in page
    assert PlanDraft.objects.get().version == 1
    second = {
        "n_stages": "1", "stage2-jobscript_git": RECO["jobscript_git"], "stage2-rss_mib": "4000", "stage2-lifetime_days": "365",
        "stage2-output_patterns": "*reco2.root:lbl2-reco-2026", "next_patterns": "*detsim.root\n*detsim.json:lbl2-detsim",
    }  # fmt: skip
    assert of_shifter.post(f"{URL}edit/", posted(of_shifter, **second)).status_code == 302
    content = read_content(PlanDraft.objects.get().content)
    assert written(content)["common"]["later_stages"] == [RECO]
    assert content.common.next_patterns == ["*detsim.root", "*detsim.json:lbl2-detsim"]
    assert of_shifter.post(f"{URL}edit/", posted(of_shifter, **{"stage2-rss_mib": "8000"})).status_code == 302
    assert read_content(PlanDraft.objects.get().content).common.later_stages[0].rss_mib == 8000
    dropped = of_shifter.post(f"{URL}edit/", posted(of_shifter, action="drop-stage2"))
    assert 'name="stage2-jobscript"' not in dropped.content.decode()
    assert read_content(PlanDraft.objects.get().content).common.later_stages, "nothing is kept before it is saved"


@pytest.mark.django_db
def test_stages_after_a_removed_one_move_up_with_what_was_typed(of_shifter: Client, cast: Cast) -> None:
    planned(cast, lbl2(later_stages=[RECO, RECO | {"rss_mib": 7000}]))
    typed = posted(of_shifter, action="drop-stage2", **{"stage3-rss_mib": "lots"})
    answer = of_shifter.post(f"{URL}edit/", typed)
    page = html.unescape(answer.content.decode())
    assert 'name="stage2-rss_mib" value="lots"' in page
    assert "stage3-" not in page
    assert 'Stage 2, <a href="#stage2-rss_mib">memory in mib</a>: Give a whole number.' in page


@pytest.mark.django_db
def test_a_stage_that_cannot_be_kept_says_why_beside_its_field(of_shifter: Client, cast: Cast) -> None:
    planned(cast, two_stages())
    long = {"stage2-env": "\n".join(f"A{n}=1" for n in range(101))}
    answer = of_shifter.post(f"{URL}edit/", posted(of_shifter, **long))
    assert answer.status_code == 400
    assert answer.context["form"].stages[0].errors["env"]
    assert PlanDraft.objects.get().version == 1


@pytest.mark.django_db
def test_the_script_submits_both_stages_of_each_open_row(of_shifter: Client, cast: Cast, tmp_path: Path) -> None:
    planned(cast, two_stages())
    justin = StandIn(tmp_path / "justin")
    (tmp_path / "submit.sh").write_bytes(of_shifter.get(f"{URL}submit.sh?step=production").content)
    ran = justin.bash("submit.sh", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    words = [call["argv"][0] for call in justin.calls()]
    assert words == ["create-workflow", "create-stage", "create-stage", "submit-workflow"] * 5
    assert justin.calls()[1]["values"]["output_pattern_next_stage"] == ["*detsim.root", "*detsim.json:lbl2-detsim"]
