"""manage.py simulate_justin: a believable justIN on this machine, for demonstrations."""

import ipaddress
import signal
import threading
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.simulator.clock import Clock
from monitoring.simulator.faults import KINDS
from monitoring.simulator.server import Simulator
from monitoring.simulator.state import SAVE_EVERY_SECONDS, State, UnreadableState, read_state, state_of, write_state
from monitoring.simulator.world import World
from monitoring.simulator.worlds import WORLDS


class Command(BaseCommand):
    help = "Run a simulated justIN with a MetaCat beside it until Ctrl-C. It needs no database and no settings of the portal."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on; loopback only")
        parser.add_argument("--any-host", action="store_true", help="allow an address that others can reach")
        parser.add_argument("--port", type=int, default=8390, help="0: any free one")
        parser.add_argument("--world", choices=sorted(WORLDS), default="demo")
        parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds per second; 0: stands still")
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument("--start", help="first simulated instant, as 2026-11-23T12:00 (UTC); default: now")
        parser.add_argument(
            "--state", type=Path,
            help="file that keeps world, seed, first instant and speed, so that the next start goes on in the same world",
        )  # fmt: skip
        parser.add_argument(
            "--fault", choices=sorted(KINDS), action="append", default=[], help="switched on from the beginning"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["any_host"] and not _is_loopback(options["host"]):
            raise CommandError(f"{options['host']} can be reached by others; say --any-host if that is meant.")
        if options["speed"] < 0:
            raise CommandError("--speed must not be negative.")
        state = self._kept_or_new_state(options)
        clock = state.clock()
        simulator = Simulator(
            World(state.world, state.seed, datetime.fromtimestamp(state.start, UTC)),
            clock=clock, host=options["host"], port=options["port"],
        )  # fmt: skip
        for kind in options["fault"]:
            simulator.fault(kind)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        path: Path | None = options["state"]

        def keep() -> None:
            if path is not None:
                write_state(path, state_of(state.world, state.seed, clock))

        keep()
        try:
            simulator.start()
        except OSError as error:
            raise CommandError(f"Cannot listen on {options['host']}:{options['port']}: {error.strerror}.") from error
        self._say(simulator)
        # Answers are given meanwhile: a workflow that is asked for first is played first.
        threading.Thread(target=simulator.world.warm_up, daemon=True).start()
        while not stop.wait(SAVE_EVERY_SECONDS):
            keep()
        simulator.stop()
        keep()
        self.stdout.write("Simulated justIN ended.")

    def _kept_or_new_state(self, options: dict[str, Any]) -> State:
        try:
            kept = read_state(options["state"]) if options["state"] else None
        except UnreadableState as error:
            raise CommandError(f"{error}.") from error
        if kept is not None:
            self.stdout.write(f"Going on in the world that {options['state']} keeps; world, seed and speed are its.")
            return kept
        try:
            begin = datetime.fromisoformat(options["start"]) if options["start"] else datetime.now(UTC)
        except ValueError as error:
            raise CommandError(f"--start {options['start']} is no time; write it as 2026-11-23T12:00.") from error
        begin = (begin if begin.tzinfo else begin.replace(tzinfo=UTC)).replace(second=0, microsecond=0)
        return state_of(options["world"], options["seed"], Clock(begin, options["speed"]))

    def _say(self, simulator: Simulator) -> None:
        campaigns = ", ".join(str(number) for number in simulator.world.campaign_ids())
        self.stdout.write(
            f"Simulated justIN, world {simulator.world.name}, seed {simulator.world.seed}, "
            f"speed {simulator.clock.speed:g}; it is {simulator.clock.now_at():%Y-%m-%d %H:%M} UTC there.\n"
            f"  JUSTIN_URL={simulator.url}\n"
            f"  JUSTIN_INFO_URL={simulator.info_url}\n"
            f"  METACAT_URL={simulator.metacat_url}\n"
            f"  justIN campaigns: {campaigns}\n"
            f"  status and controls: {simulator.base_url}/simulator/\n"
            "Ctrl-C ends it."
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
