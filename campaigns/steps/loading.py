"""All that is known of a campaign's steps, read in a constant number of queries."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from campaigns.jobscripts.kept import files_in_use, hash_of_all, in_words
from campaigns.models import Alert, Campaign, CriterionFact, PlanRevision, ProductionRequest, RequestState
from campaigns.requests.content import clean
from campaigns.steps.process import Process, process_of
from campaigns.steps.recording import acts_of
from campaigns.steps.standing import Act, Configuration, Fact, Standing, standing_of
from campaigns.steps.states import CriterionState


@dataclass(frozen=True)
class Situation:
    """A campaign with its acts, facts, alerts and requests, and where it stands by them. `alerts` are those still open."""

    campaign: Campaign
    process: Process
    acts: Sequence[Act]
    facts: Mapping[str, Fact]
    alerts: Sequence[Alert]
    requests: Sequence[ProductionRequest]
    configuration: Configuration
    standing: Standing


def read_situation(campaign: Campaign) -> Situation:
    """Seven queries at most, and one for a template that was not read before."""
    process = process_of(campaign)
    acts = acts_of(campaign)
    facts = {row.criterion: _fact(row) for row in CriterionFact.objects.filter(campaign=campaign)}
    alerts = list(Alert.objects.filter(campaign=campaign, closed_at=None).select_related("workflow"))
    served = ProductionRequest.objects.filter(campaigns=campaign).select_related("requester").defer("search_text")
    requests = list(served.order_by("pk"))
    configuration = configuration_of(campaign, requests)
    by_step: dict[str, list[str]] = defaultdict(list)
    for alert in alerts:
        by_step[alert.step].append(alert.title)
    standing = standing_of(process, acts, facts, configuration, by_step)
    return Situation(campaign, process, acts, facts, alerts, requests, configuration, standing)


@contextmanager
def held(campaign: Campaign) -> Iterator[Situation]:
    """The campaign's row, read anew and held to the end of a transaction, with its situation. All actions begin so."""
    with transaction.atomic():
        campaign.refresh_from_db(from_queryset=Campaign.objects.select_for_update())
        yield read_situation(campaign)


def configuration_of(campaign: Campaign, requests: Sequence[ProductionRequest]) -> Configuration:
    """What sign-offs are bound to: the plan's newest revision, the jobscript and input files that are kept (where there are
    none, the reference in the settings), the code versions asked for.
    """
    reference = campaign.jobscript_reference.strip()
    codes = {_code(request) for request in requests if request.state == RequestState.ACCEPTED}
    revision = PlanRevision.objects.filter(campaign=campaign).defer("content").last()
    files = files_in_use(campaign)
    of_settings = hashlib.sha256(reference.encode()).hexdigest() if reference else ""
    return Configuration(
        plan=f"revision {revision.number}, {revision.sha256[:8]}" if revision else "",
        jobscript=hash_of_all(files) or of_settings,
        code=", ".join(sorted(filter(None, codes))),
        files=in_words(files),
    )


def _code(request: ProductionRequest) -> str:
    code = clean(request.content).get("code", {})
    return " ".join(filter(None, (str(code.get("package", "")).strip(), str(code.get("tag", "")).strip())))


def _fact(row: CriterionFact) -> Fact:
    state = CriterionState(row.state) if row.state in CriterionState.values else CriterionState.NOT_AVAILABLE
    return Fact(state, row.saw, row.data, row.as_of, row.since, row.checked_at)
