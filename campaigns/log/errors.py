"""What the log refuses beside portal.errors, with what a page needs to show both texts."""

from __future__ import annotations

from campaigns.models import LogEntry
from portal.errors import Conflict


class Newer(Conflict):
    """The entry was edited since the text was opened; `entry` is as it stands, with its body and version."""

    def __init__(self, entry: LogEntry) -> None:
        super().__init__(
            f"Entry {entry.number} has version {entry.version} by now. Compare it with yours, then save again.", field="version"
        )
        self.entry = entry

    @property
    def body(self) -> str:
        return self.entry.body

    @property
    def version(self) -> int:
        return self.entry.version
