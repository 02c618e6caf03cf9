"""The poll against the simulated justIN over its life: what is stored is what is really so there, or says that it is less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db.models import Sum

from monitoring.models import JobTally, Workflow
from monitoring.polling import poll_round
from monitoring.simulator.server import Simulator
from monitoring.simulator.truth import Truth

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulated(settings) -> Iterator[Simulator]:
    with Simulator(world="small", speed=0) as simulator:
        settings.JUSTIN_URL, settings.JUSTIN_INFO_URL = simulator.url, simulator.info_url
        settings.JUSTIN_PAUSE_SECONDS = 0.0
        yield simulator


def _check(workflow: Workflow, truth: Truth) -> None:
    tally = workflow.tally
    assert tally.complete, tally.incomplete
    counted = {
        "started": tally.n_started, "exit_zero": tally.n_exit_zero, "good": tally.n_good, "running": tally.n_running,
        "script_error": tally.n_script_error, "result_lost": tally.n_result_lost, "output_failed": tally.n_output_failed,
        "aborted": tally.n_aborted, "stalled": tally.n_stalled, "ended": tally.n_ended, "submitted": tally.n_submitted,
        "outputs": tally.n_output_files, "bytes": tally.output_bytes,
    }  # fmt: skip
    assert counted == {
        "started": truth.started, "exit_zero": truth.exit_zero, "good": truth.good, "running": truth.running,
        "script_error": truth.n_script_error, "result_lost": truth.result_lost, "output_failed": truth.output_failed,
        "aborted": truth.aborted, "stalled": truth.stalled, "ended": truth.ended, "submitted": truth.submitted,
        "outputs": truth.outputs, "bytes": truth.outputs_bytes,
    }, workflow  # fmt: skip
    codes = workflow.job_tallies.filter(outcome="script-error").values_list("exit_code").annotate(n=Sum("n_jobs"))
    assert dict(codes) == truth.script_error
    sites = (
        workflow.job_tallies.exclude(site_name="")
        .values("site_name")
        .annotate(started=Sum("n_started"), exit_zero=Sum("n_exit_zero"))
    )
    assert {one["site_name"]: (one["started"], one["exit_zero"]) for one in sites if one["started"]} == {
        site: (counts["started"], counts["exit_zero"]) for site, counts in truth.sites.items() if counts["started"]
    }
    files: Counter[tuple[int, str]] = Counter()
    for one in workflow.file_tallies.all():
        files[one.stage_id, one.state] += one.n_files
    expected = {(stage, state): n for stage, states in enumerate(truth.files, start=1) for state, n in states.items() if n}
    assert files == expected, workflow


def test_at_every_hour_all_counts_are_what_is_really_so(simulated: Simulator, watch) -> None:
    for campaign_id in (318, 402, 403, 437):
        watch(int(campaign_id))
    n_checked = 0
    for _hour in range(5):
        done = poll_round(by_person=True, everything=True)
        assert done.failures == []
        for workflow in Workflow.objects.with_tally().filter(tally__isnull=False, final_read_at=None):
            _check(workflow, simulated.truth(workflow.justin_id))
            n_checked += 1
        simulated.advance(3600)
    assert n_checked > 10
    assert JobTally.objects.exists()


def test_past_the_real_row_cap_what_can_be_split_is_exact_and_the_rest_says_at_least(settings, watch) -> None:
    """12,384 files: exact with one pass over the sites. 22,000 files, most good jobs at one entry: at least, and named."""
    with Simulator(world="large", speed=0) as simulator:
        settings.JUSTIN_URL, settings.JUSTIN_INFO_URL = simulator.url, simulator.info_url
        settings.JUSTIN_PAUSE_SECONDS = 0.0
        watch(377)
        assert poll_round().failures == []
        splittable = Workflow.objects.with_tally().get(justin_id=2989)
        truth = simulator.truth(2989)
        assert truth.started > 10_000
        tally = splittable.tally
        assert tally.complete
        assert (tally.n_started, tally.n_good, tally.n_exit_zero, tally.n_ended, tally.n_script_error) == (
            truth.started, truth.good, truth.exit_zero, truth.ended, truth.n_script_error,
        )  # fmt: skip
        assert not tally.submitted_complete
        unsplittable = Workflow.objects.with_tally().get(justin_id=2988)
        truth = simulator.truth(2988)
        tally = unsplittable.tally
        assert not tally.complete
        assert 10_000 < tally.n_good < truth.good
        assert any("JOB_FINISHED" in one["slice"] and "entry" in one["slice"] for one in tally.incomplete)
        assert unsplittable.files_processed == truth.files[0]["processed"]
        states = dict(unsplittable.file_tallies.filter(stage_id=1).values_list("state").annotate(n=Sum("n_files")))
        assert states == {state: n for state, n in truth.files[0].items() if n}
        n_before = sum(1 for one in simulator.requests if "JOB_FINISHED" in str(one.params))
        assert n_before <= 2 * (1 + 43) + 3
