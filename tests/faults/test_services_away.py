"""The portal's own services away: the database restarted, Redis gone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.needs import need
from tests.processes import free_port, manage, portal_env, running, wait_until
from tests.replay import Replay

pytestmark = pytest.mark.django_db(transaction=True)


class Cluster:
    """A PostgreSQL server of the test's own, that may be stopped and started."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder, self.port = programs, folder, free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *words: str) -> None:
        user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        subprocess.run(
            [self.programs / program, *words], check=True, user=user, cwd=self.folder, capture_output=True, timeout=60
        )

    def make(self) -> None:
        self.run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    need("postgresql")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL's server programs are not installed here")
    folder = tmp_path / "cluster"
    folder.mkdir()
    if os.geteuid() == 0:
        for one in [folder, *folder.parents]:
            if one == Path("/tmp"):
                break
            one.chmod(0o755)
        shutil.chown(folder, pwd.getpwnam("postgres").pw_uid)
    one = Cluster(programs[-1], folder)
    one.make()
    one.start()
    try:
        yield one
    finally:
        with suppress(subprocess.CalledProcessError):  # the test may have stopped it
            one.stop()


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_restarted_database_loses_nothing(cluster: Cluster, recorded: Replay) -> None:
    env = {"DATABASE_URL": cluster.url}
    assert manage("migrate", "-v0", **env).returncode == 0
    assert manage("watch_campaign", "318", "--campaign", "pdhd-reco-2026b", **env).returncode == 0
    assert manage("poll", **env).returncode == 0
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "-b", f"127.0.0.1:{port}", "--threads", "2"]
    with running(*command, env=portal_env(**env, DEMO="1")):
        page = f"http://127.0.0.1:{port}/campaigns/pdhd-reco-2026b/"
        wait_until(lambda: _reachable(page), what="the web server")
        assert _get(page)[0] == 200
        cluster.stop()
        status, text = _get(page)
        assert status == 503
        assert "database" in text
        assert "Traceback" not in text
        failed = manage("poll", **env)
        assert failed.returncode != 0
        assert "database" in failed.stderr
        assert "Traceback" not in failed.stderr
        cluster.start()
        status, text = _get(page)
        assert status == 200
        assert "300" in text
    again = manage("poll", "--all", **env)
    assert again.returncode == 0, again.stderr


def _reachable(url: str) -> bool:
    try:
        _get(url)
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def test_redis_gone_stops_no_page_and_polling_goes_on_when_it_is_back(recorded: Replay, watch, tmp_path: Path) -> None:
    need("redis")
    watch(318)
    redis_port, web_port = free_port(), free_port()
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    env = portal_env(REDIS_URL=f"redis://127.0.0.1:{redis_port}/0", JUSTIN_POLL_SECONDS="1", DEMO="1", CELERY_TRACE_APP="0")
    celery = [sys.executable, "-m", "celery", "-A", "portal"]
    beat = [*celery, "beat", "-s", str(tmp_path / "beat"), "--pidfile="]
    worker = [*celery, "worker", "--pool", "solo", "--without-gossip", "--without-mingle"]
    web = [sys.executable, "-m", "gunicorn", "portal.wsgi", "-b", f"127.0.0.1:{web_port}", "--threads", "2"]
    home = f"http://127.0.0.1:{web_port}/"

    def polled_anew() -> bool:
        return len(recorded.asked) > before

    with running(*beat, env=env), running(*worker, env=env), running(*web, env=env):
        with running(*redis, env=os.environ):
            before = 0
            wait_until(polled_anew, seconds=40, what="a first poll through Redis")
            wait_until(lambda: _reachable(home), what="the web server")
            assert _get(home)[0] == 200
        status, _text = _get(home)
        assert status == 200
        assert _get(f"{home}accounts/login/")[0] == 200
        with running(*redis, env=os.environ):
            before = len(recorded.asked)
            wait_until(polled_anew, seconds=60, what="a poll after Redis came back")
