"""manage.py step_table: write the steps and their criteria into docs/steps.md, or say that it is out of date."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from campaigns.steps.process import Criterion, Guard, Kind, Process, Step, file_content, read_process

FILE: Path = settings.BASE_DIR / "docs" / "steps.md"
BEGIN, END = "<!-- written by `manage.py step_table` -->\n", "<!-- end of what `manage.py step_table` writes -->\n"
KINDS = {
    Kind.AUTO: "seen by the portal",
    Kind.MANUAL: "shown with evidence",
    Kind.DECISION: "decided at a meeting",
    Kind.SIGN_OFF: "signed",
}
GUARDS = {Guard.NONE: "", Guard.USERTESTS: "must be `usertests`", Guard.NOT_USERTESTS: "must not be `usertests`"}


class Command(BaseCommand):
    help = "Write the tables of steps and criteria into docs/steps.md, from campaigns/steps/process.toml."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; fail when the file is out of date.")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        old = FILE.read_text(encoding="utf-8")
        new = with_tables(old)
        if check and old != new:
            raise CommandError("docs/steps.md is out of date: run manage.py step_table and look at what changed.")
        if old != new:
            FILE.write_text(new, encoding="utf-8")
        self.stdout.write("docs/steps.md is up to date." if old == new else "docs/steps.md is written.")


def with_tables(text: str) -> str:
    """The guide with the tables of today's process.toml between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + tables(read_process(file_content())) + "\n" + END + after


def tables(process: Process) -> str:
    """One table for each step."""
    return "\n".join(_table(step) for step in process.steps)


def _table(step: Step) -> str:
    bound = ", ".join(sorted(step.binds)) or "nothing else"
    scope = f" The scope of its workflows {GUARDS[step.guard]}." if step.guard else ""
    lines = [
        f"### {step.position}. {step.title}", "",
        f"{step.help} Sign-offs are bound to the step’s evidence and to: {bound}.{scope}", "",
        "| criterion | key | how it is met | who acts |", "|---|---|---|---|",
    ]  # fmt: skip
    lines += [f"| {one.text} | `{one.key}` | {_how(one)} | {one.who} |" for one in step.criteria]
    return "\n".join([*lines, ""])


def _how(one: Criterion) -> str:
    words = [KINDS[one.kind]]
    if one.rule and one.kind is not Kind.AUTO:
        words.append("or seen by the portal")
    if one.explainable:
        words.append("or explained with evidence")
    if one.stays_open:
        words.append("also after the step is complete")
    return ", ".join(words)
