"""What the rule sees of the checks of full-scale production: how many of the windows in which something ran were checked."""

from __future__ import annotations

from datetime import datetime

from campaigns.models import StepVerb
from campaigns.steps.facts.findings import met, not_met, noted
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Finding
from portal.wording import counted

STEP = "production"
ENOUGH = 0.9  # of the checks: with fewer the step is not complete unless a coordinator waives it
SINCE = "since full-scale production began"


@rule
def checks_done(material: Material) -> Finding:
    """Every check that was due was done; a few that were missed, or were late, are noted."""
    began = _began_at(material)
    checks = [one for one in material.checks if began is None or one.closes_at > began]
    if not checks:
        workflows = material.attached_to(STEP)
        if workflows and all(one.is_finished for one in workflows):
            return noted(f"No check was due {SINCE}: nothing ran in any of its windows.", n_due=0)
        return not_met(f"No check was due {SINCE}.", n_due=0)
    done = [one for one in checks if one.is_done]
    late = [one for one in done if one.is_late]
    missed = [one for one in checks if not one.is_done]
    data = {"n_due": len(checks), "n_done": len(done), "n_late": len(late), "n_missed": len(missed)}
    said = f"{len(done):,} of {counted(len(checks), 'check')} done {SINCE}"
    if late:
        said += f", {len(late):,} of them late"
    if missed:
        last = max(missed, key=lambda one: one.opens_at)
        said += f"; {len(missed):,} missed, the last on {last.opens_on} ({last.name})"
        return (noted if len(done) >= ENOUGH * len(checks) else not_met)(f"{said}.", **data)
    return (noted if late else met)(f"{said}.", **data)


def _began_at(material: Material) -> datetime | None:
    """When the step opened: the one before it was completed last. The rule is asked only while it is open."""
    step = material.process.step(STEP)
    if step is None or step.position < 2:
        return None
    before = material.process.steps[step.position - 2].key
    return next((act.at for act in reversed(material.acts) if act.verb == StepVerb.COMPLETED and act.step == before), None)
