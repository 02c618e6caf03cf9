"""A worker killed in the middle: what was known stays whole, the lock is let go, and the next poll recovers by itself."""

from __future__ import annotations

import signal
import time

import pytest

from monitoring.models import Answer, JobTally, MonitoringEvent, Tally, Workflow
from monitoring.polling import poll_round
from tests.processes import manage, run_python
from tests.replay import Replay

pytestmark = pytest.mark.django_db(transaction=True)

KILLED = """
import os, signal
from monitoring import storing
from monitoring.polling import poll_round
storing.{where} = lambda *args, **more: os.kill(os.getpid(), signal.SIGKILL)
poll_round(by_person=True, everything=True)
"""


def _everything_known() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Tally, JobTally, Answer, MonitoringEvent)] + [
        list(Workflow.objects.order_by("pk").values("justin_id", "read_at", "read_files_processed"))
    ]


@pytest.mark.parametrize("where", ["_keep_answers", "_replace_tally", "_rows_of", "_mark_read"])
def test_a_worker_killed_in_the_middle_of_a_store_leaves_the_old_numbers_whole(recorded: Replay, watch, where: str) -> None:
    watch(318)
    poll_round()
    recorded.date = "Mon, 23 Nov 2026 18:50:00 GMT"
    Tally.objects.update(digest="as if the numbers had changed")
    before = _everything_known()
    killed = run_python(KILLED.format(where=where))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert _everything_known() == before
    deadline = time.monotonic() + 10
    while (done := poll_round(by_person=True, everything=True)).skipped and time.monotonic() < deadline:
        time.sleep(0.1)  # the database lets go as soon as it has noticed that the process is gone: nothing stays locked
    assert (done.failures, done.n_workflows_read) == ([], 1)
    assert Tally.objects.get().n_good == 300


def test_a_worker_killed_in_the_middle_of_a_first_store_leaves_nothing_half_done(recorded: Replay, watch) -> None:
    watch(318)
    killed = run_python(KILLED.format(where="_mark_read"))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Workflow.objects.get().read_at is None
    assert not Tally.objects.exists()
    assert not JobTally.objects.exists()
    assert not Answer.objects.exists()
    again = manage("poll")
    assert again.returncode == 0, again.stderr
    assert Tally.objects.get().n_good == 300


def test_two_polls_at_once_never_read_the_same_workflow_twice(recorded: Replay, watch) -> None:
    """Four processes start a round together; each workflow is harvested once."""
    import subprocess
    import sys

    from tests.processes import ROOT, portal_env

    watch(402)
    code = "import django; django.setup()\nfrom monitoring.polling import poll_round\nprint(poll_round().skipped or 'asked')"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=portal_env(), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert said.count("asked") >= 1
    questions = [tuple(sorted(asked.parameters.items())) for asked in recorded.asked]
    events = [question for question in questions if ("method", "download-events") in question]
    assert len(events) == len(set(events))
    assert Workflow.objects.filter(read_at__isnull=False).count() == 24
