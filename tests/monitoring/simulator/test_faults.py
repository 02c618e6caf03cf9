"""Each fault does what it says, for as long as it was asked to, and to the requests that it was meant for."""

import time

import pytest
import requests

from monitoring.simulator.faults import KINDS, NEW_STATE
from monitoring.simulator.server import Simulator

from .conftest import Asker

EVENTS = "/dashboard/?method=download-events&workflow_id=3302&format=json"
CAMPAIGN = "/dashboard/?method=download-campaign-workflows&campaign_id=402&format=json"


@pytest.fixture
def faulty(ask: Asker):
    """The shared simulator, healthy again afterwards."""
    yield ask
    ask.simulator.clear_faults()


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "begins"),
    [
        ("error500", 500, "text/plain", b"DB connection lost and cannot reconnect: "),
        ("error500_html", 500, "text/html; charset=iso-8859-1", b"<!DOCTYPE HTML"),
        ("html200", 200, "text/plain", b"<html>"),
        ("empty", 200, "text/plain", b"[]"),
        ("garbage", 200, "text/plain", b"\x00\xff"),
        ("login", 302, None, b""),
        ("retry_after", 503, "text/html; charset=iso-8859-1", b"<!DOCTYPE HTML"),
    ],
)
def test_a_fault_that_answers_something_else(faulty: Asker, kind, status, content_type, begins):
    faulty.simulator.fault(kind)
    answer = faulty.get(EVENTS)
    assert (answer.status_code, answer.headers.get("Content-Type")) == (status, content_type)
    assert answer.content.startswith(begins)
    if kind == "login":
        assert answer.headers["Location"] == EVENTS + "&login"
    if kind == "retry_after":
        assert answer.headers["Retry-After"] == "120"


def test_down_closes_the_connection_without_an_answer(faulty: Asker):
    faulty.simulator.fault("down")
    with pytest.raises(requests.ConnectionError):
        faulty.get(EVENTS)


def test_cut_ends_before_the_announced_length(faulty: Asker):
    faulty.simulator.fault("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        faulty.get(EVENTS)


def test_cut_json_is_good_http_and_half_a_list(faulty: Asker):
    whole = faulty.get(EVENTS).content
    faulty.simulator.fault("cut_json")
    answer = faulty.get(EVENTS)
    assert answer.status_code == 200
    assert answer.content == whole[: len(whole) // 2]
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_slow_keeps_the_answer_back(faulty: Asker):
    faulty.simulator.fault("slow", seconds=30)
    with pytest.raises(requests.Timeout):
        faulty.session.get(faulty.simulator.base_url + EVENTS, timeout=0.2)


def test_a_slow_simulator_can_be_stopped_at_once():
    simulator = Simulator("small").start()
    asker = Asker(simulator)
    simulator.fault("slow", seconds=3000)
    with pytest.raises(requests.Timeout):
        asker.session.get(simulator.base_url + EVENTS, timeout=0.2)
    begun = time.monotonic()
    simulator.stop()
    assert time.monotonic() - begun < 30
    asker.session.close()


def test_wrong_rows_are_about_other_workflows(faulty: Asker):
    faulty.simulator.fault("wrong_rows")
    assert len({row["workflow_id"] for row in faulty.events(3302)}) > 1
    # The other downloads refuse to answer without their ids, so they cannot lose them.
    rows = faulty.rows("file-states", workflow_id=3302, stage_id=1)
    faulty.simulator.clear_faults()
    assert rows == faulty.rows("file-states", workflow_id=3302, stage_id=1)


def test_fewer_rows_lack_the_newest_fifth(faulty: Asker):
    events, campaign = faulty.get(EVENTS).json(), faulty.get(CAMPAIGN).json()
    faulty.simulator.fault("fewer_rows")
    assert faulty.get(EVENTS).json() == events[: len(events) - -(-len(events) // 5)]
    assert faulty.get(CAMPAIGN).json() == campaign[1:]


def test_wrong_types_are_numbers_as_text(faulty: Asker):
    faulty.simulator.fault("wrong_types")
    assert all(isinstance(row["workflow_id"], str) for row in faulty.get(EVENTS).json())


def test_a_new_state_is_one_that_justin_never_had(faulty: Asker):
    before = {row["workflow_id"]: row["state"] for row in faulty.get(CAMPAIGN).json()}
    faulty.simulator.fault("new_state")
    after = {row["workflow_id"]: row["state"] for row in faulty.get(CAMPAIGN).json()}
    assert "running" in before.values()
    assert after == {i: NEW_STATE if state == "running" else state for i, state in before.items()}
    assert faulty.get(EVENTS).status_code == 200


def test_information_files_fail_too(faulty: Asker):
    faulty.simulator.fault("error500", match="/api/info/")
    assert faulty.get("/api/info/sites.csv").status_code == 500
    assert faulty.get(EVENTS).status_code == 200


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_fault_ends_after_its_times_and_hits_only_what_matches(faulty: Asker, kind):
    good, campaign = faulty.get(EVENTS).content, faulty.get(CAMPAIGN).content
    faulty.simulator.fault(kind, times=1, match="campaign_id=402", seconds=0.01)
    assert faulty.get(EVENTS).content == good
    if kind in ("down", "cut"):
        with pytest.raises(requests.RequestException):
            faulty.get(CAMPAIGN)
    else:
        faulty.get(CAMPAIGN)
    assert faulty.simulator.faults.listed() == []
    assert faulty.get(CAMPAIGN).content == campaign


def test_faults_and_the_clock_are_steered_over_http(running):
    ask: Asker = running("small")
    sent = ask.get("/simulator/fault", "POST", json={"kind": "error500", "times": 2, "match": "events"})
    assert sent.json()["faults"] == [{"kind": "error500", "times": 2, "match": "events", "seconds": None}]
    assert ask.get(EVENTS).status_code == 500
    assert ask.get("/simulator/fault", "DELETE").json()["faults"] == []
    assert ask.get(EVENTS).status_code == 200
    moved = ask.get("/simulator/clock", "POST", json={"advance_seconds": 3600}).json()
    assert moved["simulated_now"] == "2026-11-23T13:00:00+00:00"
    status = ask.get("/simulator/").json()
    assert (status["world"], status["requests"]) == ("small", {"download-events": 2})


@pytest.mark.parametrize(
    "body",
    [{"kind": "no such"}, {"kind": "down", "times": 0}, {"kind": "slow", "seconds": -1}, {"sort": "down"}, ["down"],
     {"kind": "down", "match": 5}, {"kind": ["down"]}],
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(ask: Asker, body):
    answer = ask.get("/simulator/fault", "POST", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert ask.simulator.faults.listed() == []


def test_a_page_of_another_site_cannot_switch_faults_on(ask: Asker):
    answer = ask.get("/simulator/fault", "POST", data='{"kind": "down"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert ask.simulator.faults.listed() == []


def test_the_clock_cannot_go_back(ask: Asker):
    assert ask.get("/simulator/clock", "POST", json={"advance_seconds": -1}).status_code == 400
