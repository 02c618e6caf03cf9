"""What rules see of people: who is on shift, and who was told."""

from __future__ import annotations

from campaigns.models import StepVerb
from campaigns.shifts import shifts_of
from campaigns.steps.facts.findings import met, not_met, noted
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Finding
from portal.wording import counted, listed

OPENED = "validation-opened"


@rule
def shifter_appointed(material: Material) -> Finding:
    """Somebody is on shift today."""
    shifts = shifts_of([one for one in material.appointments if one.user.is_active], material.today)
    if shifts.now:
        names = list(dict.fromkeys(one.user.username for one in shifts.now))
        return met(f"On shift: {listed(names)}.", shifters=names)
    if shifts.next:
        first = shifts.next[0]
        return not_met(f"Nobody is on shift; {first.user.username} is appointed from {first.from_on} on.")
    if shifts.earlier:
        last = max(shifts.earlier, key=lambda one: (one.until_on or one.from_on, one.pk))
        return not_met(f"Nobody is on shift; the last appointment, of {last.user.username}, ended with {last.until_on}.")
    return not_met("Nobody is appointed.")


@rule
def production_informed(material: Material) -> Finding:
    """The portal told the production group that validation begins."""
    told = [act for act in material.acts if act.verb == StepVerb.TOLD and act.data.get("what") == OPENED]
    if not told:
        return not_met("Nobody was told yet.")
    act = told[-1]
    when, n = f"{act.at:%Y-%m-%d at %H:%M} UTC", act.data.get("n_people")
    if not isinstance(n, int) or n < 1:
        return noted(f"On {when} there was nobody to tell: no one holds the role production.", act=act.number)
    return met(f"{counted(n, 'person', 'people')} of the production group told on {when}.", act=act.number, n_people=n)
