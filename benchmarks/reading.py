"""What the portal adds to a bare download: harvest, tally and store of one answer just below the row cap."""

from __future__ import annotations

import json

import requests

from benchmarks.measuring import best_of, say
from monitoring.justin.client import ROW_CAP, JustinClient, JustinSettings
from monitoring.justin.harvest import Harvest, Reading
from monitoring.models import Tally, Workflow
from monitoring.storing import store_harvest
from tests.replay import Replay, Replied, rows_of

WORKFLOW = 2988


def measure() -> None:
    """One row fewer than the cap: an answer at the cap would be split and asked again."""
    rows = rows_of("download-events.large-2988.JOB_FINISHED.truncated-10000.json.gz")[: ROW_CAP - 1]
    body = json.dumps(rows, indent=0).encode()
    workflow = Workflow.objects.create(justin_id=WORKFLOW)
    with Replay() as server:
        server.answer = lambda asked: Replied(body=body)
        client = JustinClient(JustinSettings(server.url, pause_seconds=0))
        session = requests.Session()

        def forget() -> None:
            workflow.answers.all().delete()
            Tally.objects.filter(workflow=workflow).delete()
            Workflow.objects.filter(pk=workflow.pk).update(read_at=None)

        def bare() -> None:
            json.loads(session.get(f"{server.url}?workflow_id={WORKFLOW}", timeout=10).content)

        def whole() -> None:
            answer = client.events(WORKFLOW, 1, "JOB_FINISHED")
            reading = Reading(1, "JOB_FINISHED", answer.rows, answer.as_of)
            harvest = Harvest(WORKFLOW, False, {(1, "JOB_FINISHED"): reading}, 1, answer.as_of)
            store_harvest(workflow, harvest)

        say(
            f"harvest + tally + store of {len(rows):,} rows",
            best_of(whole, before=forget),
            best_of(bare),
            "bare download + json.loads",
            " aim: at most 2.0",
        )
    assert Tally.objects.get(workflow=workflow).n_good == len(rows)
    forget()
    workflow.delete()
