"""What rules see of the requests that a campaign serves: complete, presented, and what their requester says."""

from __future__ import annotations

from campaigns.models import ProductionRequest, RequestState, RequestVerb, StepVerb
from campaigns.steps.facts.findings import by, date_of, met, not_met, noted
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Act, Finding
from portal.wording import listed

N_ITEMS = 8
NO_REQUEST = "No request is tied to this campaign."


@rule
def request_complete(material: Material) -> Finding:
    """Every request served is accepted and has its eight items."""
    if not material.requests:
        return not_met(NO_REQUEST)
    lacking = [why for one in material.requests if (why := _why_incomplete(one))]
    names = listed(f"{one.pk}" for one in material.requests)
    data = {"requests": [one.pk for one in material.requests]}
    if lacking:
        return not_met(f"Not complete: {listed(lacking)}.", **data)
    if len(material.requests) == 1:
        return met(f"Request {names} is accepted, with all eight items.", **data)
    return met(f"Requests {names} are accepted, each with all eight items.", **data)


def _why_incomplete(request: ProductionRequest) -> str:
    said = []
    if request.state != RequestState.ACCEPTED:
        said.append(f"is {request.get_state_display()}")
    if request.n_complete != N_ITEMS:
        said.append(f"has {request.n_complete} of {N_ITEMS} items")
    return f"request {request.pk} {' and '.join(said)}" if said else ""


@rule
def request_presented(material: Material) -> Finding:
    """A production meeting saw every request served."""
    if not material.requests:
        return not_met(NO_REQUEST)
    presented = {event.request_id: event for event in material.request_events if event.verb == RequestVerb.PRESENTED}
    missing = [one.pk for one in material.requests if one.pk not in presented]
    if missing:
        return not_met(f"Not recorded as presented: request {listed(missing)}.", requests=missing)
    told, days = [], {}
    for one in material.requests:
        event = presented[one.pk]
        day = date_of(event.data.get("meeting_on"), event.at.date())
        days[str(one.pk)] = f"{day}"
        told.append(f"request {one.pk} on {day} (recorded by {by(event.actor)})")
    return met(f"Presented: {listed(told)}.", meeting_on=days)


@rule
def requester_feedback(material: Material) -> Finding:
    """What the requester answered to the newest question."""
    asked, answer = _question(material)
    if asked is None:
        return not_met("The requester was not asked yet.")
    due = date_of(asked.data.get("due_on"))
    data = {"due_on": str(due or ""), "asked": asked.number}
    if answer is None:
        said = f"Asked on {asked.at:%Y-%m-%d} by {asked.actor_name}"
        if due is None:
            return not_met(f"{said}; no reply yet.", **data)
        if material.today > due:
            return not_met(f"{said}; no reply yet, overdue since {due}.", **data)
        return not_met(f"{said}, due {due}; no reply yet.", **data)
    when = f"{answer.at:%Y-%m-%d}"
    if answer.verb == StepVerb.FEEDBACK_SKIPPED:
        return noted(f"{answer.actor_name} went on without a reply on {when}: {answer.note}", verdict="skipped", **data)
    verdict = str(answer.data.get("verdict", ""))
    if verdict == "yes":
        return met(
            f"{answer.actor_name} said yes on {when}." + (f" {answer.note}" if answer.note else ""), verdict="yes", **data
        )
    if verdict == "remarks":
        return noted(f"{answer.actor_name} said yes on {when}, with remarks: {answer.note}", verdict="remarks", **data)
    return not_met(f"{answer.actor_name} said {verdict or 'nothing'} on {when}: {answer.note}", verdict=verdict, **data)


def _question(material: Material) -> tuple[Act | None, Act | None]:
    """The newest question and its answer. Reopening its step, or one before it, makes both void."""
    asked = answer = None
    for act in material.acts:
        if act.verb == StepVerb.FEEDBACK_ASKED:
            asked, answer = act, None
        elif asked is None:
            continue
        elif act.verb in (StepVerb.FEEDBACK_GIVEN, StepVerb.FEEDBACK_SKIPPED):
            answer = act
        elif act.verb == StepVerb.REOPENED and material.is_before(act.step, asked.step):
            asked = answer = None
    return asked, answer
