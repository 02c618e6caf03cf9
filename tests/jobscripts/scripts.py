"""Jobscripts as production writes them, and changes of one place in them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "scripts"
NAMES = ["larnd", "many", "piped", "reco", "simulation"]


def script(name: str) -> str:
    return (FOLDER / f"{name}.sh").read_text()


def changed(name: str, old: str, new: str) -> str:
    """The script with one place written otherwise, which must be there exactly once."""
    text = script(name)
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}.sh"
    return text.replace(old, new)


def line_of(text: str, part: str) -> int:
    """The number of the line that holds this, from 1; it must be in exactly one."""
    found = [number for number, line in enumerate(text.split("\n"), start=1) if part in line]
    assert len(found) == 1, f"{part!r} is in the lines {found}"
    return found[0]
