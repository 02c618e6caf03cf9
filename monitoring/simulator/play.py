"""What a running simulator is at one moment: its clock, its world, its faults, and the requests that came."""

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitoring.simulator.answers import ROW_CAP
from monitoring.simulator.clock import DEFAULT_START, Clock
from monitoring.simulator.faults import Fault, Faults
from monitoring.simulator.truth import Truth, truth_of
from monitoring.simulator.world import World

N_REQUESTS_KEPT = 5000


@dataclass(frozen=True)
class Recorded:
    """A request as it came: the address, its parameters (the first of each), headers in lower case, wall time."""

    method: str
    path: str
    query: str
    params: dict[str, str]
    headers: dict[str, str]
    at: float  # seconds since 1970, wall clock


class Play:
    """A simulated justIN without its server: what handlers of requests ask and change.

    The clock stands still unless `speed` says otherwise; `advance` moves it. `row_cap` can be lowered so that
    a small world shows what the real cap of 10,000 rows does to a large one.
    """

    def __init__(
        self, world: str | World = "small", *, seed: int = 2026, speed: float = 0.0, start: datetime = DEFAULT_START,
        clock: Clock | None = None, row_cap: int = ROW_CAP,
    ) -> None:  # fmt: skip
        self.clock = clock or Clock(start, speed)
        self.world = world if isinstance(world, World) else World(world, seed, start)
        self.row_cap = row_cap
        self.faults = Faults()
        self.requests: deque[Recorded] = deque(maxlen=N_REQUESTS_KEPT)
        self.counters: Counter[str] = Counter()
        self.stopping = threading.Event()
        self._count_lock = threading.Lock()

    def fault(self, kind: str, *, times: int | None = None, match: str | None = None, seconds: float | None = None) -> None:
        """Switch a fault on. Raises ValueError for an unknown kind."""
        self.faults.add(Fault(kind, times, match, seconds))

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self.faults.clear()

    def advance(self, seconds: float) -> None:
        """Move the simulated clock on."""
        self.clock.advance(seconds)

    def truth(self, workflow_id: int, stage_id: int | None = None) -> Truth:
        """What is really so in a workflow now, not counted from events. Raises KeyError when there is none yet."""
        now = self.clock.now()
        workflow = self.world.visible(workflow_id, now)
        if workflow is None:
            raise KeyError(f"no workflow {workflow_id} at this time")
        return truth_of(workflow.life, workflow.facts(), now, stage_id)

    def record(self, request: Recorded) -> None:
        """Keep a request for those who ask afterwards."""
        with self._count_lock:
            self.requests.append(request)
            self.counters[request.params.get("method") or request.path] += 1

    def status(self) -> dict[str, Any]:
        """The JSON of GET /simulator/."""
        return {
            "world": self.world.name,
            "seed": self.world.seed,
            "campaigns": self.world.campaign_ids(),
            "simulated_now": self.clock.now_at().isoformat(),
            "speed": self.clock.speed,
            "faults": self.faults.listed(),
            "requests": dict(self.counters),
            "wall_now": time.time(),
        }

    def wait(self, seconds: float) -> None:
        """Wait as a slow justIN does, but not past its end."""
        self.stopping.wait(seconds)
