"""The justin command of a row: what a shell makes of it, what it is read back as, and what is refused."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from campaigns.plan.commands import command_of, create_campaign_command, parse_command, words_of
from campaigns.plan.errors import WrongValue
from campaigns.plan.shell import WORKFLOW_ID
from campaigns.plan.submission import Output, Stage, Submission, check_scope, problems_of
from tests.plan.rows import GEN, RECO, SAMPLE, a_row, submissions
from tests.plan.standin import StandIn


@pytest.fixture
def justin(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "justin")


def problems(row: Submission, step_key: str | None = None) -> dict[str, str]:
    return {problem.field: problem.message for problem in problems_of(row, step_key=step_key)}


# --- what it looks like ---


def test_the_command_of_a_row_of_one_stage() -> None:
    row = a_row(mql="files from a:b ordered skip 0 limit 6000", workflow_id_file="ids.txt")
    assert command_of(row) == (
        "justin simple-workflow --description 'PDHD reconstruction, row 1' --mql 'files from a:b ordered skip 0 limit 6000' "
        "--scope hd-protodune --campaign-id 402 --workflow-id-file ids.txt "
        "--jobscript-git DUNE/prod-scripts/hd/reco.jobscript:v1.2 --rss-mib 4000 --max-distance 30 "
        "--output-pattern '*_reco.root:hd-reco-${JUSTIN_WORKFLOW_ID}' --lifetime-days 90"
    )


def test_several_stages_are_a_draft_its_stages_and_its_submission() -> None:
    commands = words_of(a_row(stages=(GEN, RECO), mql="", n_monte_carlo=500))
    assert [words[1] for words in commands] == ["create-workflow", "create-stage", "create-stage", "submit-workflow"]
    assert commands[0][2:] == ["--description", "PDHD reconstruction, row 1", "--monte-carlo", "500", "--scope", "hd-protodune",
                               "--campaign-id", "402"]  # fmt: skip
    assert commands[1][4:8] == ["--stage-id", "1", "--jobscript-git", "DUNE/prod-scripts/hd/gen.jobscript:v1.2"]
    assert commands[1][8:10] == ["--output-pattern-next-stage", "*_gen.root"]
    assert "--scope" not in commands[2]


def test_a_campaign_is_made_with_the_quota_of_its_scope() -> None:
    command = create_campaign_command(description="PDHD reco 2026b", quota="hd-protodune", campaign_id_file="campaign.txt")
    assert command == (
        "justin create-campaign --description 'PDHD reco 2026b' --quota hd-protodune --campaign-id-file campaign.txt"
    )


def test_a_campaigns_description_that_looks_like_an_option_stays_a_description(justin: StandIn) -> None:
    assert (
        justin.bash("-c", create_campaign_command(description="--quota=usertests $(x)", quota="hd-protodune")).stdout
        == "12345\n"
    )
    [call] = justin.calls()
    assert (call["values"]["quota"], call["values"]["description"]) == ("hd-protodune", "--quota=usertests $(x)")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quota": ""}, "quota"),
        ({"quota": "a b"}, "quota"),
        ({"description": 'a "b"'}, "description"),
        ({"description": "x" * 256}, "description"),
        ({"campaign_id_file": "~/ids"}, "campaign_id_file"),
    ],
)
def test_a_campaign_that_justin_would_refuse_is_refused(values: dict[str, str], field: str) -> None:
    with pytest.raises(WrongValue) as refused:
        create_campaign_command(**{"description": "x", "quota": "usertests", **values})
    assert refused.value.field == field


# --- read back ---


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(submissions())
def test_reading_the_command_gives_the_row_again(row: Submission) -> None:
    assert parse_command(command_of(row)) == row


def test_a_command_as_people_write_it_is_read() -> None:
    assert parse_command(
        "justin simple-workflow \\\n  --mql \"files from a:b where x='1' ordered limit 5\" \\\n"
        "  --scope=usertests --jobscript ./reco.jobscript --rss-mb 3999 --max-distance 30 \\\n"
        "  --output-pattern '*.root:out_$JUSTIN_WORKFLOW_ID' --lifetime-days 90 --refind-end-date 20261231\n"
    ) == Submission(
        scope="usertests",
        stages=(
            Stage(
                jobscript="./reco.jobscript",
                rss_mib=3999,
                max_distance=30,
                outputs=(Output("*.root", "out_$JUSTIN_WORKFLOW_ID"),),
                lifetime_days=90,
            ),
        ),
        mql="files from a:b where x='1' ordered limit 5",
        refind_end_on=date(2026, 12, 31),
    )


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("", "command", "no command"),
        ("rm -r x", "command", "other commands"),
        ("justin time", "command", "must be justin simple-workflow"),
        ("justin", "command", "must be justin simple-workflow"),
        ("justin simple-workflow --monte-carlo 5 --jobscript x", "scope", "Say the scope"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript x --campaign 4", "command", "--campaign-id"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript x --gpu", "command", "--gpus N"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript-id a:b", "command", "--jobscript-git"),
        ("justin simple-workflow --scope a --monte 5 --jobscript x", "command", "Write options in full"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript x y", "command", "“y” is no option"),
        ("justin simple-workflow --scope a --scope b --monte-carlo 5 --jobscript x", "scope", "twice"),
        ("justin simple-workflow --scope a --monte-carlo 5.5 --jobscript x", "n_monte_carlo", "no whole number"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript", "jobscript", "no value"),
        ("justin simple-workflow --scope --monte-carlo 5 --jobscript x", "scope", "no value"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript x --env A", "env", "NAME=VALUE"),
        (
            "justin simple-workflow --scope a --monte-carlo 5 --jobscript x --refind-end-date 20261332",
            "refind_end_on",
            "YYYYMMDD",
        ),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript 'x", "command", "not closed"),
        ('justin simple-workflow --scope a --monte-carlo 5 --jobscript "x', "command", "not closed"),
        ('justin simple-workflow --scope a --monte-carlo 5 --jobscript "$HOME/x"', "command", "fills in"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript $HOME/x", "command", "means something"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript ~/x", "command", "means something"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript `x`", "command", "means something"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript *.sh", "command", "means something"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript x; rm x", "command", "means something"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript x && rm x", "command", "other commands"),
        ("justin simple-workflow --scope a --monte-carlo 5 --jobscript x)", "command", "means something"),
        ("justin create-workflow --scope a --monte-carlo 5 && justin submit-workflow --workflow-id 5", "command", "must be"),
    ],
)
def test_a_command_that_is_not_what_it_seems_is_refused(text: str, field: str, says: str) -> None:
    with pytest.raises(WrongValue, match=r".") as refused:
        parse_command(text)
    assert refused.value.field == field
    assert says in refused.value.message


def test_stages_of_another_workflow_or_order_are_refused() -> None:
    command = command_of(a_row(stages=(GEN, RECO)))
    with pytest.raises(WrongValue, match="another workflow"):
        parse_command(command.replace('create-stage --workflow-id "$workflow_id"', "create-stage --workflow-id 77", 1))
    with pytest.raises(WrongValue, match="in order"):
        parse_command(command.replace("--stage-id 2", "--stage-id 3"))
    with pytest.raises(WrongValue, match="another workflow"):
        parse_command(command.replace('submit-workflow --workflow-id "$workflow_id"', "submit-workflow --workflow-id 77"))


# --- what a shell makes of it ---


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(submissions())
def test_nothing_in_a_row_acts_in_the_shell_and_the_client_reads_every_value(row: Submission) -> None:
    with tempfile.TemporaryDirectory() as folder:
        justin = StandIn(Path(folder) / "justin")
        ran = justin.bash("-c", command_of(row))
        assert (ran.stdout, ran.stderr, ran.returncode) == ("12345\n", "", 0)
        assert sorted(path.name for path in justin.folder.iterdir()) == ["answers", "bin", "calls"]
        made, *others = justin.calls()
        values = made["values"]
        assert values["scope"] == row.scope
        assert (values["description"] or "") == row.description
        assert (values["mql"] or "") == row.mql
        assert values["monte_carlo"] == row.n_monte_carlo
        assert (values["workflow_id_file"] or "") == row.workflow_id_file
        assert [call["argv"][0] for call in others] == (
            ["create-stage"] * len(row.stages) + ["submit-workflow"] if len(row.stages) > 1 else []
        )
        assert all(call["values"]["workflow_id"] == 12345 for call in others)
        for stage, call in zip(row.stages, others or [made], strict=False):
            _assert_reads(stage, call["values"])


ARGV = """#!/bin/sh
printf '%s\\0' "$@" >> "$ARGV_FILE"
printf '\\001\\0' >> "$ARGV_FILE"
case $1 in simple-workflow | create-workflow) echo 12345 ;; esac
"""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(submissions())
def test_a_posix_shell_hands_over_exactly_these_words_and_does_nothing_else(row: Submission) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here, program, argv = Path(folder) / "here", Path(folder) / "justin", Path(folder) / "argv"
        here.mkdir()
        program.write_text(ARGV)
        program.chmod(0o755)
        env = {"PATH": f"{folder}:{os.environ['PATH']}", "ARGV_FILE": str(argv), "HOME": "/nowhere", "workflow_id": "666"}
        ran = subprocess.run(
            ["/bin/sh", "-c", command_of(row)], cwd=here, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        calls = [call.split("\0")[:-1] for call in argv.read_text().split("\001\0")[:-1]]
        wanted = [["12345" if word == WORKFLOW_ID else word for word in words[1:]] for words in words_of(row)]
        assert calls == wanted
        assert ran.stdout == "12345\n"
        assert ran.stderr == ""
        assert list(here.iterdir()) == []
        assert [word for words in calls for word in words].count("--scope") >= 1


def _assert_reads(stage: Stage, values: dict[str, Any]) -> None:
    assert (values["jobscript"] or "", values["jobscript_git"] or "") == (stage.jobscript, stage.jobscript_git)
    assert (values["rss_mib"], values["lifetime_days"], values["gpus"]) == (stage.rss_mib, stage.lifetime_days, stage.gpus)
    assert values["max_distance"] == stage.max_distance
    assert (values["env"] or []) == ["=".join(pair) for pair in stage.env]
    assert (values["classad"] or []) == ["=".join(pair) for pair in stage.classads]
    assert (values["output_pattern"] or []) == [str(output) for output in stage.outputs if not output.for_next_stage]
    assert (values["output_pattern_next_stage"] or []) == [str(output) for output in stage.outputs if output.for_next_stage]
    assert (values["output_rse_expression"] or "") == stage.output_rse_expression


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (0, ("usage: justin COMMAND OPTIONS\n", "", 0)),
        (0, ("", "refused\n", 2)),
        (0, ("", "", 0)),
        (1, ("usage: justin COMMAND OPTIONS\n", "", 0)),
        (1, ("", "refused\n", 2)),
        (2, ("usage: justin COMMAND OPTIONS\n", "", 0)),
    ],
)
def test_a_workflow_of_several_stages_is_not_submitted_after_a_failure(
    justin: StandIn, call: int, answer: tuple[str, str, int]
) -> None:
    justin.answers[call] = answer
    ran = justin.bash("-c", command_of(a_row(stages=(GEN, RECO))))
    assert ran.returncode != 0
    assert ran.stdout == ""
    assert "Not submitted" in ran.stderr
    assert len(justin.calls()) == call + 1


# --- the guard rail of scopes ---


@pytest.mark.parametrize("step_key", ["validation", "production"])
@pytest.mark.parametrize(
    "scope",
    [
        "usertests", "USERTESTS", " usertests ", "", "usertests\n", "user\u200btests", "\xadusertests", "uſertests",
        "USERTEſTS", "ｕｓｅｒｔｅｓｔｓ",
    ],
)  # fmt: skip
def test_validation_and_production_never_run_in_usertests(step_key: str, scope: str) -> None:
    with pytest.raises(WrongValue) as refused:
        check_scope(step_key, scope)
    assert refused.value.field == "scope"
    with pytest.raises(WrongValue):
        command_of(a_row(scope=scope), step_key=step_key)


@pytest.mark.parametrize("scope", ["hd-protodune", "UserTests", "", "usertests2"])
def test_a_test_runs_in_usertests_only(scope: str) -> None:
    with pytest.raises(WrongValue, match="usertests"):
        check_scope("test", scope)
    with pytest.raises(WrongValue, match="usertests"):
        command_of(a_row(scope=scope), step_key="test")


@pytest.mark.parametrize("step_key", ["test", "validation", "production"])
@pytest.mark.parametrize("scope", ["us\u0435rtests", "hd-protodune\n", "hd_protodune'", "-x", "--scope=usertests", "hd;x"])
def test_a_scope_that_only_looks_like_one_makes_no_command(scope: str, step_key: str) -> None:
    with pytest.raises(WrongValue) as refused:
        command_of(a_row(scope=scope), step_key=step_key)
    assert refused.value.field == "scope"


def test_options_of_the_environment_do_not_change_the_scope(justin: StandIn) -> None:
    """justIN puts them before those of the command, so that the command's own scope comes last."""
    for stages in ((RECO,), (GEN, RECO)):
        justin.bash("-c", command_of(a_row(stages=stages), step_key="production"), JUSTIN_OPTIONS="--scope usertests")
    made = [call for call in justin.calls() if call["argv"][0] in ("simple-workflow", "create-workflow")]
    assert [call["values"]["scope"] for call in made] == ["hd-protodune"] * 2


def test_the_right_scope_passes_and_is_written_out() -> None:
    assert "--scope usertests " in command_of(a_row(scope="usertests"), step_key="test")
    for step_key in ("validation", "production"):
        assert "--scope hd-protodune " in command_of(a_row(), step_key=step_key)


@pytest.mark.parametrize("step_key", ["setup", "close-out", "", "Test"])
def test_no_workflow_is_submitted_in_another_step(step_key: str) -> None:
    with pytest.raises(WrongValue) as refused:
        check_scope(step_key, "usertests")
    assert refused.value.field == "step"


# --- what justIN would refuse, or take for something else ---


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": ""}, "scope"),
        ({"scope": "HD-protodune"}, "scope"),
        ({"scope": "a b"}, "scope"),
        ({"description": 'say "so"'}, "description"),
        ({"description": "ends in \\"}, "description"),
        ({"description": "x" * 256}, "description"),
        ({"description": "a\0b"}, "description"),
        ({"description": "a\x1b[201~b"}, "description"),
        ({"description": "a\x9b2Jb"}, "description"),
        ({"description": "a\u202eb"}, "description"),
        ({"description": "a\ud800b"}, "description"),
        ({"mql": ""}, "mql"),
        ({"mql": " "}, "mql"),
        ({"mql": 'files from a:b where x="1"'}, "mql"),
        ({"mql": "files from a:b where x ~ 'a\\.b'"}, "mql"),
        ({"mql": "files from a:b limit"}, "mql"),
        ({"mql": "monte-carlo 5"}, "mql"),
        ({"mql": "files from a:b where x='" + "y" * 100_000 + "'"}, "mql"),
        ({"n_monte_carlo": 5}, "mql"),
        ({"mql": "", "n_monte_carlo": 0}, "n_monte_carlo"),
        ({"campaign_id": 0}, "campaign_id"),
        ({"refind_interval_hours": -1}, "refind_interval_hours"),
        ({"workflow_id_file": "~/ids"}, "workflow_id_file"),
        ({"workflow_id_file": "$HOME/ids"}, "workflow_id_file"),
        ({"workflow_id_file": "a\nb"}, "workflow_id_file"),
        ({"stages": ()}, "stages"),
    ],
)
def test_a_value_that_justin_would_refuse_is_refused(changes: dict[str, Any], field: str) -> None:
    assert list(problems(a_row(**changes))) == [field]
    with pytest.raises(WrongValue) as refused:
        command_of(a_row(**changes))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"jobscript": "reco.sh"}, "stages.0.jobscript"),
        ({"jobscript_git": ""}, "stages.0.jobscript"),
        ({"jobscript_git": "", "jobscript": "~/reco.sh"}, "stages.0.jobscript"),
        ({"jobscript_git": "DUNE/prod-scripts"}, "stages.0.jobscript_git"),
        ({"wall_seconds": 0}, "stages.0.wall_seconds"),
        ({"rss_mib": -5}, "stages.0.rss_mib"),
        ({"processors": 0}, "stages.0.processors"),
        ({"gpus": 0}, "stages.0.gpus"),
        ({"max_distance": 101}, "stages.0.max_distance"),
        ({"max_distance": -1}, "stages.0.max_distance"),
        ({"lifetime_days": None}, "stages.0.lifetime_days"),
        ({"lifetime_days": 0}, "stages.0.lifetime_days"),
        ({"outputs": (Output("*_reco?.root"),)}, "stages.0.outputs.0.pattern"),
        ({"outputs": (Output("*[ab].root"),)}, "stages.0.outputs.0.pattern"),
        ({"outputs": (Output(""),)}, "stages.0.outputs.0.pattern"),
        ({"outputs": (Output("*.root", "scope:name"),)}, "stages.0.outputs.0.destination"),
        ({"outputs": (Output("*.root", "a b"),)}, "stages.0.outputs.0.destination"),
        ({"outputs": (Output("*.root", "a-$HOME"),)}, "stages.0.outputs.0.destination"),
        ({"outputs": (Output("*.root", "a-$JUSTIN_SCOPEX"),)}, "stages.0.outputs.0.destination"),
        ({"outputs": (Output("*.root", "https://"),)}, "stages.0.outputs.0.destination"),
        ({"outputs": (Output("*.root", "https://x/a b"),)}, "stages.0.outputs.0.destination"),
        ({"outputs": (Output("*.root", "", True),)}, "stages.0.outputs.0.for_next_stage"),
        ({"output_rses": ("A B",)}, "stages.0.output_rses.0"),
        ({"output_rse_expression": "a\0"}, "stages.0.output_rse_expression"),
        ({"env": (("1A", "x"),)}, "stages.0.env.0"),
        ({"env": (("A", "x"), ("A", "y"))}, "stages.0.env.1"),
        ({"env": (("A", "x\0"),)}, "stages.0.env.0"),
        ({"env": (("JUSTIN_SCOPE", "usertests"),)}, "stages.0.env.0"),
        ({"classads": (("a-b", "x"),)}, "stages.0.classads.0"),
        ({"site": "UK Manchester"}, "stages.0.site"),
        ({"image": "a b"}, "stages.0.image"),
    ],
)
def test_a_value_of_a_stage_that_justin_would_refuse_is_refused(changes: dict[str, Any], field: str) -> None:
    assert list(problems(a_row(stages=(replace(RECO, **changes),)))) == [field]


def test_scratch_outputs_need_no_lifetime() -> None:
    stage = replace(RECO, outputs=(Output("*.root", "https://fndcadoor.fnal.gov:2880/dune/scratch"),), lifetime_days=None)
    assert problems(a_row(stages=(stage,))) == {}


def test_what_the_next_stage_reads_is_neither_scratch_nor_forgotten() -> None:
    to_scratch = replace(GEN, outputs=(Output("*.root", "https://x.org/y", True),))
    assert list(problems(a_row(stages=(to_scratch, RECO)))) == ["stages.0.outputs.0.destination"]
    assert list(problems(a_row(stages=(RECO, RECO)))) == ["stages.0.outputs"]
    assert problems(a_row(stages=(GEN, RECO))) == {}


def test_all_that_is_wrong_is_told_at_once() -> None:
    row = a_row(scope="usertests", description='"', mql="", stages=(replace(RECO, rss_mib=0, lifetime_days=None),))
    assert list(problems(row, "production")) == ["scope", "description", "mql", "stages.0.rss_mib", "stages.0.lifetime_days"]
    assert all(message.endswith(".") for message in problems(row, "production").values())


def test_a_description_of_255_characters_passes() -> None:
    assert problems(a_row(description="é" * 255, mql=SAMPLE)) == {}
