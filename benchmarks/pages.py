"""Pages against the number of rows behind them: time may grow with workflows shown, never with jobs; queries with neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client

from benchmarks.measuring import best_of, say
from campaigns.services import create_campaign, watch_justin_campaign
from monitoring.justin import harvest as ask
from monitoring.justin.harvest import Harvest, Reading
from monitoring.justin.rows import EventRow
from monitoring.models import JustinCampaign, Service, Workflow
from monitoring.storing import store_harvest

AT = datetime(2026, 11, 20, tzinfo=UTC)
SITES = [f"SITE_{n:02}" for n in range(40)]
CODES = [1, 65, 71, 90, 127]


def measure() -> None:
    service = Service.justin()
    service.read_at = AT + timedelta(days=2)
    service.save()
    client = Client(headers={"host": "localhost"})
    times = {}
    for n in (25, 1000):
        campaign = create_campaign(f"bench-{n}", actor=None)
        justin_campaign, _new = watch_justin_campaign(campaign, 10_000 + n, actor=None)
        for number in range(n):
            _workflow(justin_campaign, 100_000 * n + number, n_jobs=60)
        times[n] = page(client, f"/campaigns/{campaign.slug}/")
    _say("campaign page, 1,000 workflows", times[1000], times[25], "25 workflows")
    justin_campaign = JustinCampaign.objects.create(justin_id=1)
    for n in (500, 20_000):
        workflow = _workflow(justin_campaign, 1_000 + n, n_jobs=n)
        times[n] = page(client, f"/workflows/{workflow.justin_id}/")
    _say("workflow page, 20,000 jobs", times[20_000], times[500], "500 jobs")
    seconds, n_queries = page(client, "/")
    print(f"home page: {seconds * 1000:.1f} ms, {n_queries} queries")


def _say(what: str, many: tuple[float, int], few: tuple[float, int], than: str) -> None:
    say(what, many[0], few[0], than, f"; queries {many[1]} and {few[1]}, at most 25")


def page(client: Client, address: str) -> tuple[float, int]:
    """Seconds and queries of one page, measured apart: counting queries costs time."""

    def get() -> None:
        assert client.get(address).status_code == 200

    n_queries = 0

    def count(execute: Any, *args: Any) -> Any:
        nonlocal n_queries
        n_queries += 1
        return execute(*args)

    get()
    with connection.execute_wrapper(count):
        get()
    return best_of(get), n_queries


def _workflow(justin_campaign: JustinCampaign, justin_id: int, *, n_jobs: int) -> Workflow:
    """A running workflow with that many jobs, one in ten failed, spread over 40 sites and three days."""
    workflow = Workflow.objects.create(
        justin_id=justin_id, justin_campaign=justin_campaign, state="running", description="benchmark",
        files_processed=n_jobs * 9 // 10, files_total=n_jobs, listed_at=AT, scope_name="usertests",
    )  # fmt: skip
    rows: dict[str, list[EventRow]] = {ask.STARTED: [], ask.FINISHED: [], ask.SCRIPT_ERROR: []}
    for n in range(n_jobs):
        start = AT + timedelta(seconds=n * 259_200 / n_jobs)
        rows[ask.STARTED].append(_event(n, ask.STARTED, justin_id, start, 0))
        failed = n % 10 == 0
        kind = ask.SCRIPT_ERROR if failed else ask.FINISHED
        rows[kind].append(_event(n, kind, justin_id, start + timedelta(hours=2), CODES[n // 10 % 5] if failed else 0))
    readings = {(1, kind): Reading(1, kind, events, AT) for kind, events in rows.items()}
    store_harvest(workflow, Harvest(justin_id, True, readings, 1, AT + timedelta(days=3)))
    return workflow


def _event(n: int, kind: str, workflow_id: int, at: datetime, code: int) -> EventRow:
    site = SITES[n % len(SITES)]
    return EventRow(
        n, kind, workflow_id, 1, None, f"{n}.0@schedd", site, f"{site}_ce{n % 2}", None, at.replace(tzinfo=None), code
    )
