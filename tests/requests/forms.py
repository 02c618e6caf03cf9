"""A content as a browser sends it: the form's fields by their names."""

from __future__ import annotations

import json
from typing import Any

from campaigns.requests.shape import TABLES


def posted(content: dict[str, Any], action: str = "save", **more: object) -> dict[str, Any]:
    """What the form posts when `action`'s button is pressed; `more` are hidden fields such as version and base."""
    fields: dict[str, Any] = {"action": action}
    for name, value in content.items():
        if name in TABLES:
            for index, row in enumerate(value):
                for cell, text in row.items():
                    fields[f"{name}.{index}.{cell}"] = json.dumps(text) if cell == "extra" else text
        elif isinstance(value, dict):
            fields |= {f"{name}.{inner}": text for inner, text in value.items()}
        else:
            fields[name] = "\n".join(value) if isinstance(value, list) else value
    return fields | {name: json.dumps(value) if isinstance(value, dict) else value for name, value in more.items()}
