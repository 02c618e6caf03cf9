"""The commands as an operator types them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Campaign
from monitoring.models import JustinCampaign, Service, Tally, Workflow
from tests.monitoring.conftest import recorded  # noqa: F401
from tests.replay import Replay, Replied

pytestmark = pytest.mark.django_db


def run(*words: object) -> tuple[str, str, int]:
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command(*map(str, words), stdout=out, stderr=err)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return out.getvalue(), err.getvalue(), code


def test_watching_a_campaign_makes_it_and_says_what_was_found(recorded: Replay) -> None:  # noqa: F811
    out, err, code = run("watch_campaign", 402, "--campaign", "pdhd-reco-2026b")
    assert (err, code) == ("", 0)
    assert "Made campaign pdhd-reco-2026b." in out
    assert "justIN campaign 402 has 25 workflows (20 finished, 3 running, 1 submitted, 1 paused)" in out
    assert "18,778 of 20,434 files processed" in out
    assert Campaign.objects.get().workflows().count() == 25
    out, _err, _code = run("watch_campaign", 402, "--campaign", "PDHD-reco-2026b")
    assert "Already watching" in out
    assert Campaign.objects.count() == 1


def test_an_unknown_campaign_is_said_to_be_unknown_and_watched_all_the_same(recorded: Replay) -> None:  # noqa: F811
    out, _err, code = run("watch_campaign", 99999, "--campaign", "x1")
    assert "knows no campaign 99999" in out
    assert "asked again" in out
    assert code == 0
    assert JustinCampaign.objects.get().is_watched


@pytest.mark.parametrize(
    ("number", "says"), [(3205, "has 350 files in stage 1 (335 processed, 15 failed)"), (424242, "knows no workflow")]
)
def test_watching_a_workflow_says_what_was_found(recorded: Replay, number: int, says: str) -> None:  # noqa: F811
    out, _err, _code = run("watch_workflow", number, "--campaign", "x1")
    assert says in out
    assert Workflow.objects.get().is_watched


def test_watching_while_justin_is_down_says_so_and_keeps_what_was_added(recorded: Replay) -> None:  # noqa: F811
    recorded.answer = lambda asked: Replied(500, b"DB connection lost")
    out, err, _code = run("watch_campaign", 402, "--campaign", "x1")
    assert "Watching" in out
    assert "could not be asked now" in err
    assert JustinCampaign.objects.get().is_watched


@pytest.mark.parametrize("name", ["", "a b", "new", "x" * 101, "../etc"])
def test_a_bad_campaign_name_is_refused_and_nothing_is_made(recorded: Replay, name: str) -> None:  # noqa: F811
    with pytest.raises(CommandError, match=r"name|characters|letters"):
        call_command("watch_campaign", "402", "--campaign", name)
    assert not Campaign.objects.exists()
    assert not JustinCampaign.objects.exists()


def test_poll_says_what_it_did_and_exits_with_0(recorded: Replay) -> None:  # noqa: F811
    run("watch_campaign", 318, "--campaign", "x1")
    out, err, code = run("poll")
    assert "1 justIN campaign listed; 1 of 1 workflow due read, 1 with new numbers" in out
    assert "not read" not in err
    assert code == 0
    assert Tally.objects.get().n_good == 300


def test_poll_with_nothing_to_watch_is_no_failure(recorded: Replay) -> None:  # noqa: F811
    out, _err, code = run("poll")
    assert "0 justIN campaigns listed" in out
    assert code == 0
    assert recorded.asked == []


def test_a_poll_that_could_not_read_exits_with_1_and_a_line_for_each(recorded: Replay) -> None:  # noqa: F811
    run("watch_campaign", 318, "--campaign", "x1")
    run("watch_campaign", 402, "--campaign", "x1")
    recorded.answer = lambda asked: (
        Replied(body=b"hello") if asked.parameters["method"] == "download-campaign-workflows" else None
    )
    out, err, code = run("poll")
    assert code == 1
    assert [line[:8] for line in err.splitlines()] == ["not read", "not read"]
    assert "Traceback" not in out + err
    recorded.answer = lambda asked: None
    _out, _err, code = run("poll")
    assert code == 0
    assert not Service.justin().is_failing


def test_all_reads_what_is_not_due(recorded: Replay) -> None:  # noqa: F811
    run("watch_campaign", 318, "--campaign", "x1")
    run("poll")
    assert "0 of 0 workflows due" in run("poll")[0]
    assert "1 of 1 workflow due" in run("poll", "--all")[0]
