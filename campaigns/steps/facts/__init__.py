"""What auto criteria see. A rule is a function from Material to a Finding, registered under the name that process.toml uses.

Rules ask nothing and write nothing: all they need was read by `read_material` in a constant number of queries. A rule
whose facts the portal does not know yet says NOT_AVAILABLE and what it waits for, never MET.
"""

from __future__ import annotations

from collections.abc import Iterable

from campaigns.steps.facts import (  # noqa: F401  they register
    checks,
    configuration,
    datasets,
    later,
    log_pdf,
    people,
    plan,
    quick_test,
    requests,
    workflows,
)
from campaigns.steps.facts.material import Material, read_material
from campaigns.steps.facts.registry import RULES, rule
from campaigns.steps.process import Criterion
from campaigns.steps.standing import Finding
from campaigns.steps.states import CriterionState

__all__ = ["RULES", "Material", "read_material", "rule", "see"]


def see(criteria: Iterable[Criterion], material: Material) -> dict[str, Finding]:
    """What the rules of these criteria see now, by key of criterion; those without a rule are left out."""
    return {one.key: _look(one.rule, material) for one in criteria if one.rule}


def _look(name: str, material: Material) -> Finding:
    look = RULES.get(name)
    if look is None:  # a kept version may name a rule that a later portal no longer has
        return Finding(CriterionState.NOT_AVAILABLE, f"The portal has no rule named {name}.")
    return look(material)
