"""The worlds by name: what is planned to happen in each, relative to its first instant."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from monitoring.simulator.scenes import DAY, HOUR, NO_FAILURES, Failures, Official, Scene, SiteTrouble, Stage

FIRST_RECURRING_ID = 3401
SAMPLE = "files from hd-protodune:hd-protodune-raw-2026 where core.data_tier=raw and core.run_type=hd-protodune"
SAMPLE_FILES = 20_784
GROWN_FILES = 17  # came into the sample after its last slice was submitted
_RECURRING_HOURS = 6
_OFTEN_FAILING = Failures(script_error=0.08, result_lost=0.015, output_failed=0.012, stalled=0.01, cvmfs=0.006)
_NTUPLES = (Stage(4200, output_stem="np04hd_reco"), Stage(1500, output_stem="np04hd_ntuple", output_bytes=60_000_000))


@dataclass(frozen=True)
class Recurring:
    """Workflows that people go on submitting, one every six hours, to two campaigns in turn, for ever."""

    start: int
    seed: int
    campaigns: tuple[int, int] = (402, 403)

    def workflow_ids(self, now: int) -> range:
        """Ids of those submitted by now."""
        n = max(0, (now - self.start) // (_RECURRING_HOURS * HOUR) + 1)
        return range(FIRST_RECURRING_ID, FIRST_RECURRING_ID + n)

    def campaign_of(self, workflow_id: int) -> int:
        """The justIN campaign that the workflow belongs to."""
        return self.campaigns[(workflow_id - FIRST_RECURRING_ID) % len(self.campaigns)]

    def scene(self, workflow_id: int) -> Scene | None:
        """What happens in the workflow with this id; None for ids that are not of this kind."""
        number = workflow_id - FIRST_RECURRING_ID
        if number < 0:
            return None
        rng = random.Random(f"{self.seed}/recurring/{number}")  # noqa: S311 (no secret)
        submitted_at = self.start + number * _RECURRING_HOURS * HOUR
        started_at = submitted_at + rng.randint(600, 2 * HOUR)
        n_files = rng.randrange(120, 400, 10)
        first = number * 400
        scene = Scene(
            workflow_id, self.campaign_of(workflow_id), f"PDHD keep-up, day {number // 4 + 1}, part {number % 4 + 1}",
            f"{SAMPLE} and core.runs>=28500 ordered skip {first} limit {n_files}", "hd-protodune", n_files,
            submitted_at, started_at, lasts_seconds=rng.randint(8, 16) * HOUR, user="shifter1@fnal.gov",
            first_file=420_000 + first, max_allocations=3,
        )  # fmt: skip
        kind = number % 6
        if kind == 2:
            site = rng.choice(("UK_Lancaster", "US_Wisconsin", "FR_CCIN2P3"))
            trouble = SiteTrouble(site, started_at + 2 * HOUR, started_at + 9 * HOUR, rng.choice((65, 71, 90)))
            return replace(scene, troubles=(trouble,), site_weights=((site, 90.0),), pauses_itself=True,
                           restarted_after_seconds=4 * HOUR)  # fmt: skip
        if kind == 3:
            return replace(scene, description=scene.description + ", reco and ntuple", stages=_NTUPLES)
        if kind == 4:
            return replace(scene, failures=_OFTEN_FAILING)
        if kind == 5:
            n_files = rng.choice((100, 200, 250))
            beam = (Stage(6000, output_stem="pdvd_beam_reco"),)
            return replace(scene, description="PDVD beam simulation, gen to reco", mql=f"monte-carlo {n_files}",
                           n_files=n_files, scope="vd-protodune", stages=beam)  # fmt: skip
        return scene


@dataclass(frozen=True)
class Plan:
    """The workflows of a world: some for once, and those that recur; and the datasets that people make of them."""

    scenes: tuple[Scene, ...]
    recurring: Recurring | None = None
    datasets: tuple[Official, ...] = ()


def _slice(workflow_id: int, part: int, skip: int, limit: int | None, at: int, starts: int, hours: int) -> Scene:
    n_files = SAMPLE_FILES - skip if limit is None else limit
    last = "" if limit is None else f" limit {limit}"
    return Scene(
        workflow_id, 402, f'PDHD reco, "standard" fcl, slice {part} of 5', f"{SAMPLE} ordered skip {skip}{last}",
        "hd-protodune", n_files, at, starts, lasts_seconds=hours * HOUR, first_file=skip, max_allocations=3,
    )  # fmt: skip


def demo(start: int, seed: int) -> Plan:
    """The world of the demonstration; it moves for ever."""
    brunel = (SiteTrouble("UK_Brunel", start + 2 * HOUR, start + 40 * HOUR, 65),)
    slices = (
        _slice(3201, 1, 0, 6000, start - 66 * HOUR, start - 64 * HOUR, 30),
        replace(_slice(3202, 2, 6000, 1000, start - 50 * HOUR, start - 42 * HOUR, 12), notfound=0.004),
        _slice(3203, 3, 7000, 5000, start - 20 * HOUR, start - 14 * HOUR, 30),
        _slice(3204, 4, 12000, 5000, start - 2 * HOUR, start + 5 * HOUR, 30),
        _slice(3205, 5, 17000, None, start - HOUR, start + 18 * HOUR, 26),
    )
    return Plan((
        *(replace(scene, troubles=brunel) for scene in slices),
        Scene(2251, 318, "PDVD single particles, MC gen to reco", "monte-carlo 500", "vd-protodune", 500,
              start - 31 * DAY, start - 30 * DAY, 10 * HOUR, failures=NO_FAILURES,
              stages=(Stage(5000, output_stem="pdvd_singles_gen_g4_detsim_reco"),)),
        _snb(2988, 22_000, start - 12 * DAY, 130, "FD-VD SNB MC, all in one go", (("US_FNAL-FermiGrid", 250.0),)),
        _snb(2989, 12_384, start - 9 * DAY, 110, "FD-VD SNB MC, second round", ()),
        *_reprocessing(start),
        *_tests(start),
        *_before_the_slices(start),
    ), Recurring(start, seed), _official_datasets(start))  # fmt: skip


def _official_datasets(start: int) -> tuple[Official, ...]:
    """Of the single particles and of LBL2's validation sample; of its first slice a while after the beginning."""

    def of(detector: str, campaign: str, fcl: str, stream: str, at: int, *workflow_ids: int) -> Official:
        tier, code = "full-reconstructed", "v10_12_01d00"
        return Official(
            detector, workflow_ids, at,
            (("core.run_type", detector), ("dune.campaign", campaign), ("core.data_tier", tier),
             ("core.application.version", code), ("dune.config_file", fcl), ("core.data_stream", stream)),
        )  # fmt: skip

    reco = "standard_reco_protodunehd_keepup.fcl"
    return (
        of("vd-protodune", "vd-mc-2026a", "standard_reco_protodunevd.fcl", "out1", start - 29 * DAY, 2251),
        of("hd-protodune", "lbl2-reco-2026", reco, "validation", start - 4 * DAY, 3199),
        of("hd-protodune", "lbl2-reco-2026", reco, "physics", start + 3 * HOUR, 3201),
    )


def _snb(workflow_id: int, n_files: int, at: int, hours: int, text: str, weights: tuple[tuple[str, float], ...]) -> Scene:
    return Scene(
        workflow_id, 377, text, f"monte-carlo {n_files}", "fardet-vd", n_files, at, at + HOUR, hours * HOUR,
        failures=replace(Failures(), script_error=0.05, result_lost=0.012, late=0.02, cvmfs=0.01),
        stages=(Stage(4000, output_stem="dunevd10kt_snb_reco", output_bytes=900_000_000),), site_weights=weights,
        one_entry_share=(("US_FNAL-FermiGrid", 0.93),) if weights else (),
    )  # fmt: skip


def _reprocessing(start: int, scale: int = 1) -> tuple[Scene, ...]:
    """Campaign 403: something of everything. `scale` divides the numbers of files."""
    wisconsin = (SiteTrouble("US_Wisconsin", start - 14 * HOUR, start + 20 * HOUR, 71),)

    def scene(workflow_id: int, text: str, skip: int, n: int, starts: int | None, **more: object) -> Scene:
        n_files = n // scale
        mql = f"{SAMPLE} and core.runs>=27999 ordered skip {skip} limit {n_files}"
        at = (starts or start - 3 * HOUR) - HOUR
        base = Scene(workflow_id, 403, text, mql, "hd-protodune", n_files, at, starts, first_file=250_000 + skip)
        return replace(base, **more)  # type: ignore[arg-type]

    return (
        scene(3221, "PDHD reco then ntuple, two stages", 0, 700, start - 8 * HOUR, stages=_NTUPLES,
              lasts_seconds=16 * HOUR),
        scene(3222, "PDHD reco, four files per job", 700, 400, start - 30 * HOUR,
              stages=(Stage(9000, files_per_job=4, outputs_per_job=2),), lasts_seconds=18 * HOUR),
        scene(3223, 'PDHD reco, "new calibration"', 1100, 350, start - 16 * HOUR, troubles=wisconsin,
              site_weights=(("US_Wisconsin", 150.0),), pauses_itself=True),
        scene(3224, "PDHD reco, waits for approval", 1450, 350, None),
        scene(3225, "PDHD reco, stopped to look at the outputs", 1800, 300, start - 10 * HOUR,
              pauses=((start - 2 * HOUR, None),)),
        scene(3226, "PDHD reco, whole sample at once", 0, 20_784 * scale, start - 28 * HOUR,
              mql=SAMPLE + " and core.runs>=27999", too_many_files=True),
        scene(3227, "PDHD reco, ended early", 2100, 300, start - 40 * HOUR, ended_by_person_at=start - 32 * HOUR),
    )  # fmt: skip


def _tests(start: int) -> tuple[Scene, ...]:
    test = Scene(
        3302, 437, "quick test of the PDHD reco jobscript", f"{SAMPLE} ordered limit 10", "usertests", 10,
        start - 3 * DAY, start - 3 * DAY + 600, HOUR, user="shifter1@fnal.gov", failures=NO_FAILURES,
        stages=(Stage(500, output_stem="out"),),
    )  # fmt: skip
    scratch = replace(test, workflow_id=3305, description="the same, outputs to scratch", submitted_at=start - 2 * DAY,
                      started_at=start - 2 * DAY + 600, stages=(Stage(500, output_stem="out", scratch=True),))  # fmt: skip
    return test, scratch


def _before_the_slices(start: int) -> tuple[Scene, ...]:
    """What came before campaign 402's slices: a test, a small run, a validation sample; and a test in the wrong scope."""
    test = replace(_tests(start)[0], workflow_id=3197, description="quick test of the LBL2 jobscript",
                   submitted_at=start - 7 * DAY, started_at=start - 7 * DAY + 600)  # fmt: skip

    def first(workflow_id: int, text: str, n_files: int, at: int, hours: int) -> Scene:
        mql = f"{SAMPLE} ordered limit {n_files}"
        return Scene(workflow_id, 402, text, mql, "hd-protodune", n_files, at, at + 600, hours * HOUR, failures=NO_FAILURES)

    return (
        test,
        first(3198, "LBL2 reco, small run in the final configuration", 10, start - 6 * DAY, 1),
        first(3199, "LBL2 reco, validation sample", 100, start - 5 * DAY, 5),
        replace(test, workflow_id=3306, description="quick test of the cosmics jobscript, second version",
                scope="hd-protodune", submitted_at=start - 6 * HOUR, started_at=start - 6 * HOUR + 600),
    )  # fmt: skip


EVERY_OUTCOME = (
    "GOOD", "1", "65", "71", "90", "127", "RESULT_LOST", "OUTPUT_FAILED", "CVMFS", "STALLED_HEARTBEAT",
    "STALLED_HTCONDOR", "NONE_PROCESSED", "LATE", "-9", "OUTPUT_FAILED", "RESULT_LOST", "CVMFS", "STALLED_HEARTBEAT",
)  # fmt: skip


def small(start: int, seed: int) -> Plan:
    """A tiny world for tests: every kind of workflow and every way in which a job can end."""

    def slice_(workflow_id: int, part: int, skip: int, n: int, starts: int, hours: int) -> Scene:
        scene = _slice(workflow_id, part, skip, n, starts - HOUR, starts, hours)
        return replace(scene, failures=_OFTEN_FAILING)

    test, scratch = _tests(start)
    return Plan((
        Scene(2251, 318, "PDVD single particles, MC gen to reco", "monte-carlo 50", "vd-protodune", 50,
              start - 31 * DAY, start - 30 * DAY, 6 * HOUR, failures=NO_FAILURES),
        slice_(3201, 1, 0, 60, start - 30 * HOUR, 8),
        slice_(3202, 2, 60, 80, start - 5 * HOUR, 9),
        slice_(3203, 3, 140, 40, start + 2 * HOUR, 6),
        *_reprocessing(start, scale=5),
        test,
        scratch,
        replace(test, workflow_id=3304, campaign_id=433, description='GEANT4 \u2013 "\u00e9" test, with comma',
                mql=SAMPLE + "\n limit 10"),
        replace(test, workflow_id=3309, campaign_id=439, description="draft one", mql="", draft=True, started_at=None),
        Scene(9001, 437, "every outcome", "monte-carlo 30", "usertests", 30, start - 2 * DAY, start - 2 * DAY + 900,
              4 * HOUR, user="shifter1@fnal.gov", forced=EVERY_OUTCOME,
              forced_unstarted=("NOT_USED", "TURNED_AWAY", "LOST_IN_QUEUE", "WAITING"),
              failures=replace(NO_FAILURES, logs_lost=0.3)),
    ), datasets=_official_datasets(start)[:1])  # fmt: skip


def large(start: int, seed: int) -> Plan:
    """For measurements: two workflows past the row cap, one just below it, and a campaign of 1,000 workflows."""
    many = (
        Scene(5000 + i, 900, f"PDHD reco, part {i + 1} of 1000", f"{SAMPLE} ordered skip {i * 20} limit 20",
              "hd-protodune", 20, start - 80 * DAY + i * HOUR * 18 // 10, start - 80 * DAY + i * HOUR * 18 // 10 + 600,
              6 * HOUR, first_file=i * 20)
        for i in range(1000)
    )  # fmt: skip
    return Plan((
        _snb(2988, 22_000, start - 12 * DAY, 130, "FD-VD SNB MC, all in one go", (("US_FNAL-FermiGrid", 250.0),)),
        _snb(2989, 12_384, start - 9 * DAY, 110, "FD-VD SNB MC, second round", ()),
        replace(_slice(3201, 1, 0, 8000, start - 60 * HOUR, start - 59 * HOUR, 40), description="PDHD reco, 8000 files"),
        *many,
    ))  # fmt: skip


WORLDS: dict[str, Callable[[int, int], Plan]] = {"demo": demo, "small": small, "large": large}
