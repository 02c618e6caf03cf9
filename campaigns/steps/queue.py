"""What waits for whom: one row per thing to do, written when a campaign's standing changes and read by the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from campaigns.models import CampaignStatus, QueueItem
from campaigns.steps.loading import Situation
from campaigns.steps.process import Kind, Who
from campaigns.steps.standing import CriterionStands, StepStands, waiting_since, who_acts
from campaigns.steps.states import CriterionState, StepState

OVER = frozenset({CampaignStatus.FINISHED, CampaignStatus.CANCELLED})


@dataclass(frozen=True)
class Todo:
    """What one group of people has to do. `criterion` is '' for the step as a whole."""

    step: str
    criterion: str
    who: Who
    words: str
    since: datetime | None = None
    due_on: date | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.step, self.criterion, str(self.who)


def todos(situation: Situation) -> list[Todo]:
    """What people have to do now, in the order of the criteria. Pure."""
    if situation.campaign.status in OVER:
        return []
    return [todo for step in situation.standing.steps for todo in _todos_of(situation, step)]


def _todos_of(situation: Situation, step: StepStands) -> list[Todo]:
    """Of the step that is open all that is missing; of one that is complete the signatures that lapsed."""
    if step.state is StepState.LAPSED:
        return [todo for one in step.missing if one.sign is not None and (todo := _todo(situation, step, one))]
    if not step.is_open:
        return []
    if step.may_be_completed:
        return [Todo(step.key, "", Who.SHIFTERS, f"complete {step.step}")]
    return [todo for one in step.missing if (todo := _todo(situation, step, one))] + [
        Todo(step.key, f"alert-{alert.pk}", Who.SHIFTERS, f"guard broken: {alert.title}"[:300], alert.opened_at)
        for alert in situation.alerts
        if alert.step == step.key
    ]


def _todo(situation: Situation, step: StepStands, one: CriterionStands) -> Todo | None:
    who, criterion = who_acts(one), one.criterion
    if one.sign is not None:
        if one.state is CriterionState.REFUSED:
            words = f"{one.sign.team.label} refused to sign: {one.sign.why}"
            return Todo(step.key, one.key, Who.SHIFTERS, words[:300], one.since)
        again = one.state is CriterionState.LAPSED or one.sign.act is not None
        if not (again or step.is_ready_to_sign or step.asked is not None or step.state is StepState.LAPSED):
            return None  # asked for once everything else is there, or when the shifter asks
        words = f"sign {step.step}, {'again ' if again else ''}for {one.sign.team.label.lower()}, or refuse"
        return Todo(step.key, one.key, who, words, one.since)
    if one.state is CriterionState.NOT_AVAILABLE:
        return None  # nobody can make it true; the step page says that a coordinator may waive it
    if criterion.rule == "requester_feedback" and (asked := waiting_since(situation.acts)) is not None:
        due = date.fromisoformat(asked.data["due_on"])
        return Todo(step.key, one.key, Who.REQUESTERS, "look at the validation sample and answer", asked.at, due)
    verb = {Kind.MANUAL: "show", Kind.DECISION: "record the decision", Kind.AUTO: "see to"}[criterion.kind]
    return Todo(step.key, one.key, who, f"{verb}: {criterion.text}"[:300], one.since)


def keep_queue(situation: Situation, now: datetime) -> None:
    """Write what waits; what waited already keeps since when. People are told by the task that sends digests."""
    wanted = {todo.key: todo for todo in todos(situation)}
    for row in QueueItem.objects.filter(campaign=situation.campaign):
        todo = wanted.pop((row.step, row.criterion, row.who), None)
        if todo is None:
            QueueItem.objects.filter(pk=row.pk).delete()
        elif (row.words, row.due_on) != (todo.words, todo.due_on):
            QueueItem.objects.filter(pk=row.pk).update(words=todo.words, due_on=todo.due_on)
    QueueItem.objects.bulk_create(
        QueueItem(
            campaign=situation.campaign, step=todo.step, criterion=todo.criterion, who=str(todo.who), words=todo.words,
            since=now, due_on=todo.due_on,
        )
        for todo in wanted.values()
    )  # fmt: skip
