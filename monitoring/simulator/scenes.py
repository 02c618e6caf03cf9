"""How a workflow is described before it is played: files, timing, sites, failures. Times are seconds since 1970."""

from dataclasses import dataclass, field, replace

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Failures:
    """Probability of each bad end per job, and the relative weights of the jobscript's exit codes."""

    script_error: float = 0.03
    codes: tuple[tuple[int, float], ...] = ((1, 30), (65, 15), (71, 12), (90, 14), (127, 14), (-9, 15))
    logs_lost: float = 0.05  # of script errors: the logs could not be saved
    result_lost: float = 0.008
    output_failed: float = 0.007
    stalled: float = 0.006
    cvmfs: float = 0.004
    none_processed: float = 0.004
    late: float = 0.008
    never_started: float = 0.012


NO_FAILURES = Failures(0, ((1, 1),), 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class SiteTrouble:
    """From one time to another a site fails jobs with one exit code."""

    site: str
    from_at: int
    to_at: int
    exit_code: int
    share: float = 1.0


@dataclass(frozen=True)
class Stage:
    """One stage: how its jobs behave."""

    mean_seconds: int = 5400  # run time of one jobscript
    files_per_job: int = 1
    output_stem: str = "np04hd_reco"
    outputs_per_job: int = 1
    scratch: bool = False
    output_bytes: int = 700_000_000


@dataclass(frozen=True)
class Scene:
    """One workflow, complete: with the seed it fixes everything that will ever happen to it."""

    workflow_id: int
    campaign_id: int
    description: str
    mql: str
    scope: str
    n_files: int
    submitted_at: int
    started_at: int | None  # None: nobody has started it
    lasts_seconds: int = 12 * HOUR  # about how long the first stage's files take
    user: str = "production1@fnal.gov"
    draft: bool = False
    first_file: int = 0  # position in the sample of the first file
    sample: str = "np04hd_raw"
    stages: tuple[Stage, ...] = (Stage(),)
    failures: Failures = field(default_factory=Failures)
    troubles: tuple[SiteTrouble, ...] = ()
    site_weights: tuple[tuple[str, float], ...] = ()  # changes to the usual weights
    one_entry_share: tuple[tuple[str, float], ...] = ()  # site -> share of its first entry
    max_allocations: int = 6
    notfound: float = 0.0
    pauses: tuple[tuple[int, int | None], ...] = ()  # by a person; (from, to), None: until now
    pauses_itself: bool = False  # justIN's own rule about failures is applied
    restarted_after_seconds: int | None = None  # after such a pause
    too_many_files: bool = False
    ended_by_person_at: int | None = None
    forced: tuple[str, ...] = ()  # outcomes of the first jobs, in order (names of records.Outcome, or an exit code)
    forced_unstarted: tuple[str, ...] = ()  # fates of the first jobs that never start

    @property
    def monte_carlo(self) -> bool:
        """Whether the inputs are counter files instead of data."""
        return self.mql.startswith("monte-carlo ")

    def with_pauses(self, pauses: tuple[tuple[int, int | None], ...]) -> "Scene":
        """The same scene with these pauses instead."""
        return replace(self, pauses=pauses)


@dataclass(frozen=True)
class Official:
    """A dataset that people make for a campaign once some of its workflows are through, frozen from the start. `metadata` as
    the experiment's tool takes them, in the order in which they make its name.
    """

    namespace: str
    workflow_ids: tuple[int, ...]
    made_at: int
    metadata: tuple[tuple[str, str], ...]
    deftag: str = "v1"

    @property
    def name(self) -> str:
        return "__".join([*(value for _key, value in self.metadata), self.deftag]).replace(".fcl", "")

    @property
    def did(self) -> str:
        return f"{self.namespace}:{self.name}"
