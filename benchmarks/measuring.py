"""How benchmarks take and say times."""

from __future__ import annotations

import time
from collections.abc import Callable

REPEATS = 9


def best_of(run: Callable[[], object], *, before: Callable[[], object] = lambda: None) -> float:
    """Seconds of the fastest of some runs: the least disturbed by whatever else the machine does."""
    times = []
    for _ in range(REPEATS):
        before()
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def say(what: str, slow: float, fast: float, than: str, note: str = "") -> None:
    print(f"{what:<58} {slow * 1000:8.1f} ms = {slow / fast:5.2f} x {than} ({fast * 1000:.1f} ms){note}", flush=True)
