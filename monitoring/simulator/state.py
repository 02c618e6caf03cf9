"""The file that lets a restarted simulator go on in the same world, at a later time.

It holds the seed, the world's name, the first instant, the speed, and when the program last ran. The clock goes on
while the program is off, but of a long time off only MOST_OFF_SECONDS count: a demonstration that is opened again
after a month should not find ten thousand new workflows.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitoring.simulator.clock import Clock

MOST_OFF_SECONDS = 600.0  # wall clock
SAVE_EVERY_SECONDS = 5.0  # far less than MOST_OFF_SECONDS, so that a killed program never goes back in time


class UnreadableState(Exception):
    """The state file is not one of ours."""


@dataclass
class State:
    """Times: `start` in simulated seconds since 1970, the others on the wall clock."""

    world: str
    seed: int
    start: int
    speed: float
    wall_start: float
    advanced_seconds: float
    last_seen: float

    def clock(self, wall: Callable[[], float] = time.time) -> Clock:
        """The clock of the same world now."""
        off = max(0.0, wall() - self.last_seen)
        self.wall_start += max(0.0, off - MOST_OFF_SECONDS)
        clock = Clock(datetime.fromtimestamp(self.start, UTC), self.speed, self.wall_start, wall)
        clock.advance(self.advanced_seconds)
        return clock


def state_of(world: str, seed: int, clock: Clock, wall: Callable[[], float] = time.time) -> State:
    """What is to be kept of a running simulator."""
    return State(world, seed, clock.start, clock.speed, clock.wall_start, clock.advanced_seconds, wall())


def read_state(path: Path) -> State | None:
    """The kept state; None when there is no file. Raises UnreadableState."""
    try:
        return State(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise UnreadableState(f"{path} does not hold a simulator's state ({error}); remove it to begin anew") from error


def write_state(path: Path, state: State) -> None:
    """Keep the state, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(asdict(state), indent=1) + "\n")
    os.replace(new, path)
