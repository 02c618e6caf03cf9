"""When a site goes bad and when it is well again."""

from __future__ import annotations

import pytest

from monitoring.health import bad_sites_of
from monitoring.models import MonitoringEvent, Verb, Workflow, WorkflowState
from monitoring.polling import poll_round
from monitoring.simulator.server import Simulator
from monitoring.sites import SiteEnds, turns

ELSEWHERE = SiteEnds("CERN", 300, 296)


def turned(*rows: SiteEnds, bad: tuple[str, ...] = ()) -> list[tuple[str, bool]]:
    return [(turn.here.site, turn.is_bad) for turn in turns(rows, bad)]


def test_a_site_that_fails_most_while_the_rest_does_well_went_bad():
    (turn,) = turns([SiteEnds("UK_Brunel", 14, 1), ELSEWHERE], ())
    assert turn.is_bad
    assert turn.words == "UK_Brunel: 13 of 14 jobs failed; elsewhere 4 of 300"


@pytest.mark.parametrize(
    "rows",
    [
        (SiteEnds("UK_Brunel", 9, 0), ELSEWHERE),  # too few to tell
        (SiteEnds("UK_Brunel", 14, 7), ELSEWHERE),  # half of them
        (SiteEnds("UK_Brunel", 14, 0),),  # nowhere else to compare with
        (SiteEnds("UK_Brunel", 14, 1), SiteEnds("CERN", 300, 60)),  # it fails everywhere
        (SiteEnds("", 14, 0), ELSEWHERE),  # no site at all
        (),
    ],
)
def test_what_is_no_sites_fault_turns_nothing(rows: tuple[SiteEnds, ...]):
    assert turned(*rows) == []


def test_a_bad_site_is_told_once_and_is_well_again_only_when_clearly_so():
    bad = ("UK_Brunel",)
    assert turned(SiteEnds("UK_Brunel", 14, 1), ELSEWHERE, bad=bad) == []
    assert turned(SiteEnds("UK_Brunel", 30, 17), ELSEWHERE, bad=bad) == [], "57 % is better, not well"
    assert turned(SiteEnds("UK_Brunel", 40, 27), ELSEWHERE, bad=bad) == [("UK_Brunel", False)]


@pytest.mark.django_db
def test_the_poll_announces_each_bad_site_of_a_workflow_that_runs_once(settings, watch):
    with Simulator(world="small", speed=0) as simulator:
        settings.JUSTIN_URL, settings.JUSTIN_INFO_URL = simulator.url, simulator.info_url
        settings.JUSTIN_PAUSE_SECONDS = 0.0
        for campaign_id in (318, 402, 403, 437):
            watch(campaign_id)
        for _hour in range(3):
            poll_round(by_person=True, everything=True)
            simulator.advance(3600)
    told = list(MonitoringEvent.objects.filter(verb=Verb.SITE_BAD).values_list("workflow", "data__site"))
    running = Workflow.objects.exclude(state=WorkflowState.FINISHED).values_list("pk", flat=True)
    shown = {(pk, one.site) for pk, sites in bad_sites_of(running).items() for one in sites}
    assert shown
    assert shown <= set(told)
    assert len(told) == len(set(told))
