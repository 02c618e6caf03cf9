"""The rules by the names that process.toml uses."""

from __future__ import annotations

from collections.abc import Callable

from campaigns.steps.facts.material import Material
from campaigns.steps.standing import Finding

Rule = Callable[[Material], Finding]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Register a rule under its own name."""
    RULES[function.__name__] = function
    return function
