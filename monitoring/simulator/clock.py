"""The simulated clock: it starts at an instant and runs faster than the wall clock, or stands still."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

NEVER = "1970-01-01 00:00:00"  # what justIN writes for "not yet" and "never"
DEFAULT_START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """Simulated time in whole seconds since 1970.

    `speed` is simulated seconds per wall second; 0 stands still and moves by `advance` alone (for tests).
    `wall_start` is the wall clock's reading (seconds) at which the simulated clock showed `start`.
    """

    def __init__(
        self,
        start: datetime = DEFAULT_START,
        speed: float = 0.0,
        wall_start: float | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self.start = int(start.timestamp())
        self.speed = speed
        self.wall_start = wall() if wall_start is None else wall_start
        self.advanced_seconds = 0.0

    def now(self) -> int:
        """Seconds since 1970 in simulated time."""
        with self._lock:
            run = (self._wall() - self.wall_start) * self.speed
            return int(self.start + max(run, 0.0) + self.advanced_seconds)

    def now_at(self) -> datetime:
        """Simulated time as an aware datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; time never goes back."""
        if seconds < 0:
            raise ValueError("the simulated clock cannot go back")
        with self._lock:
            self.advanced_seconds += seconds


_day_texts: dict[int, str] = {}
_second_texts = [f" {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86400)]


def time_text(seconds: int | None) -> str:
    """`YYYY-MM-DD HH:MM:SS` in UTC; None gives the 1970 sentinel."""
    if seconds is None:
        return NEVER
    day, second = divmod(seconds, 86400)
    text = _day_texts.get(day)
    if text is None:
        text = _day_texts[day] = datetime.fromtimestamp(day * 86400, UTC).strftime("%Y-%m-%d")
    return text + _second_texts[second]
