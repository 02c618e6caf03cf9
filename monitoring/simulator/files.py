"""Names, sizes and places of the files in the simulated world."""

import random
from datetime import UTC, datetime

from monitoring.simulator.places import STORAGES
from monitoring.simulator.records import File
from monitoring.simulator.scenes import Scene, Stage

_RAW_AT = ("DUNE_US_FNAL_DISK_STAGE",) * 6 + ("DUNE_CERN_EOS", "RAL_ECHO", "PRAGUE", "NIKHEF")


def first_stage_files(scene: Scene, rng: random.Random) -> list[File]:
    """The inputs of stage 1, found some 30 seconds after the start; a few have no replica."""
    added_at = (scene.started_at or 0) + rng.randint(20, 50)
    found_at = added_at + 30
    files = []
    for number in range(scene.n_files):
        if scene.monte_carlo:
            did, size = f"monte-carlo-{scene.workflow_id:06d}-{number + 1:06d}", 0
            rses: tuple[str, ...] = ("MONTECARLO",)
        else:
            did = raw_name(scene, scene.first_file + number)
            rses, size = _replicas(rng), int(3.8e9 * rng.lognormvariate(0, 0.15))
        file = File(number, did, added_at, size, rses, scene.max_allocations)
        file.changes.append((added_at, "finding"))
        if rng.random() < scene.notfound:
            file.rses = ()
            file.changes.append((found_at, "notfound"))
            file.given_up_at = found_at
        else:
            file.changes.append((found_at, "unallocated"))
        files.append(file)
    return files


def _replicas(rng: random.Random) -> tuple[str, ...]:
    first = rng.choice(_RAW_AT)
    second = rng.choice(STORAGES)
    return (first,) if rng.random() < 0.3 or second == first else (first, second)


def raw_name(scene: Scene, position: int) -> str:
    """The DID of the raw file at this position of the sample, as the DAQ would have named it."""
    namespace = "vd-protodune" if scene.sample.startswith("np02") else "hd-protodune"
    run, chunk = 27300 + position // 350, position % 350
    taken = position * 37
    return (
        f"{namespace}:{scene.sample}_run{run:06d}_{chunk:04d}_dataflow{position % 8}_datawriter_0_"
        f"20240623T{taken // 3600 % 24:02d}{taken // 60 % 60:02d}{taken % 60:02d}.hdf5"
    )


def output_name(scene: Scene, stage: Stage, stage_id: int, number: int, serial: int, at: int) -> str:
    """The name of an output: a DID, or a scratch address. `number` tells several outputs of one job apart."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%S")
    kind = "" if number == 0 else f"_hist{number}"
    stem = f"{stage.output_stem}{kind}_{scene.workflow_id}_{serial:06d}_{stamp}.root"
    if stage.scratch:
        folder = f"{scene.workflow_id:05d}/{stage_id}/001"
        return f"https://fndcadoor.fnal.gov:2880/dune/scratch/users/shifter1/fnal/{folder}/{stem}"
    return f"{scene.scope}:{stem}"
