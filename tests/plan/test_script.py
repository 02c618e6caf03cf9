"""The script that submits many rows, run by bash against a stand-in for justin that misbehaves in each known way."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from campaigns.plan.errors import WrongValue
from campaigns.plan.script import fingerprint_of, read_record, script_of
from campaigns.plan.submission import Submission
from tests.plan.rows import GEN, RECO, a_row
from tests.plan.standin import StandIn

HELP = "\nSee the justin(1) man page for detailed help and command syntax\n\nusage: justin COMMAND OPTIONS\n\noptions:\n  -h\n"
NOT_AUTHORISED = "To authorize this computer to run the justin command, visit this page\n"


@pytest.fixture
def justin(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "justin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


def slices(n_rows: int = 3) -> list[tuple[int, Submission]]:
    return [
        (number, a_row(description=f"slice {number}", mql=f"files from a:b ordered skip {1000 * number} limit 1000"))
        for number in range(1, n_rows + 1)
    ]


def run(
    justin: StandIn, folder: Path, rows: list[tuple[int, Submission]] | None = None, *, shell: str = "bash", **env: str
) -> subprocess.CompletedProcess[str]:
    script = folder / "submit.sh"
    script.write_text(script_of(slices() if rows is None else rows, step_key="production", title="pdhd-reco-2026b"))
    return justin.bash(str(script), cwd=folder, shell=shell, **env)


def record(folder: Path) -> dict[int, int]:
    return read_record((folder / "workflows.tsv").read_text())


def states(folder: Path) -> list[str]:
    """The last state of each row, in their order."""
    lines = [line.split("\t") for line in (folder / "workflows.tsv").read_text().splitlines()]
    return list({number: state for number, state, _ in lines}.values())


# --- when all goes well ---


def test_every_row_is_submitted_in_order_and_noted(justin: StandIn, folder: Path) -> None:
    ran = run(justin, folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [call["values"]["description"] for call in justin.calls()] == ["slice 1", "slice 2", "slice 3"]
    assert record(folder) == {1: 12345, 2: 12346, 3: 12347}


def test_it_says_what_it_does(justin: StandIn, folder: Path) -> None:
    assert run(justin, folder, slices(2)).stdout.splitlines() == [
        "Row 1: slice 1",
        "Row 1 is workflow 12345.",
        "Row 2: slice 2",
        "Row 2 is workflow 12346.",
        "2 of 2 rows submitted now, 0 before. workflows.tsv says which row is which workflow.",
    ]


def test_a_second_run_submits_nothing_again(justin: StandIn, folder: Path) -> None:
    run(justin, folder)
    again = run(justin, folder)
    assert again.returncode == 0
    assert len(justin.calls()) == 3
    assert "Row 2 is workflow 12346 already." in again.stdout
    assert "0 of 3 rows submitted now, 3 before." in again.stdout


def test_rows_added_later_are_submitted_beside_those_before(justin: StandIn, folder: Path) -> None:
    run(justin, folder, slices(2))
    assert run(justin, folder, slices(4)).returncode == 0
    assert record(folder) == {1: 12345, 2: 12346, 3: 12347, 4: 12348}


def test_a_workflow_of_several_stages_is_drafted_staged_and_submitted(justin: StandIn, folder: Path) -> None:
    ran = run(justin, folder, [(1, a_row(stages=(GEN, RECO))), (2, a_row())])
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [call["argv"][0] for call in justin.calls()] == [
        "create-workflow", "create-stage", "create-stage", "submit-workflow", "simple-workflow",
    ]  # fmt: skip
    assert [call["values"]["workflow_id"] for call in justin.calls()[1:4]] == [12345] * 3
    assert record(folder) == {1: 12345, 2: 12349}


def test_options_of_the_environment_do_not_reach_the_commands(justin: StandIn, folder: Path) -> None:
    run(justin, folder, slices(1), JUSTIN_OPTIONS="--scope usertests")
    assert [call["options"] for call in justin.calls()] == [None]


def test_a_thousand_rows_that_were_submitted_are_skipped(justin: StandIn, folder: Path) -> None:
    rows = slices(1_000)
    lines = [f"{number}\t{20_000 + number}\t{fingerprint_of(row)}\n" for number, row in rows[:-1]]
    (folder / "workflows.tsv").write_text("".join(lines))
    ran = run(justin, folder, rows)
    assert "1 of 1000 rows submitted now, 999 before." in ran.stdout
    assert [call["values"]["description"] for call in justin.calls()] == ["slice 1000"]


# --- justin misbehaves ---


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((HELP, "error: unrecognized arguments\n", 0), "printed its help"),
        (("", NOT_AUTHORISED, 1), "refused it (exit 1)"),
        (("", "Error creating workflow: SQL\n", 2), "refused it (exit 2)"),
    ],
)
def test_a_refusal_stops_the_script_and_the_next_run_goes_on_there(
    justin: StandIn, folder: Path, answer: tuple[str, str, int], says: str
) -> None:
    justin.answers[1] = answer
    ran = run(justin, folder)
    assert ran.returncode == 1
    assert says in ran.stderr
    assert answer[1] in ran.stderr
    assert len(justin.calls()) == 2
    assert states(folder) == ["12345", "not-made"]
    assert run(justin, folder).returncode == 0
    assert [call["values"]["description"] for call in justin.calls()] == ["slice 1", "slice 2", "slice 2", "slice 3"]
    assert record(folder) == {1: 12345, 2: 12347, 3: 12348}


@pytest.mark.parametrize(
    "answer",
    [
        ("", "", 0),
        ("\n", "", 0),
        ("12399\n\n", "", 0),
        ("12399\nsomething else\n", "", 0),
        ("workflow 12399\n", "", 0),
        (" 12399\n", "", 0),
        ("-5\n", "", 0),
        ("0\n", "", 0),
        ("1.5\n", "", 0),
        ("None\n", "", 0),
        ("12399\n", "", 1),
        ("12399\n", "", 2),
        ("Failed to get workflow ID from output\n", "", 1),
        ("", "Connection error: timed out\n", 21),
        ("", "", 137),
    ],
)
def test_an_answer_that_may_mean_anything_stops_the_script_until_a_person_has_looked(
    justin: StandIn, folder: Path, answer: tuple[str, str, int]
) -> None:
    justin.answers[1] = answer
    ran = run(justin, folder)
    assert ran.returncode == 1
    assert "It is not known whether row 2 was submitted" in ran.stderr
    assert answer[0].strip() in ran.stderr
    assert states(folder) == ["12345", "begun"]
    again = run(justin, folder)
    assert again.returncode == 1
    assert "Row 2 (slice 2) was begun before" in again.stderr
    assert len(justin.calls()) == 2


def said_by_a_person(justin: StandIn, folder: Path, stderr: str, *, was_made: bool) -> None:
    """Runs the line that the script offers, as a person would paste it."""
    line = next(line for line in stderr.splitlines() if ("WORKFLOW-ID" in line) == was_made and "printf" in line)
    assert justin.bash("-c", line.replace("WORKFLOW-ID", "12399"), cwd=folder).returncode == 0


@pytest.mark.parametrize("was_made", [True, False])
def test_what_a_person_says_of_a_row_is_taken(justin: StandIn, folder: Path, was_made: bool) -> None:
    justin.answers[1] = ("", "", 0)
    said_by_a_person(justin, folder, run(justin, folder).stderr, was_made=was_made)
    assert run(justin, folder).returncode == 0
    assert record(folder) == ({1: 12345, 2: 12399, 3: 12347} if was_made else {1: 12345, 2: 12347, 3: 12348})


def test_a_run_that_is_killed_while_justin_works_leaves_a_trace(justin: StandIn, folder: Path) -> None:
    justin.answers[1] = ("", "", "killed")
    assert run(justin, folder).returncode == -9
    assert states(folder) == ["12345", "begun"]
    assert "rmdir workflows.tsv.lock" in run(justin, folder).stderr
    (folder / "workflows.tsv.lock").rmdir()
    assert "It is not known whether row 2 was submitted" in run(justin, folder).stderr
    assert len(justin.calls()) == 2


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (0, (HELP, "", 0)),
        (0, ("", "no such scope\n", 2)),
        (0, ("", "", 0)),
        (1, (HELP, "", 0)),
        (1, ("", "no such jobscript\n", 1)),
        (2, ("", "Invalid file pattern\n", 2)),
        (2, ("", "Connection error\n", 21)),
        (3, (HELP, "", 0)),
        (3, ("", "forbidden\n", 2)),
    ],
)
def test_a_failure_among_several_stages_submits_nothing_and_the_next_run_begins_anew(
    justin: StandIn, folder: Path, call: int, answer: tuple[str, str, int]
) -> None:
    justin.answers[call] = answer
    rows = [(1, a_row(stages=(GEN, RECO))), (2, a_row())]
    ran = run(justin, folder, rows)
    assert ran.returncode == 1
    assert "It was not submitted." in ran.stderr
    assert len(justin.calls()) == call + 1
    assert call == 0 or "12345" in ran.stdout + ran.stderr
    assert run(justin, folder, rows).returncode == 0
    assert record(folder) == {1: 12345 + call + 1, 2: 12345 + call + 5}


def test_a_submission_of_a_draft_that_may_have_worked_is_not_done_again(justin: StandIn, folder: Path) -> None:
    justin.answers[3] = ("", "Connection error\n", 21)
    rows = [(1, a_row(stages=(GEN, RECO)))]
    assert "Its draft is workflow 12345." in run(justin, folder, rows).stderr
    again = run(justin, folder, rows)
    assert "its draft is workflow 12345" in again.stderr
    assert len(justin.calls()) == 4


# --- what stands in the way ---


def test_a_row_whose_command_changed_after_it_was_submitted_stops_the_script(justin: StandIn, folder: Path) -> None:
    run(justin, folder)
    changed = [(number, replace(row, campaign_id=403) if number == 2 else row) for number, row in slices()]
    ran = run(justin, folder, changed)
    assert ran.returncode == 1
    assert "Row 2 was submitted as workflow 12346, but with another command" in ran.stderr
    assert len(justin.calls()) == 3


def test_a_record_that_was_cut_short_is_not_taken_for_an_id(justin: StandIn, folder: Path) -> None:
    (folder / "workflows.tsv").write_text(f"1\t123\t{fingerprint_of(slices()[0][1])[:-2]}")
    ran = run(justin, folder)
    assert ran.returncode == 1
    assert justin.calls() == []


def test_lines_that_are_not_of_the_script_are_left_alone(justin: StandIn, folder: Path) -> None:
    (folder / "workflows.tsv").write_text("# mine\n\n$(touch pwned)\t5\tx\nx[$(touch pwned)]\t5\tx\n")
    assert run(justin, folder, slices(1)).returncode == 0
    assert (folder / "workflows.tsv").read_text().startswith("# mine\n")
    assert not (folder / "pwned").exists()
    assert record(folder) == {1: 12345}


def test_two_runs_at_once_are_refused(justin: StandIn, folder: Path) -> None:
    (folder / "workflows.tsv.lock").mkdir()
    ran = run(justin, folder)
    assert (ran.returncode, justin.calls()) == (1, [])
    assert "rmdir workflows.tsv.lock" in ran.stderr


def test_without_justin_nothing_begins(justin: StandIn, folder: Path) -> None:
    (justin.folder / "bin" / "justin").unlink()
    ran = run(justin, folder)
    assert ran.returncode == 1
    assert "setup justin" in ran.stderr
    assert not (folder / "workflows.tsv").exists()


def test_a_jobscript_that_cannot_be_read_stops_it_before_the_first_row(justin: StandIn, folder: Path) -> None:
    stage = replace(RECO, jobscript_git="", jobscript="it's `touch pwned`.sh")
    rows = [*slices(2), (3, a_row(stages=(stage,)))]
    ran = run(justin, folder, rows)
    assert (ran.returncode, justin.calls()) == (1, [])
    assert "The jobscript it's `touch pwned`.sh cannot be read here." in ran.stderr
    (folder / "it's `touch pwned`.sh").write_text("true")
    assert run(justin, folder, rows).returncode == 0
    assert not (folder / "pwned").exists()


def test_a_jobscript_that_is_not_the_version_meant_stops_it_before_the_first_row(justin: StandIn, folder: Path) -> None:
    name = "my `touch pwned`.jobscript"
    rows = [(1, a_row(stages=(replace(RECO, jobscript_git="", jobscript=name),)))]
    script = folder / "submit.sh"
    script.write_text(script_of(rows, step_key="production", hashes={name: sha256(b"true\n").hexdigest()}))
    (folder / name).write_text("false\n")
    ran = justin.bash(str(script), cwd=folder)
    assert (ran.returncode, justin.calls()) == (1, [])
    assert "is not the version that the portal keeps. Download it there." in ran.stderr
    (folder / name).write_text("true\n")
    assert justin.bash(str(script), cwd=folder).returncode == 0
    assert not (folder / "pwned").exists()


def test_a_file_of_ids_that_cannot_be_written_stops_it_before_the_first_row(justin: StandIn, folder: Path) -> None:
    """justin would make the workflow, fail to write its id, and exit 1 as if it had refused."""
    ran = run(justin, folder, [(1, a_row(workflow_id_file="missing/ids"))])
    assert (ran.returncode, justin.calls()) == (1, [])
    assert "missing/ids cannot be written here" in ran.stderr


def test_a_record_that_cannot_be_written_stops_it_before_the_first_row(justin: StandIn, folder: Path) -> None:
    (folder / "submit.sh").write_text(script_of(slices(), step_key="production", record_file="missing/workflows.tsv"))
    assert justin.bash("submit.sh", cwd=folder).returncode == 1
    assert justin.calls() == []


def test_another_shell_than_bash_is_told_so(justin: StandIn, folder: Path) -> None:
    ran = run(justin, folder, shell="sh")
    if "Run this with bash" not in ran.stderr:  # where sh is bash
        assert ran.returncode == 0
    else:
        assert (ran.returncode, justin.calls()) == (1, [])


# --- hostile values ---


def test_nothing_in_a_row_or_title_acts(justin: StandIn, folder: Path) -> None:
    text = "it's $(touch pwned) `touch pwned`; touch pwned\ntouch pwned\n# '\ttouch"
    stage = replace(RECO, env=(("A", text + '"'),))
    rows = [(1, a_row(description=text, stages=(stage,))), (2, a_row(description=text, stages=(GEN, stage)))]
    (folder / "submit.sh").write_text(script_of(rows, step_key="production", title=text + "\n\x1btouch pwned"))
    ran = justin.bash("submit.sh", cwd=folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == ["submit.sh", "workflows.tsv"]
    assert [call["values"]["env"] for call in justin.calls() if call["values"]["env"]] == [["A=" + text + '"']] * 2
    assert justin.calls()[0]["values"]["description"] == text


# --- what is refused before there is a script ---


def test_a_script_for_production_never_runs_in_usertests() -> None:
    with pytest.raises(WrongValue) as refused:
        script_of([(1, a_row()), (2, a_row(scope="usertests"))], step_key="production")
    assert refused.value.field == "rows.2.scope"
    assert refused.value.message.startswith("Row 2: ")


@pytest.mark.parametrize("record_file", ["", "-x", "a b", "$(touch pwned)", "a\nb", "~/x"])
def test_a_hostile_name_of_the_record_is_refused(record_file: str) -> None:
    with pytest.raises(WrongValue) as refused:
        script_of(slices(), step_key="production", record_file=record_file)
    assert refused.value.field == "record_file"


@pytest.mark.parametrize("numbers", [[], [0], [1, 1], [-1]])
def test_rows_are_numbered_once(numbers: list[int]) -> None:
    with pytest.raises(WrongValue) as refused:
        script_of([(number, a_row()) for number in numbers], step_key="production")
    assert refused.value.field == "rows"


# --- the record, read back ---


def test_the_record_gives_the_last_id_of_each_row() -> None:
    text = "1\tbegun\tx\n1\t12345\tx\n2\tbegun\tx\n3\t5\tx\n3\tnot-made\tx\nnoise\n4\t-5\tx\n5\t12346"
    assert read_record(text) == {1: 12345, 5: 12346}
