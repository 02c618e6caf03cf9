"""The guide to the steps says what process.toml says."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.management.commands import step_table
from campaigns.steps.process import file_content, read_process


def test_the_guide_is_written_from_todays_template() -> None:
    out = StringIO()
    call_command("step_table", "--check", stdout=out)
    assert "up to date" in out.getvalue()


def test_a_guide_that_tells_another_policy_is_noticed_and_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = tmp_path / "steps.md"
    whole = step_table.FILE.read_text(encoding="utf-8")
    guide.write_text(whole.replace("| The plan is agreed at a meeting |", "| The plan is agreed by post |"), encoding="utf-8")
    monkeypatch.setattr(step_table, "FILE", guide)
    with pytest.raises(CommandError, match="out of date"):
        call_command("step_table", "--check")
    call_command("step_table", stdout=StringIO())
    assert guide.read_text(encoding="utf-8") == whole


def test_every_criterion_has_its_row_with_who_acts() -> None:
    text = step_table.tables(read_process(file_content()))
    for step in read_process(file_content()).steps:
        assert f"### {step.position}. {step.title}" in text
        for one in step.criteria:
            row = next(line for line in text.splitlines() if f"| `{one.key}` |" in line)
            assert row.startswith(f"| {one.text} |")
            assert row.endswith(f"| {one.who} |")
