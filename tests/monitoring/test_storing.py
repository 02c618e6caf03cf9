"""Answers kept as compact bytes come back as they were."""

from datetime import UTC, datetime

import pytest

from monitoring.justin import harvest as ask
from monitoring.justin.harvest import Reading
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow, decode
from monitoring.storing import pack, unpack
from tests.replay import body_of

AT = datetime(2026, 11, 23, 18, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("JOB_FINISHED", decode(EventRow, body_of({"file": "download-events.every-outcome-9001.all.json"}))),
        (
            "JOB_FINISHED",
            decode(EventRow, body_of({"file": "download-events.large-2988.JOB_FINISHED.truncated-10000.json.gz"})),
        ),
        (ask.FILE_STATES, decode(FileStateRow, body_of({"file": "download-file-states.retried-3205.json"}))),
        (ask.OUTPUTS, decode(OutputRow, body_of({"file": "download-output-file-stats.scratch-3305.json"}))),
        ("JOB_FINISHED", []),
    ],
    ids=["events", "ten thousand", "files", "outputs", "none"],
)
def test_packed_answers_come_back_as_they_were(kind: str, rows: list) -> None:
    packed = pack(Reading(1, kind, rows, AT))
    assert unpack(kind, packed) == rows
    assert len(packed) < 60 * len(rows) + 200
