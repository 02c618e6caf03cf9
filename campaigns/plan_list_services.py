"""Take a list into the plan: its rows into the draft, and the workflows that it names into the record of which is which row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from campaigns.models import Campaign, PlanDraft
from campaigns.plan_reports import report_workflow
from campaigns.plan_services import save_plan
from campaigns.planning.content import written
from campaigns.planning.list_taking import Taken
from campaigns.planning.reported import reported
from portal.errors import NotAllowed, Refused
from portal.models import User

MOST_REPORTED = 200  # at once: each is looked at against its step, and written with its act


@dataclass(frozen=True)
class Imported:
    """What was taken. `refused` says of each workflow that was not recorded why; `n_left` are for the next time."""

    draft: PlanDraft
    n_recorded: int = 0
    n_left: int = 0
    refused: list[str] = field(default_factory=list)


def import_list(campaign: Campaign, taken: Taken, *, actor: User, version: int) -> Imported:
    """Keep the plan that a list makes as the draft, then record its workflows one by one: one that is refused stops no other.

    Raises as `plan_services.save_plan` does; then nothing is taken.
    """
    draft = save_plan(campaign, written(taken.content), actor=actor, version=version)
    new = to_record(campaign, taken.reported)
    refused = []
    for key, justin_id in new[:MOST_REPORTED]:
        try:
            report_workflow(campaign, key, justin_id, actor=actor)
        except NotAllowed:
            raise
        except Refused as error:
            refused.append(f"Workflow {justin_id}, row {key}: {error.message}")
    n_recorded = min(len(new), MOST_REPORTED) - len(refused)
    return Imported(draft, n_recorded, max(0, len(new) - MOST_REPORTED), refused)


def to_record(campaign: Campaign, named: Mapping[str, Sequence[int]]) -> list[tuple[str, int]]:
    """Of (key of a row, its workflows) those that are not recorded so yet. One query."""
    known = reported(campaign)
    return [(key, justin_id) for key, ids in named.items() for justin_id in ids if known.get(justin_id) != key]
