"""The demonstration: loaded, read from the simulated justIN, and told by its people."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from campaigns.demo.steps import STORIES
from campaigns.models import (
    Alert,
    Campaign,
    CampaignStatus,
    EntryKind,
    Evidence,
    LogEntry,
    QueueItem,
    StepEvent,
    StepVerb,
    Team,
)
from campaigns.steps.loading import read_situation
from campaigns.steps.states import SignState, StepState
from monitoring.models import JustinCampaign, Workflow
from monitoring.polling import poll_round
from monitoring.simulator.server import Simulator
from tests.factories import Jobs, make_tally, make_workflow

pytestmark = pytest.mark.django_db
LARGE = 377  # 34,384 jobs in two workflows, read by hand in a test of its own


def load() -> list[str]:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue().splitlines()


def untold(lines: list[str]) -> set[str]:
    return {line.split()[4].rstrip(":") for line in lines if line.startswith("Not told: steps of ")}


@pytest.fixture
def simulated(settings) -> Iterator[Simulator]:
    settings.DEMO = True
    with Simulator(world="demo", speed=0) as simulator:
        settings.JUSTIN_URL, settings.JUSTIN_INFO_URL = simulator.url, simulator.info_url
        settings.JUSTIN_PAUSE_SECONDS = 0.0
        yield simulator


def test_the_demonstration_shows_every_way_in_which_a_campaign_can_stand(simulated: Simulator) -> None:
    assert untold(load()) == set(STORIES), "nothing is said of workflows that were not read"
    assert not StepEvent.objects.filter(actor__isnull=False).exists()
    JustinCampaign.objects.filter(justin_id=LARGE).update(is_watched=False)
    assert poll_round(by_person=True).failures == []
    assert untold(load()) == {"fdhd-keepup-2026"}

    standing = {campaign.name: read_situation(campaign).standing for campaign in Campaign.objects.all()}
    current = {name: one.current.key for name, one in standing.items() if one.current}
    assert current == {
        "pdvd-autumn": "setup",
        "fdhd-keepup-2026": "setup",
        "pdhd-cosmics-2026": "test",
        "pdhd-reco-2026b": "validation",
        "lbl2-reco-2026": "production",
        "vd-mc-2026a": "close-out",
    }
    test = standing["pdhd-cosmics-2026"].current
    assert test is not None
    signs = {str(team): sign for team, sign in test.signs.items()}
    assert signs["production"].state is SignState.LAPSED
    assert signs["production"].why.startswith("the jobscript")
    assert test.blocked_by
    assert Alert.objects.get().workflow == Workflow.objects.get(justin_id=3306)
    assert Alert.objects.get().title.startswith("Workflow 3306 of step 2, Test, has the scope hd-protodune")
    assert Campaign.objects.get(name="pdhd-reco-2026b").status == CampaignStatus.PAUSED
    assert QueueItem.objects.filter(campaign__name="pdhd-reco-2026b", who="requesters").exists()
    assert {one.who for one in QueueItem.objects.filter(campaign__name="vd-mc-2026a")} == {"production", "data-management"}
    assert [one.state for one in standing["lbl2-reco-2026"].steps[:3]] == [StepState.COMPLETE] * 3

    waived = StepEvent.objects.filter(campaign__name="lbl2-reco-2026", verb=StepVerb.WAIVED)
    waived = waived.exclude(criterion="plan-drafted").values_list("data", flat=True)  # its plan is older than the portal's
    assert {one["old"] for one in waived} == {"not-available"}, "what justIN knows is seen, not waived"


def test_a_team_sends_the_largest_workflows_back(settings) -> None:
    settings.DEMO = True
    load()
    workflow = make_workflow(2988, campaign=LARGE, files=(22_000, 22_000), state="finished")
    make_tally(workflow, [Jobs("US_FNAL-FermiGrid", "finished", 22_000)])
    assert "fdhd-keepup-2026" not in untold(load())
    setup = read_situation(Campaign.objects.get(name="fdhd-keepup-2026")).standing.current
    assert setup is not None
    assert setup.state is StepState.SENT_BACK
    assert "has 22,000 files in one go" in setup.signs[Team.DATA_MANAGEMENT].why


def test_loading_the_demonstration_again_changes_nothing_that_people_did(simulated: Simulator) -> None:
    load()
    watched = JustinCampaign.objects.exclude(justin_id=437)
    watched.update(is_watched=False)
    Workflow.objects.update(is_watched=False)
    poll_round(by_person=True)
    load()
    before = list(StepEvent.objects.values_list("pk", "verb", "campaign__name")), Evidence.objects.count()
    assert {name for _pk, _verb, name in before[0]} >= {"pdhd-cosmics-2026"}
    load()
    assert (list(StepEvent.objects.values_list("pk", "verb", "campaign__name")), Evidence.objects.count()) == before


def test_the_demonstration_is_loaded_nowhere_else(settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        load()
    assert not Campaign.objects.exists()


def test_the_demonstrations_logs_hold_what_people_wrote_and_what_the_portal_saw(
    simulated: Simulator, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    load()
    JustinCampaign.objects.filter(justin_id=LARGE).update(is_watched=False)
    poll_round(by_person=True)
    load()
    entries = LogEntry.objects.filter(campaign__name="lbl2-reco-2026")
    by_people = entries.exclude(kind=EntryKind.MACHINE)
    assert {"submission", "incident", "decision", "test-result", "note"} <= set(by_people.values_list("kind", flat=True))
    assert {"workflow-found", "step-completed", "signed", "decided"} <= set(entries.values_list("topic", flat=True))
    incident = by_people.get(kind=EntryKind.INCIDENT)
    assert incident.files.get().is_picture
    assert incident.versions.count() == 2
    numbers = list(entries.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    before = LogEntry.objects.count()
    load()
    assert LogEntry.objects.count() == before, "loading again writes nothing twice"
