"""The set-up brings what PDFs are made with where it may, and never fails because of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

LIBRARIES = "libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A clone that is set up already, on a machine whose commands tell what they were asked."""
    for part in ("scripts", "requirements", ".venv/bin", "bin"):
        (tmp_path / part).mkdir(parents=True)
    shutil.copy(ROOT / "scripts/setup.sh", tmp_path / "scripts")
    (tmp_path / "requirements/dev.txt").write_text("nothing\n")
    (tmp_path / ".venv/.installed").write_text("nothing\n")
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    return tmp_path


def command(site: Path, name: str, code: str) -> None:
    path = site / "bin" / name
    path.write_text(f"#!/bin/sh\n{code}\n")
    path.chmod(0o755)


def set_up(site: Path, *, user: int = 0, there: str = "", apt: int | None = 0) -> tuple[subprocess.CompletedProcess[str], str]:
    command(site, "id", f"echo {user}")
    command(site, "ldconfig", f"echo '{there}'")
    command(site, "find", "exit 0")  # no font
    if apt is not None:
        command(site, "apt-get", f'echo "$@" >> {site}/asked; exit {apt}')
    path = f"{site}/bin:/usr/bin:/bin" if apt is not None else f"{site}/bin"
    for name in () if apt is not None else ("dirname", "cmp", "head", "sh"):
        (site / "bin" / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        [str(shutil.which("sh")), "scripts/setup.sh"], cwd=site, env={**os.environ, "PATH": path}, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    asked = site / "asked"
    return done, asked.read_text() if asked.exists() else ""


def test_root_gets_the_parts_that_are_missing_and_only_those(site: Path):
    done, asked = set_up(site, there="libpango-1.0.so.0")
    assert done.returncode == 0, done.stderr
    assert "libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core" in asked
    assert "libpango-1.0-0" not in asked
    assert len(asked.splitlines()) == 1


def test_a_machine_that_has_them_is_left_alone(site: Path):
    (site / "bin/find").unlink(missing_ok=True)
    command(site, "id", "echo 0")
    done, asked = set_up(site, there=LIBRARIES)
    assert done.returncode == 0
    assert "libpango" not in asked


def test_who_is_not_root_gets_none_and_no_complaint(site: Path):
    done, asked = set_up(site, user=1000)
    assert (done.returncode, asked, done.stdout, done.stderr) == (0, "", "", "")


def test_a_machine_without_apt_is_set_up_all_the_same(site: Path):
    done, asked = set_up(site, apt=None)
    assert (done.returncode, asked) == (0, ""), done.stderr


def test_when_they_cannot_be_had_the_set_up_goes_on_and_says_so(site: Path):
    done, asked = set_up(site, apt=100)
    assert done.returncode == 0
    assert "without PDFs of logs" in done.stdout
    assert "update" in asked
