"""MetaCat's list of datasets, checked: those that belong to a workflow or to a `dune.campaign`, out of every one it has.

Pure. A wrong type in any record refuses the list, with the record's place; unknown further fields are ignored. docs/metacat.md
says which metadata are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from monitoring.metacat.errors import MetacatCut, MetacatGarbage

LONGEST_WORD = 255
LARGEST_ID = 2**31 - 1
WORKFLOW, CAMPAIGN, TIER = "dune.workflow", "dune.campaign", "core.data_tier"
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Name = Annotated[str, msgspec.Meta(min_length=1)]


class DatasetRow(msgspec.Struct, frozen=True, gc=False):
    """A record as it is sent. The metadata stay unread bytes: most datasets of the experiment are of no campaign."""

    namespace: Name
    name: Name
    frozen: bool | None
    metadata: msgspec.Raw
    creator: str | None = None
    created_timestamp: float | None = None
    description: str | None = None
    file_count: Count | None = None  # missing or null: not known


class ListedDataset(msgspec.Struct, frozen=True):
    """A dataset as the portal keeps it, with the names that monitoring.models.Dataset has."""

    namespace: str
    name: str
    workflow_justin_id: int | None
    stage: int | None
    campaign_tag: str
    data_tier: str
    n_files_listed: int | None
    is_frozen: bool
    creator: str
    created_at: datetime | None
    metadata: dict[str, Any]
    description: str


_decoder = msgspec.json.Decoder(list[DatasetRow])
_metadata = msgspec.json.Decoder(dict[str, Any] | None)


def datasets_in(body: bytes, asked: str) -> tuple[list[ListedDataset], int]:
    """Those to keep, and how many the list has. Raises MetacatCut when it ends in the middle, MetacatGarbage for all else."""
    try:
        rows = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise MetacatGarbage(f"{asked}: a record that cannot be read: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if body.lstrip()[:1] == b"[" and body.rstrip()[-1:] != b"]":
            raise MetacatCut(f"{asked}: the list ends in the middle, after {len(body):,} bytes") from error
        raise MetacatGarbage(f"{asked}: an answer that is no JSON") from error
    found = {(one.namespace, one.name): one for one in _kept(rows, asked)}
    return list(found.values()), len(rows)


def _kept(rows: list[DatasetRow], asked: str) -> Iterator[ListedDataset]:
    for row in rows:
        raw = bytes(row.metadata)
        if raw[:1] not in (b"{", b"n"):
            raise MetacatGarbage(f"{asked}: the metadata of {row.namespace}:{row.name} are no map")
        if b"dune." not in raw:
            continue
        told = f"{asked}: {row.namespace}:{row.name}"
        try:
            metadata = _metadata.decode(raw) or {}
            created_at = _moment(row.created_timestamp)
        except (msgspec.DecodeError, RecursionError, OverflowError, ValueError, OSError) as error:
            raise MetacatGarbage(f"{told} has metadata or a time that cannot be read") from error
        (workflow, stage), campaign = _workflow(metadata), _word(metadata.get(CAMPAIGN))
        if workflow is None and not campaign:
            continue
        words = (row.namespace, row.name, campaign, _word(metadata.get(TIER)), row.creator or "")
        if any(len(word) > LONGEST_WORD for word in words):
            raise MetacatGarbage(f"{told[:400]} has a name or value longer than {LONGEST_WORD} characters")
        if b"\\u0000" in raw or any("\0" in word for word in (*words, row.description or "")):
            raise MetacatGarbage(f"{told} holds a null character")
        yield ListedDataset(
            row.namespace, row.name, workflow, stage, campaign, _word(metadata.get(TIER)), row.file_count, row.frozen is True,
            row.creator or "", created_at, metadata, row.description or "",
        )  # fmt: skip


def _workflow(metadata: dict[str, Any]) -> tuple[int | None, int | None]:
    """Id and stage of `dune.workflow`: as a map, as justIN writes it, or as keys of their own with a dot after it. Whatever
    else people wrote there is none.
    """
    nested = metadata.get(WORKFLOW)
    nested = nested if isinstance(nested, dict) else {}
    found = [_id(nested.get(key, metadata.get(f"{WORKFLOW}.{key}"))) for key in ("workflow_id", "stage_id")]
    return found[0], found[1] if found[0] is not None else None


def _id(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID else None


def _word(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
