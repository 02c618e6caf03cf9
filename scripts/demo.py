"""Starts the demonstration: a simulated justIN, the portal's worker, clock and web server; ends all of them together.

    python scripts/demo.py            start, print the address, run until Ctrl-C (or SIGTERM)
    python scripts/demo.py --reset    forget the demonstration's data

Everything is kept in var/demo, so that a second start goes on where the first ended. The settings of a real site
(.env, environment) are not used. Ports: 8000 and 8390 or the next free ones.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "var" / "demo"
LOGS = DATA / "log"
HOST = "127.0.0.1"
STOP_SECONDS = 6  # to end by themselves; what still runs then is killed, which loses nothing
START_SECONDS = 90  # to answer the first request, on a slow machine
MANAGE = [sys.executable, "manage.py"]


class Stopped(BaseException):
    """Somebody asked the demonstration to end."""


class Failed(Exception):
    """The demonstration cannot go on; the text says why."""


def environment(web_port: int, simulator_port: int) -> dict[str, str]:
    """The processes' environment. All settings that matter are given, so that the .env of a real site has no say here."""
    settings = {
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "BEHIND_PROXY": "0",
        "CSRF_TRUSTED_ORIGINS": "",
        "DATABASE_URL": "",
        "DATA_DIR": str(DATA),
        "DEBUG": "0",
        "DEFAULT_FROM_EMAIL": "dune-production-portal@localhost",
        "DEMO": "1",
        "EMAIL_URL": "consolemail://",
        "JUSTIN_CA_BUNDLE": "",
        "JUSTIN_CONTACT": "",
        "JUSTIN_INFO_URL": f"http://{HOST}:{simulator_port}/api/info/",
        "JUSTIN_PAUSE_SECONDS": "0",
        "JUSTIN_POLL_SECONDS": "10",
        "JUSTIN_TIMEOUT_SECONDS": "60",
        "JUSTIN_URL": f"http://{HOST}:{simulator_port}/dashboard/",
        "LOG_LEVEL": "INFO",
        "METACAT_CA_BUNDLE": "",
        "METACAT_CONTACT": "",
        "METACAT_DATASETS_SECONDS": "60",
        "METACAT_PAUSE_SECONDS": "0",
        "METACAT_REFRESH_SECONDS": "600",
        "METACAT_TIMEOUT_SECONDS": "30",
        "METACAT_URL": f"http://{HOST}:{simulator_port}/dune_meta_prod/app",
        "PUBLIC_READ": "1",
        "REDIS_URL": "",
        "SECRET_KEY": "",
        "SECURE_HSTS_SECONDS": "0",
        "SECURE_SSL_REDIRECT": "0",
        "STATIC_ROOT": str(DATA / "static"),
        "SITE_URL": f"http://{HOST}:{web_port}",
    }
    files = {f"{name}_FILE": "" for name in settings}
    no_proxy = {"NO_PROXY": f"{HOST},localhost", "no_proxy": f"{HOST},localhost"}
    return {**os.environ, **files, **settings, **no_proxy, "PYTHONUNBUFFERED": "1"}


def free_port(wanted: int) -> int:
    """`wanted`, or the next port on which nobody listens."""
    for port in range(wanted, wanted + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                return port
    raise Failed(f"No free port between {wanted} and {wanted + 199}.")


def end_with_parent() -> None:
    """In a new child: end when the starter is killed in a way that it cannot pass on (Linux only)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


class Processes:
    """The demonstration's processes, each in a process group of its own so that its children end with it."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str]) -> None:
        """Start `command` in the background; what it prints goes to var/demo/log/NAME.log."""
        with (LOGS / f"{name}.log").open("wb") as log:
            self._start(name, command, stdout=log, stderr=subprocess.STDOUT)

    def run(self, name: str, command: list[str], *, show: bool = False) -> tuple[int, str]:
        """Run `command` to its end. Answers its exit code and what it printed (errors are shown with `show`)."""
        process = self._start(name, command, stdout=subprocess.PIPE, stderr=None if show else subprocess.STDOUT)
        output, _ = process.communicate()
        del self.running[name]
        return process.returncode, output.decode(errors="replace")

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` with these arguments; answers what it printed, fails when it fails."""
        code, output = self.run(arguments[0], [*MANAGE, *arguments])
        if code:
            raise Failed(f"manage.py {' '.join(arguments)} failed:\n{output}")
        return output

    def _start(self, name: str, command: list[str], *, stdout: IO[bytes] | int, stderr: int | None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        self.running[name] = process
        return process

    def check(self) -> None:
        """Fail, with the end of its log, when one of the processes is no more."""
        for name, process in self.running.items():
            if process.poll() is not None:
                log = LOGS / f"{name}.log"
                last = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
                raise Failed(f"The {name} ended (exit code {process.returncode}). The end of {log}:\n{last}")

    def wait_for(self, url: str, what: str) -> None:
        """Return as soon as `url` answers anything but a server error."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + START_SECONDS
        reason = "no answer"
        while time.monotonic() < deadline:
            self.check()
            try:
                opener.open(url, timeout=10).close()
                return
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return
                reason = f"answer {error.code}"
            except OSError as error:
                reason = str(error)
            time.sleep(0.2)
        raise Failed(f"The {what} did not answer at {url} within {START_SECONDS} seconds: {reason}. Logs: {LOGS}")

    def stop(self) -> None:
        """End all processes, latest first; kill what does not end."""
        for process in reversed(self.running.values()):
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self.running.values():
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[bytes], signum: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signum)


def make_was_interrupted() -> bool:
    """Whether `make`, which started us, got a SIGINT alone: it then waits for us without passing it on.

    (Ctrl-C in a terminal reaches us too. Supervisors and editors may signal one process only.)
    """
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text()
    except OSError:
        return False
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    blocked = int(fields.get("SigBlk", "0"), 16)
    return fields["Name"].strip() == "make" and bool(blocked >> (signal.SIGINT - 1) & 1)


def stop_on_signal(signum: int, frame: FrameType | None) -> NoReturn:
    """Turn the first signal into Stopped; further ones do not disturb the ending."""
    ignore_signals()
    raise Stopped


def ignore_signals() -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def say(text: str) -> None:
    print(text, flush=True)


def demonstrate(processes: Processes, web_port: int, simulator_port: int) -> NoReturn:
    """Start everything in order, say where it is, and watch over it until somebody ends it."""
    begun = time.monotonic()
    url = processes.env["SITE_URL"]
    say("Starting the simulated justIN and preparing the database ...")
    processes.manage("migrate", "--verbosity", "0")
    processes.start(
        "simulator",
        [*MANAGE, "simulate_justin", "--port", str(simulator_port), "--state", str(DATA / "simulator.json")],
    )
    processes.manage("load_demo")
    processes.wait_for(f"http://{HOST}:{simulator_port}/dashboard/", "simulated justIN")

    first_poll_done = DATA / "first_poll_done"
    if not first_poll_done.exists():
        say("Reading the simulated justIN for the first time ...")
        code, summary = processes.run("poll", [*MANAGE, "poll"], show=True)
        say(f"  {summary.strip()}")
        if code == 0:
            first_poll_done.touch()
        else:
            say("  Not everything could be read; the portal goes on trying, as it would with the real justIN.")
    processes.run("read_datasets", [*MANAGE, "read_datasets"])  # what it says is on the page of sources too
    logins = processes.manage("load_demo")  # again: what people did about workflows follows from what was read
    processes.run("count_samples", [*MANAGE, "count_samples"])  # what it says is on the page of sources too

    gunicorn = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"{HOST}:{web_port}"]
    gunicorn += ["--worker-class", "gthread", "--threads", "8", "--access-logfile", "-", "--no-control-socket"]
    celery = [sys.executable, "-m", "celery", "--app", "portal"]
    processes.start("web", gunicorn)
    processes.start("worker", [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "INFO"])
    processes.start("beat", [*celery, "beat", "--schedule", str(DATA / "beat-schedule"), "--pidfile=", "--loglevel", "INFO"])
    processes.wait_for(f"{url}/", "portal")

    say(f"  ready after {time.monotonic() - begun:.0f} s; logs are in {LOGS.relative_to(ROOT)}/")
    say(f"  the simulated justIN is at {processes.env['JUSTIN_URL']}; a minute of ours is an hour of its time")
    say(f"\n{logins.strip()}\n\nThe portal is at  {url}/\nCtrl-C ends everything; the data stay for the next start.")
    while True:
        processes.check()
        if make_was_interrupted():
            raise Stopped
        time.sleep(0.5)


def hold_lock() -> IO[str]:
    """Keep a second demonstration out of the same data."""
    DATA.mkdir(parents=True, exist_ok=True)
    lock = (DATA / "running").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise Failed(f"The demonstration is running already: {lock.read().strip()}") from None
    return lock


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reset", action="store_true", help="forget the demonstration's data")
    parser.add_argument("--port", type=int, default=8000, help="the first port to try for the portal (8000)")
    parser.add_argument("--simulator-port", type=int, default=8390, help="the first to try for the simulator (8390)")
    arguments = parser.parse_args()
    try:
        lock = hold_lock()
        if arguments.reset:
            shutil.rmtree(DATA)
            say("The demonstration's data are gone; `make demo` begins anew.")
            return 0
        LOGS.mkdir(exist_ok=True)
        web_port, simulator_port = free_port(arguments.port), free_port(arguments.simulator_port)
        processes = Processes(environment(web_port, simulator_port))
        lock.truncate(0)
        lock.write(f"{processes.env['SITE_URL']}/ (process {os.getpid()})\n")
        lock.flush()
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, stop_on_signal)
        try:
            demonstrate(processes, web_port, simulator_port)
        finally:
            ignore_signals()
            say("\nStopping ...")
            processes.stop()
    except Failed as failure:
        print(f"make demo: {failure}", file=sys.stderr)
        return 1
    except Stopped:
        say("Everything has ended. `make demo` goes on with the same data, `make demo-reset` forgets them.")
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
