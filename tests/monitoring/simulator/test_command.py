"""manage.py simulate_justin as people start and end it, and the state that it keeps."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from django.core.management import call_command
from django.core.management.base import CommandError

from monitoring.simulator.clock import Clock
from monitoring.simulator.state import MOST_OFF_SECONDS, UnreadableState, read_state, state_of, write_state

ROOT = Path(__file__).parents[3]
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def command() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts the command and gives its process and the address of its dashboard."""
    processes = []

    def start(*args: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "simulate_justin", "--port", "0", "--world", "small", *args],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        processes.append(process)
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"JUSTIN_URL=(\S+)", said)
        assert found, said
        return process, found[1]

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def _date(url: str) -> str:
    session = requests.Session()
    session.trust_env = False
    with session:
        return session.get(f"{url}?method=download-events&workflow_id=3302&format=json", timeout=20).headers["Date"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_answers_and_ends_cleanly(command, number):
    process, url = command("--start", "2026-11-23T12:00", "--speed", "0")
    assert url.startswith("http://127.0.0.1:")
    assert _date(url) == "Mon, 23 Nov 2026 12:00:00 GMT"
    process.send_signal(number)
    rest = process.stdout.read()
    assert process.wait(20) == 0
    assert rest == "Simulated justIN ended.\n"


def test_a_second_start_with_the_same_state_goes_on_in_the_same_world(command, tmp_path):
    path = tmp_path / "kept" / "simulator.json"
    first, url = command("--start", "2026-11-23T12:00", "--speed", "1000", "--seed", "5", "--state", str(path))
    before = _date(url)
    first.terminate()
    assert first.wait(20) == 0
    kept = json.loads(path.read_text())
    assert (kept["seed"], kept["world"], kept["speed"]) == (5, "small", 1000.0)
    # What the second start is told is not asked for: the world goes on.
    _, url = command("--state", str(path), "--seed", "6")
    after = _date(url)
    assert before.startswith("Mon, 23 Nov 2026")
    assert datetime.strptime(after, "%a, %d %b %Y %H:%M:%S GMT") > datetime.strptime(before, "%a, %d %b %Y %H:%M:%S GMT")
    assert json.loads(path.read_text())["seed"] == 5


def test_a_fault_can_be_on_from_the_beginning(command):
    _, url = command("--fault", "error500")
    session = requests.Session()
    session.trust_env = False
    with session:
        assert session.get(url, timeout=20).status_code == 500


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "justin.example"])
def test_an_address_that_others_can_reach_is_refused(host):
    with pytest.raises(CommandError, match="--any-host"):
        call_command("simulate_justin", host=host)


def test_a_taken_port_is_said_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "simulate_justin", "--port", str(port), "--world", "small"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == f"CommandError: Cannot listen on 127.0.0.1:{port}: Address already in use."


def test_simulated_time_is_the_start_and_the_time_since_then_times_the_speed():
    wall = [1000.0]
    clock = Clock(START, speed=60, wall=lambda: wall[0])
    assert clock.now_at() == START
    wall[0] += 90
    assert (clock.now_at() - START).total_seconds() == 90 * 60


def test_a_restarted_clock_shows_what_it_would_have_shown(tmp_path):
    wall = [1000.0]
    clock = Clock(START, speed=60, wall=lambda: wall[0])
    clock.advance(7)
    write_state(tmp_path / "s", state_of("demo", 1, clock, lambda: wall[0]))
    wall[0] += 300
    again = read_state(tmp_path / "s")
    assert again is not None
    assert again.clock(lambda: wall[0]).now() == clock.now() == START.timestamp() + 300 * 60 + 7


def test_a_long_time_off_counts_ten_minutes_and_time_never_goes_back(tmp_path):
    wall = [1000.0]
    clock = Clock(START, speed=60, wall=lambda: wall[0])
    wall[0] += 100
    write_state(tmp_path / "s", state_of("demo", 1, clock, lambda: wall[0]))
    wall[0] += 86400 * 30
    state = read_state(tmp_path / "s")
    assert state is not None
    again = state.clock(lambda: wall[0])
    assert again.now() - START.timestamp() == (100 + MOST_OFF_SECONDS) * 60
    # And the next start after this one starts from there.
    write_state(tmp_path / "s", state_of("demo", 1, again, lambda: wall[0]))
    third = read_state(tmp_path / "s")
    assert third is not None
    assert third.clock(lambda: wall[0]).now() == again.now()


@pytest.mark.parametrize("text", ["", "[]", '{"seed": 1}', "{"])
def test_a_file_that_holds_no_state_is_refused_and_left_alone(tmp_path, text):
    path = tmp_path / "s"
    path.write_text(text)
    with pytest.raises(UnreadableState, match="remove it to begin anew"):
        read_state(path)
    assert path.read_text() == text
