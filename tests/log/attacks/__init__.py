"""Texts and files that would do harm if they were shown or kept as they come: data in texts.json and files.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.log.attacks.making import MAKE

HERE = Path(__file__).parent


def texts() -> dict[str, str]:
    """By name. Those that are dangerous by their length alone are written as a recipe."""
    return {one["name"]: _text(one) for one in json.loads((HERE / "texts.json").read_text())}


def _text(one: dict[str, Any]) -> str:
    if "repeat" in one:
        piece, n, end = one["repeat"]
        return piece * n + end
    if "numbers" in one:
        return " ".join(f"#{number}" for number in range(1, one["numbers"] + 1))
    if "table" in one:
        n_columns, n_rows = one["table"]
        return "|a" * n_columns + "\n" + "|-" * n_columns + "\n" + "|b\n" * n_rows
    return str(one["text"])


def files() -> dict[str, dict[str, str]]:
    """By name: the name of the file, what becomes of it (refused, download or picture), and how it is made."""
    return {one["name"]: one for one in json.loads((HERE / "files.json").read_text())}


def made(one: dict[str, str]) -> tuple[str, bytes]:
    """The name under which it is uploaded, and its bytes."""
    name = "x" * 5_000 + ".png" if one.get("make") == "long name" else one["file"]
    return name, MAKE[one["make"]]() if "make" in one else one["text"].encode()
