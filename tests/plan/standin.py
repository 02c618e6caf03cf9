"""A stand-in for the `justin` program: it notes what it was called with and answers as it is told to.

It reads its options as the real client does (argparse; a mistake prints the help and exits 0; JUSTIN_OPTIONS come first).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = """#!{python} -SE
import argparse, json, os, sys
folder = {folder!r}
parser = argparse.ArgumentParser(usage="justin COMMAND OPTIONS")
parser.add_argument("command")
for name in ("workflow-id", "stage-id", "monte-carlo", "campaign-id", "refind-end-date", "refind-interval-hours",
             "wall-seconds", "processors", "gpus", "lifetime-days"):
    parser.add_argument("--" + name, type=int)
for name in ("rss-mib", "max-distance"):
    parser.add_argument("--" + name, type=float)
for name in ("description", "mql", "scope", "quota", "campaign-id-file", "jobscript", "jobscript-git", "output-rse-expression",
             "site", "image", "workflow-id-file"):
    parser.add_argument("--" + name)
for name in ("output-pattern", "output-pattern-next-stage", "output-rse", "env", "classad"):
    parser.add_argument("--" + name, action="append")
calls = os.path.join(folder, "calls")
number = sum(1 for line in open(calls)) if os.path.exists(calls) else 0
argv = sys.argv[1:]
added = os.environ.get("JUSTIN_OPTIONS", "").split()
try:
    values = vars(parser.parse_args([*argv[:1], *added, *argv[1:]]))
except SystemExit:
    values = None
with open(calls, "a") as file:
    file.write(json.dumps({{"argv": argv, "values": values, "options": os.environ.get("JUSTIN_OPTIONS")}}) + "\\n")
if values is None:
    parser.print_help()
    sys.exit(0)
answers = json.load(open(os.path.join(folder, "answers")))
makes = values["command"] in ("simple-workflow", "create-workflow", "create-campaign")
out, err, code = answers.get(str(number), [str(12345 + number) + "\\n" if makes else "", "", 0])
if code == "killed":
    os.killpg(0, 9)  # itself and the shell that called it, which have a group of their own
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


@dataclass
class StandIn:
    """`answers` by the number of the call (from 0): stdout, stderr, exit status. Others are answered well: 12345 + number."""

    folder: Path
    answers: dict[int, tuple[str, str, int | str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bin_folder = self.folder / "bin"
        bin_folder.mkdir(parents=True)
        program = bin_folder / "justin"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(self.folder)))
        program.chmod(0o755)

    def bash(
        self, *arguments: str, cwd: Path | None = None, shell: str = "bash", **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a shell in which `justin` is this stand-in."""
        (self.folder / "answers").write_text(json.dumps(self.answers))
        return subprocess.run(
            [shell, *arguments],
            cwd=cwd or self.folder,
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )

    def calls(self) -> list[dict[str, Any]]:
        """What it was called with, in order: `argv` and the `values` the client would read (None: its help was printed)."""
        noted = self.folder / "calls"
        return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []
