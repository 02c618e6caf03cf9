"""The `justin` commands of a row of a plan, written for the shell and read back.

For the client of 2026 (01.07). One stage is one command; more are a draft, its stages and its submission, joined so that
nothing is submitted unless everything before it went well: the client exits 0 on a mistake, therefore what it says is looked
at too (an id from create-workflow, nothing from the others).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.plan.errors import WrongValue
from campaigns.plan.shell import WORKFLOW_ID, commands_in, quoted
from campaigns.plan.submission import (
    Output,
    Stage,
    Submission,
    check_scope,
    check_submission,
    description_problems,
    file_problems,
    problems_of,
    scope_problems,
)

__all__ = [
    "Output", "Stage", "Submission", "check_scope", "check_submission", "command_of", "create_campaign_command",
    "parse_command", "problems_of", "words_of",
]  # fmt: skip


@dataclass(frozen=True)
class _Option:
    """An option of the client, the field it stands for, and how its text is read. `is_many`: it may be given again."""

    name: str
    field: str
    read: Callable[[str, str], Any] = lambda field, text: text
    is_many: bool = False

    def texts(self, value: Any) -> Iterator[str]:
        if value is None or value == "":
            return
        for one in value if self.is_many else (value,):
            if isinstance(one, date):
                yield one.isoformat().replace("-", "")
            else:
                yield "=".join(one) if isinstance(one, tuple) else str(one)


def _whole(field: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise WrongValue(field, f"“{text[:40]}” is no whole number.")
    return int(text)


def _day(field: str, text: str) -> date:
    try:
        if not re.fullmatch(r"[0-9]{8}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise WrongValue(field, f"“{text[:40]}” is no day: write YYYYMMDD, for example 20261231.") from None


def _pair(field: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise WrongValue(field, f"“{text[:60]}” is not of the form NAME=VALUE.")
    return name, value


def _output(text: str, *, for_next_stage: bool) -> Output:
    pattern, _, destination = text.partition(":")
    return Output(pattern, destination, for_next_stage)


OF_THE_WORKFLOW = (
    _Option("--description", "description"),
    _Option("--mql", "mql"),
    _Option("--monte-carlo", "n_monte_carlo", _whole),
    _Option("--scope", "scope"),
    _Option("--campaign-id", "campaign_id", _whole),
    _Option("--refind-end-date", "refind_end_on", _day),
    _Option("--refind-interval-hours", "refind_interval_hours", _whole),
    _Option("--workflow-id-file", "workflow_id_file"),
)
OF_A_STAGE = (
    _Option("--jobscript", "jobscript"),
    _Option("--jobscript-git", "jobscript_git"),
    _Option("--wall-seconds", "wall_seconds", _whole),
    _Option("--rss-mib", "rss_mib", _whole),
    _Option("--processors", "processors", _whole),
    _Option("--gpus", "gpus", _whole),
    _Option("--max-distance", "max_distance", _whole),
    _Option("--output-pattern", "outputs", lambda field, text: _output(text, for_next_stage=False), is_many=True),
    _Option("--output-pattern-next-stage", "outputs", lambda field, text: _output(text, for_next_stage=True), is_many=True),
    _Option("--lifetime-days", "lifetime_days", _whole),
    _Option("--output-rse", "output_rses", is_many=True),
    _Option("--output-rse-expression", "output_rse_expression"),
    _Option("--env", "env", _pair, is_many=True),
    _Option("--classad", "classads", _pair, is_many=True),
    _Option("--site", "site"),
    _Option("--image", "image"),
)
OF_WORKFLOW_AND_STAGE = (_Option("--workflow-id", "workflow_id"), _Option("--stage-id", "stage_id", _whole))
OLD_NAMES = {"--rss-mb": "--rss-mib"}  # the client still takes these
GONE = {
    "--campaign": "--campaign-id",
    "--gpu": "--gpus N",
    "--jobscript-id": "--jobscript or --jobscript-git",
    "--htcondor-group": "nothing, as the scope decides",
}


def command_of(row: Submission, *, step_key: str | None = None) -> str:
    """The command to paste into a shell; with a step its scope is guarded. Raises WrongValue.

    The scope is always written out. It gives the workflow's id on stdout.
    """
    first, *others = words_of(row, step_key=step_key)
    if not others:
        return quoted(first)
    lines = [f'said=""; workflow_id=$({quoted(first)}) && [ "$workflow_id" -gt 0 ]']
    lines += [f'said=$({quoted(words)}) && [ -z "$said" ]' for words in others]
    end = 'echo "$workflow_id" || { echo "Not submitted. justin said: $workflow_id $said" >&2; false; }'
    return " &&\n".join([*lines, end])


def words_of(row: Submission, *, step_key: str | None = None) -> list[list[str]]:
    """The words of each command, one after the other; shell.WORKFLOW_ID stands for the id the first one gives."""
    check_submission(row, step_key=step_key)
    of_the_workflow = list(_given(OF_THE_WORKFLOW, row))
    if len(row.stages) == 1:
        return [["justin", "simple-workflow", *of_the_workflow, *_stage_words(row.stages[0])]]
    commands = [["justin", "create-workflow", *of_the_workflow]]
    for number, stage in enumerate(row.stages, start=1):
        of_the_stage = ["--workflow-id", WORKFLOW_ID, "--stage-id", str(number), *_stage_words(stage)]
        commands.append(["justin", "create-stage", *of_the_stage])
    return [*commands, ["justin", "submit-workflow", "--workflow-id", WORKFLOW_ID]]


def create_campaign_command(*, description: str, quota: str, campaign_id_file: str = "") -> str:
    """The command that makes a justIN campaign: its id goes to stdout, and as a line to the file. Raises WrongValue.

    justIN refuses a workflow whose scope has another quota than its campaign.
    """
    return quoted(create_campaign_words(description=description, quota=quota, campaign_id_file=campaign_id_file))


def create_campaign_words(*, description: str, quota: str, campaign_id_file: str = "") -> list[str]:
    for problem in (
        *scope_problems("quota", quota),
        *description_problems(description),
        *file_problems("campaign_id_file", campaign_id_file),
    ):
        raise problem
    words = ["justin", "create-campaign"]
    for name, value in (("--description", description), ("--quota", quota), ("--campaign-id-file", campaign_id_file)):
        words += _option_words(name, value) if value else ()
    return words


def parse_command(text: str) -> Submission:
    """The row that a command submits: one simple-workflow, or create-workflow with its stages and submit-workflow.

    Raises WrongValue for what justIN would refuse, and for whatever a shell would fill in or run.
    """
    commands = commands_in(text)
    if not commands:
        raise WrongValue("command", "There is no command.")
    if any(words[0] != "justin" for words in commands):
        raise WrongValue("command", "It holds other commands than justin.")
    verbs = [words[1] if len(words) > 1 else "" for words in commands]
    if verbs == ["simple-workflow"]:
        values = _values(commands[0][2:], OF_THE_WORKFLOW + OF_A_STAGE)
        stages = [Stage(**{option.field: values.pop(option.field) for option in OF_A_STAGE if option.field in values})]
    elif len(verbs) > 2 and verbs == ["create-workflow", *["create-stage"] * (len(verbs) - 2), "submit-workflow"]:
        values = _values(commands[0][2:], OF_THE_WORKFLOW)
        stages = [_parsed_stage(number, words[2:]) for number, words in enumerate(commands[1:-1], start=1)]
        if commands[-1][2:] != ["--workflow-id", WORKFLOW_ID]:
            raise WrongValue("command", "submit-workflow submits another workflow than the one just made.")
    else:
        raise WrongValue(
            "command",
            "It must be justin simple-workflow, or create-workflow, its create-stage and submit-workflow, in this order.",
        )
    if "scope" not in values:
        raise WrongValue("scope", "Say the scope: without --scope justIN would take usertests.")
    row = Submission(stages=tuple(stages), **values)
    check_submission(row)
    return row


def _parsed_stage(number: int, words: Sequence[str]) -> Stage:
    values = _values(words, OF_WORKFLOW_AND_STAGE + OF_A_STAGE)
    if values.pop("workflow_id", None) != WORKFLOW_ID:
        raise WrongValue("command", "create-stage adds to another workflow than the one just made.")
    if values.pop("stage_id", None) != number:
        raise WrongValue("command", "Stages are numbered 1, 2, … in order.")
    return Stage(**values)


def _values(words: Sequence[str], options: Sequence[_Option]) -> dict[str, Any]:
    known = {option.name: option for option in options}
    values: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        name, equals, text = word.partition("=")
        name = OLD_NAMES.get(name, name)
        option = known.get(name)
        if option is None:
            raise WrongValue("command", _unknown(name))
        if not equals:
            text = next(rest, "")
            if not text or (text.startswith("-") and text[1:2] and not text[1:2].isdigit()):
                raise WrongValue(option.field, f"{name} has no value; one that begins with - is written {name}=VALUE.")
        if option.is_many:
            values[option.field] = (*values.get(option.field, ()), option.read(option.field, text))
        elif option.field in values:
            raise WrongValue(option.field, f"{name} is there twice.")
        else:
            values[option.field] = option.read(option.field, text)
    return values


def _unknown(name: str) -> str:
    if name in GONE:
        return f"Today's client has no {name}; write {GONE[name]}."
    return f"“{name[:60]}” is no option of this command. Write options in full."


def _given(options: Sequence[_Option], of: object) -> Iterator[str]:
    for option in options:
        for text in option.texts(getattr(of, option.field)):
            yield from _option_words(option.name, text)


def _stage_words(stage: Stage) -> Iterator[str]:
    for option in OF_A_STAGE:
        if option.name == "--output-pattern":
            for output in stage.outputs:  # of both kinds, in their order
                yield from _option_words("--output-pattern-next-stage" if output.for_next_stage else option.name, str(output))
        elif option.field != "outputs":
            yield from _given((option,), stage)


def _option_words(name: str, text: str) -> tuple[str, ...]:
    """A value that looks like an option is tied to its own, or the client would print its help and exit 0."""
    return (f"{name}={text}",) if text.startswith("-") else (name, text)
