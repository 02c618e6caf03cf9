"""The simulated world: the workflows of all campaigns, played when first asked for."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge

from monitoring.simulator.clock import DEFAULT_START
from monitoring.simulator.events import LANES, Event
from monitoring.simulator.scenes import DAY, Scene
from monitoring.simulator.workflow import Facts, Workflow
from monitoring.simulator.worlds import FIRST_RECURRING_ID, WORLDS, Recurring

N_LARGE_LANES = 10  # a lane each for the large workflows
N_FIXED_LANES = 40  # the small ones take turns in the lanes up to here, days apart; the recurring ones above
_LARGE_FILES = 2000
_N_REMEMBERED = 48  # recurring workflows kept whole; older ones are played again when somebody asks


def _lanes(scenes: Sequence[Scene]) -> dict[int, int]:
    """The lane of event ids that each workflow uses; workflows that share one are far apart in time."""
    by_start = sorted(scenes, key=lambda scene: (scene.submitted_at, scene.workflow_id))
    large = [scene.workflow_id for scene in by_start if scene.n_files >= _LARGE_FILES]
    small = [scene.workflow_id for scene in by_start if scene.n_files < _LARGE_FILES]
    if len(large) > N_LARGE_LANES:
        raise ValueError(f"a world has room for {N_LARGE_LANES} large workflows, not {len(large)}")
    lanes = {workflow_id: i for i, workflow_id in enumerate(large)}
    n_turns = N_FIXED_LANES - N_LARGE_LANES
    return lanes | {workflow_id: N_LARGE_LANES + i % n_turns for i, workflow_id in enumerate(small)}


class World:
    """A named world (`demo`, `small` or `large`), fixed by its seed and start (the simulated first instant)."""

    def __init__(self, name: str = "demo", seed: int = 2026, start: datetime = DEFAULT_START) -> None:
        if name not in WORLDS:
            raise ValueError(f"there is no world {name!r}; there are {', '.join(WORLDS)}")
        self.name, self.seed, self.start = name, seed, int(start.timestamp())
        self._origin = self.start - 90 * DAY
        plan = WORLDS[name](self.start, seed)
        self._scenes = {scene.workflow_id: scene for scene in plan.scenes}
        self._lanes = _lanes(plan.scenes)
        self._recurring: Recurring | None = plan.recurring
        self.official_datasets = plan.datasets
        self._lock = threading.RLock()
        self._whole: dict[int, Workflow] = {}
        self._remembered: OrderedDict[int, Workflow] = OrderedDict()
        self._facts: dict[int, Facts] = {}

    def warm_up(self) -> None:
        """Play the workflows that are always there, so that the first question is answered as fast as any."""
        for workflow_id in self._scenes:
            self.workflow(workflow_id)

    def _scene(self, workflow_id: int) -> Scene | None:
        if workflow_id in self._scenes:
            return self._scenes[workflow_id]
        return self._recurring.scene(workflow_id) if self._recurring else None

    def workflow(self, workflow_id: int) -> Workflow | None:
        """The workflow with this id, whenever it is submitted; None when there will never be one."""
        with self._lock:
            found = self._whole.get(workflow_id) or self._remembered.get(workflow_id)
            if found is not None:
                return found
            scene = self._scene(workflow_id)
            if scene is None:
                return None
            if workflow_id in self._scenes:
                made = Workflow(scene, self.seed, self._lanes[workflow_id], self._origin)
                self._whole[workflow_id] = made
            else:
                lane = N_FIXED_LANES + (workflow_id - FIRST_RECURRING_ID) % (LANES - N_FIXED_LANES)
                made = self._remembered[workflow_id] = Workflow(scene, self.seed, lane, self._origin)
                while len(self._remembered) > _N_REMEMBERED:
                    self._remembered.popitem(last=False)
            self._facts[workflow_id] = made.facts()
            return made

    def facts_of(self, workflow_id: int) -> Facts:
        """The little that stays known of a workflow of this world, however long ago it was."""
        facts = self._facts.get(workflow_id)
        if facts is None:
            self.workflow(workflow_id)
            facts = self._facts[workflow_id]
        return facts

    def workflow_ids(self, now: int) -> list[int]:
        """Ids of the workflows submitted by now, ascending."""
        ids = [scene.workflow_id for scene in self._scenes.values() if scene.submitted_at <= now]
        if self._recurring:
            ids += self._recurring.workflow_ids(now)
        return sorted(ids)

    def visible(self, workflow_id: int, now: int) -> Workflow | None:
        """The workflow, if it has been submitted (or drafted) by now."""
        scene = self._scene(workflow_id)
        return self.workflow(workflow_id) if scene is not None and scene.submitted_at <= now else None

    def campaign_ids(self) -> list[int]:
        """Ids of the campaigns of this world."""
        return sorted({scene.campaign_id for scene in self._scenes.values()})

    def campaign(self, campaign_id: int, now: int) -> list[Facts]:
        """Workflows of a campaign that have been submitted by now, newest first."""
        ids = [s.workflow_id for s in self._scenes.values() if s.campaign_id == campaign_id and s.submitted_at <= now]
        if self._recurring:
            ids += [i for i in self._recurring.workflow_ids(now) if self._recurring.campaign_of(i) == campaign_id]
        return [self.facts_of(workflow_id) for workflow_id in sorted(ids, reverse=True)]

    def events_of_zero(self, now: int) -> Iterator[Event]:
        """Events of turned-away jobs of all workflows (workflow 0), by ascending id."""
        parts = (self.workflow(workflow_id) for workflow_id in self.workflow_ids(now))
        return merge(*(part.events_of_zero for part in parts if part))

    def all_events(self, now: int) -> Iterator[Event]:
        """Every event of the service by ascending id: what a dropped workflow filter gives."""
        parts = [self.workflow(workflow_id) for workflow_id in self.workflow_ids(now)]
        return merge(*(p.events for p in parts if p), *(p.events_of_zero for p in parts if p))
