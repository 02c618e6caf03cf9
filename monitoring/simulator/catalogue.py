"""The datasets of a world: the outputs of each workflow's stages, as justIN puts them together, and those that people made for
a campaign. A few files of each are retired: MetaCat's counter still holds them, a true count does not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitoring.simulator.scenes import Official
from monitoring.simulator.workflow import Facts
from monitoring.simulator.world import World

RETIRED_OF = 100  # one file of so many is retired
_OF_WORKFLOW = re.compile(r"w(\d+)s(\d+)p1\Z")


@dataclass(frozen=True)
class SimulatedDataset:
    """A dataset at one instant. `n_listed` is MetaCat's counter."""

    namespace: str
    name: str
    metadata: dict[str, Any]
    made_at: int
    is_frozen: bool
    n_listed: int
    description: str

    @property
    def did(self) -> str:
        return f"{self.namespace}:{self.name}"

    @property
    def n_files(self) -> int:
        """Without what was retired."""
        return self.n_listed - self.n_listed // RETIRED_OF

    def record(self, *, is_exact: bool = False) -> dict[str, Any]:
        """As MetaCat tells it."""
        return dataset_record(
            self.namespace, self.name, self.metadata, self.made_at, self.n_files if is_exact else self.n_listed,
            is_frozen=self.is_frozen, description=self.description,
        )  # fmt: skip


def dataset_record(
    namespace: str,
    name: str,
    metadata: dict[str, Any],
    made_at: int,
    n_files: int,
    *,
    is_frozen: bool = False,
    description: str = "official collection",
) -> dict[str, Any]:
    """A record of the list of datasets, with MetaCat's keys."""
    return {
        "namespace": namespace, "name": name, "frozen": is_frozen, "monotonic": False, "metadata": metadata,
        "creator": "dunepro", "created_timestamp": float(made_at), "file_meta_requirements": {}, "description": description,
        "file_count": n_files, "updated_timestamp": None, "updated_by": None,
    }  # fmt: skip


def datasets_at(world: World, now: int) -> Iterator[SimulatedDataset]:
    """All that are there now."""
    for workflow_id in world.workflow_ids(now):
        yield from _of_workflow(world.facts_of(workflow_id), now)
    for one in world.official_datasets:
        if one.made_at <= now:
            yield _official(world, one)


def dataset_at(world: World, did: str, now: int) -> SimulatedDataset | None:
    """The one of this name, if it is there now."""
    found = _OF_WORKFLOW.search(did)
    workflow_id = int(found[1]) if found else 0
    if workflow_id in world.workflow_ids(now):
        return next((one for one in _of_workflow(world.facts_of(workflow_id), now) if one.did == did), None)
    return next((_official(world, one) for one in world.official_datasets if one.did == did and one.made_at <= now), None)


def _of_workflow(facts: Facts, now: int) -> Iterator[SimulatedDataset]:
    """One for each stage, from its first output on; what goes to scratch is in none."""
    scene = facts.scene
    for stage_id, (stage, made) in enumerate(zip(scene.stages, facts.outputs_at, strict=True), start=1):
        n = bisect_right(made, now)
        if n:
            yield SimulatedDataset(
                scene.scope, f"{scene.scope}-{stage.output_stem}_w{scene.workflow_id}s{stage_id}p1",
                {"dune.workflow": {"workflow_id": scene.workflow_id, "stage_id": stage_id}}, made[0], False, n,
                f"workflow {scene.workflow_id} stage {stage_id} outputs",
            )  # fmt: skip


def _official(world: World, one: Official) -> SimulatedDataset:
    """Frozen with what its workflows had in their last stage when it was made."""
    n = sum(bisect_right(world.facts_of(workflow_id).outputs_at[-1], one.made_at) for workflow_id in one.workflow_ids)
    query = " and ".join(f"{key}='{value}'" for key, value in one.metadata)
    metadata = {**dict(one.metadata), "datasetpar.deftag": one.deftag, "datasetpar.query": f"files where {query}"}
    return SimulatedDataset(one.namespace, one.name, metadata, one.made_at, True, n, f"files where {query}")
