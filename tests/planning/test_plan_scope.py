"""No text anywhere in a plan gets a command the wrong scope: what cannot be right has no command at all."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from campaigns.plan.commands import parse_command
from campaigns.planning.content import read_content
from campaigns.planning.rows import lay_out
from portal.errors import Invalid
from tests.plan.test_commands import ARGV
from tests.planning.plans import lbl2

SMUGGLED = [
    "--scope=usertests", "--scope usertests", "-x --scope usertests", "' --scope usertests '", '" --scope usertests "',
    "x'; justin simple-workflow --scope usertests #", "$(touch pwned)", "`touch pwned`", "a\n--scope usertests", "a\\' --scope",
    "usertests", "USERTESTS", "x && touch pwned", "x\\", "'", "${IFS}--scope${IFS}usertests", "JUSTIN_SCOPE=usertests",
    "A=--scope", "*.root:--scope", "--scope:usertests", "*.root:usertests", "uſertests", "ｕｓｅｒｔｅｓｔｓ",
    "fardet-hd --scope usertests",
]  # fmt: skip
PLACES = [
    ("common", "description"), ("common", "scope"), ("common", "jobscript"), ("common", "jobscript_git"), ("common", "env"),
    ("common", "output_patterns"), ("samples", "label"), ("samples", "mql"), ("rows", "mql"), ("rows", "notes"),
    ("rows", "site"), ("later", "jobscript"), ("later", "env"), ("later", "output_patterns"), ("later", "next_patterns"),
]  # fmt: skip
ANYTHING_GOES = {"description", "label", "notes", "mql", "jobscript", "env"}
LATER = {"jobscript_git": "DUNE/prod/hd/ana.jobscript:v1", "lifetime_days": 9, "output_patterns": ["*ana.root"]}


def plan_with(place: tuple[str, str], text: str) -> dict[str, Any]:
    """The tutorial's plan with rows in all three steps and this text in one place."""
    what, name = place
    plan = deepcopy(lbl2())
    plan["rows"] = [{"key": step, "step": step, "sample": "s1", "limit": 10} for step in ("test", "validation", "production")]
    value: Any = [text] if name in ("env", "output_patterns", "next_patterns") else text
    if name == "mql":
        value = f"files from a:b where x = {text}"
    if what == "later":
        also = {"jobscript_git": ""} if name == "jobscript" else {}
        plan["common"] |= {"next_patterns": ["*.root"], "later_stages": [LATER | {name: value} | also]}
    elif what == "common":
        plan["common"] |= {name: value} | ({"jobscript_git": ""} if name == "jobscript" else {})
    else:
        for one in plan[what]:
            one[name] = value
    return plan


def options(words: list[str]) -> Iterator[tuple[str, str]]:
    """As the client reads them: a value is tied to its option, or is the next word and begins with no hyphen."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        assert name.startswith("--")
        if not equals:
            value = next(rest)
            assert not value.startswith("-")
        yield name, value


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_whatever_is_typed_anywhere_a_command_has_its_steps_scope_or_there_is_none(
    place: tuple[str, str], tmp_path: Path
) -> None:
    program, here = tmp_path / "justin", tmp_path / "here"
    here.mkdir()
    program.write_text(ARGV)
    program.chmod(0o755)
    n_commands = 0
    for number, text in enumerate(SMUGGLED):
        try:
            content = read_content(plan_with(place, text))
        except Invalid:
            continue
        for laid in lay_out(content).rows:
            if not laid.command:
                assert laid.problems
                continue
            n_commands += 1
            argv = tmp_path / f"argv-{number}-{laid.number}"
            env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ARGV_FILE": str(argv)}
            subprocess.run(["/bin/sh", "-c", laid.command], cwd=here, env=env, capture_output=True, timeout=60, check=True)
            scope = "usertests" if laid.row.step == "test" else content.common.scope
            words = argv.read_text().split("\1\0")[0].split("\0")[:-1]
            assert [value for name, value in options(words[1:]) if name == "--scope"] == [scope]
            assert (scope.casefold() == "usertests") == (laid.row.step == "test")
            assert parse_command(laid.command).scope == scope
    assert list(here.iterdir()) == []
    assert n_commands >= 3 or place[1] not in ANYTHING_GOES
