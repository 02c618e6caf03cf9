"""The values of one row of a plan that go into its `justin` command, and what justIN would refuse in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import parse_mql

LONGEST_DESCRIPTION = 255
LONGEST_VALUE_BYTES = 100_000  # Linux takes 131,072 bytes in one argument
LARGEST_DISTANCE = 100
TEST_SCOPE = "usertests"

SCOPE = re.compile(r"[a-z0-9][a-z0-9_.-]*")
PATTERN = re.compile(r"[A-Za-z0-9_.*-]+")
VARIABLE = r"\$JUSTIN_(?:SCOPE|WORKFLOW_ID|STAGE_ID)(?![A-Za-z0-9_])|\$\{JUSTIN_(?:SCOPE|WORKFLOW_ID|STAGE_ID)\}"
DATASET = re.compile(rf"(?:[A-Za-z0-9_.-]|{VARIABLE})+")
SCRATCH = re.compile(rf"https://(?:[A-Za-z0-9._~:/?#@!&*+,;=%-]|{VARIABLE})+")
GIT = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_./+-]+:[A-Za-z0-9_./+-]+")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PLACE = re.compile(r"[A-Za-z0-9_-]+")
IMAGE = re.compile(r"[^\s]+")
OF_JUSTIN = "JUSTIN_"  # variables that begin so are set by justIN in each job, JUSTIN_SCOPE among them
# Control characters (a terminal may act on them when they are pasted), those that turn the direction of writing round, and
# those of no width, which make two texts look alike
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


@dataclass(frozen=True)
class Output:
    """Files that a job leaves behind: their pattern, and the dataset or https:// folder they go to (empty: justIN's own)."""

    pattern: str
    destination: str = ""
    for_next_stage: bool = False

    @property
    def is_scratch(self) -> bool:
        return self.destination.startswith("https://")

    def __str__(self) -> str:
        return f"{self.pattern}:{self.destination}" if self.destination else self.pattern


@dataclass(frozen=True)
class Stage:
    """One stage of a workflow. What is None or empty is left to justIN: 80000 s, 2000 MiB, 1 processor, distance 0."""

    jobscript: str = ""  # a file on the machine where the command is run
    jobscript_git: str = ""  # ORG/REPO/PATH:TAG
    wall_seconds: int | None = None
    rss_mib: int | None = None
    processors: int | None = None
    gpus: int | None = None
    max_distance: int | None = None
    outputs: tuple[Output, ...] = ()
    lifetime_days: int | None = None
    output_rses: tuple[str, ...] = ()
    output_rse_expression: str = ""
    env: tuple[tuple[str, str], ...] = ()
    classads: tuple[tuple[str, str], ...] = ()
    site: str = ""
    image: str = ""


@dataclass(frozen=True)
class Submission:
    """A workflow to submit: its input (`mql`, slice and all, or `n_monte_carlo`), scope, justIN campaign and stages."""

    scope: str
    stages: tuple[Stage, ...]
    description: str = ""
    mql: str = ""
    n_monte_carlo: int | None = None
    campaign_id: int | None = None
    refind_end_on: date | None = None
    refind_interval_hours: int | None = None
    workflow_id_file: str = ""


@dataclass(frozen=True)
class NewCampaign:
    """A justIN campaign to make. Its quota must be that of the scope of its workflows."""

    quota: str
    description: str = ""


def check_scope(step_key: str, scope: str) -> None:
    """The guard rail: a test runs in `usertests`, validation and production never do. Raises WrongValue.

    justIN takes scopes in any case, so that USERTESTS is usertests; what only looks like it is taken for it here.
    """
    is_test_scope = HIDDEN.sub("", unicodedata.normalize("NFKC", scope)).casefold().strip() == TEST_SCOPE
    if step_key == "test":
        if scope != TEST_SCOPE:
            raise WrongValue("scope", f"A test is submitted in the scope {TEST_SCOPE}, not in “{scope}”.")
    elif step_key in ("validation", "production"):
        if is_test_scope:
            raise WrongValue("scope", f"{TEST_SCOPE} is for tests; a {step_key} workflow needs the scope of its detector.")
        if not scope.strip():
            raise WrongValue("scope", f"Say the scope: without one justIN would take {TEST_SCOPE}.")
    else:
        raise WrongValue("step", f"No workflow is submitted in the step “{step_key}”, only in test, validation and production.")


def check_submission(row: Submission, *, step_key: str | None = None) -> None:
    """Raises the first of the row's problems."""
    for problem in problems_of(row, step_key=step_key):
        raise problem


def problems_of(row: Submission, *, step_key: str | None = None) -> Iterator[WrongValue]:
    """Everything that justIN would refuse of a row, or take for something else. With a step its scope is guarded too."""
    if step_key is not None:
        try:
            check_scope(step_key, row.scope)
        except WrongValue as problem:
            yield problem
    yield from scope_problems("scope", row.scope)
    yield from description_problems(row.description)
    yield from _input_problems(row)
    yield from _count_problems("campaign_id", row.campaign_id, "the number of a justIN campaign")
    yield from _count_problems("refind_interval_hours", row.refind_interval_hours, "a number of hours")
    yield from file_problems("workflow_id_file", row.workflow_id_file)
    if not row.stages:
        yield WrongValue("stages", "A workflow needs at least one stage.")
    for number, stage in enumerate(row.stages):
        yield from _stage_problems(f"stages.{number}", stage, is_last=number == len(row.stages) - 1)


def scope_problems(path: str, scope: str) -> Iterator[WrongValue]:
    if not scope:
        yield WrongValue(path, f"Say the {path}: without one justIN would take {TEST_SCOPE}.")
    elif not SCOPE.fullmatch(scope):
        yield WrongValue(
            path, f"“{scope[:60]}” is no {path}: it has small letters, digits, dot, hyphen and underscore, as in hd-protodune."
        )


def text_problems(path: str, text: str) -> Iterator[WrongValue]:
    """What no value may hold, whatever it is for."""
    hidden = HIDDEN.search(text)
    if hidden:
        yield WrongValue(path, f"It holds a character that cannot be seen (U+{ord(hidden.group()):04X}). Type it again.")
    elif len(text.encode()) > LONGEST_VALUE_BYTES:
        yield WrongValue(path, f"It has more than {LONGEST_VALUE_BYTES:,} bytes, too many for a command. Make it shorter.")


def sql_text_problems(path: str, text: str) -> Iterator[WrongValue]:
    """What breaks the SQL that justIN makes of a description or query: it puts the text between double quotes as it is."""
    yield from text_problems(path, text)
    if '"' in text:
        yield WrongValue(path, "justIN refuses a double quote here. Use single quotes.")
    if "\\" in text:
        yield WrongValue(path, "justIN swallows a backslash here. Leave it out; in a pattern write [.] for a dot.")


def description_problems(description: str) -> Iterator[WrongValue]:
    yield from sql_text_problems("description", description)
    if len(description) > LONGEST_DESCRIPTION:
        yield WrongValue(
            "description", f"The description has {len(description)} characters; justIN keeps {LONGEST_DESCRIPTION}."
        )


def file_problems(path: str, name: str) -> Iterator[WrongValue]:
    yield from text_problems(path, name)
    if name.startswith("~") or "$" in name:
        yield WrongValue(path, "Write the whole path: ~ and $ are not filled in.")
    elif "\n" in name or name != name.strip():
        yield WrongValue(path, "A file's name has no line break, and no blank at its ends.")


def _input_problems(row: Submission) -> Iterator[WrongValue]:
    if row.mql and row.n_monte_carlo is not None:
        yield WrongValue("mql", "Give a query or a number of Monte Carlo inputs, not both.")
    elif row.n_monte_carlo is not None:
        yield from _count_problems("n_monte_carlo", row.n_monte_carlo, "a number of Monte Carlo inputs")
    elif not row.mql.strip():
        yield WrongValue("mql", "Give a query or a number of Monte Carlo inputs; with an empty query justIN finds nothing.")
    else:
        yield from sql_text_problems("mql", row.mql)
        parsed = parse_mql(row.mql)
        if parsed.problem:
            yield WrongValue("mql", parsed.problem)
        elif parsed.n_monte_carlo is not None:
            yield WrongValue("mql", f"This is no query: give {parsed.n_monte_carlo} as the number of Monte Carlo inputs.")


def _stage_problems(path: str, stage: Stage, *, is_last: bool) -> Iterator[WrongValue]:
    if bool(stage.jobscript) == bool(stage.jobscript_git):
        yield WrongValue(f"{path}.jobscript", "Give the jobscript as a file or as ORG/REPO/PATH:TAG in git, one of both.")
    yield from file_problems(f"{path}.jobscript", stage.jobscript)
    if stage.jobscript_git and not GIT.fullmatch(stage.jobscript_git):
        yield WrongValue(f"{path}.jobscript_git", "Write ORG/REPO/PATH:TAG, for example DUNE/prod/hd/reco.jobscript:v1.")
    for field, n, what in (
        ("wall_seconds", stage.wall_seconds, "a number of seconds"),
        ("rss_mib", stage.rss_mib, "a number of MiB"),
        ("processors", stage.processors, "a number of processors"),
        ("gpus", stage.gpus, "a number of GPUs"),
        ("lifetime_days", stage.lifetime_days, "a number of days"),
    ):
        yield from _count_problems(f"{path}.{field}", n, what)
    if stage.max_distance is not None and not 0 <= stage.max_distance <= LARGEST_DISTANCE:
        yield WrongValue(f"{path}.max_distance", f"{stage.max_distance} is no distance: 0 is the same site, 100 anywhere.")
    yield from _output_problems(path, stage, is_last=is_last)
    for number, rse in enumerate(stage.output_rses):
        yield from _place_problems(f"{path}.output_rses.{number}", rse, "an RSE, for example DUNE_US_FNAL_DISK_STAGE")
    yield from text_problems(f"{path}.output_rse_expression", stage.output_rse_expression)
    yield from _pair_problems(f"{path}.env", stage.env, "an environment variable")
    for number, (name, _value) in enumerate(stage.env):
        if name.startswith(OF_JUSTIN):
            yield WrongValue(f"{path}.env.{number}", f"{name[:60]}: justIN sets the variables {OF_JUSTIN}… itself.")
    yield from _pair_problems(f"{path}.classads", stage.classads, "a ClassAd")
    if stage.site:
        yield from _place_problems(f"{path}.site", stage.site, "a site, for example UK_Manchester")
    yield from text_problems(f"{path}.image", stage.image)
    if stage.image and not IMAGE.fullmatch(stage.image):
        yield WrongValue(f"{path}.image", "The name of an image has no blanks.")


def _output_problems(path: str, stage: Stage, *, is_last: bool) -> Iterator[WrongValue]:
    for number, output in enumerate(stage.outputs):
        where = f"{path}.outputs.{number}"
        if not PATTERN.fullmatch(output.pattern):
            yield WrongValue(
                f"{where}.pattern",
                "A pattern has letters, digits, _ . - and * only, for example *_reco.root; no ? and no [ ].",
            )
        if output.for_next_stage and output.is_scratch:
            yield WrongValue(f"{where}.destination", "What the next stage reads goes to a dataset, not to https://.")
        elif output.is_scratch and not SCRATCH.fullmatch(output.destination):
            yield WrongValue(f"{where}.destination", "This is no address of a folder: write https://HOST/FOLDER, no blanks.")
        elif output.destination and not output.is_scratch and not DATASET.fullmatch(output.destination):
            yield WrongValue(
                f"{where}.destination",
                "A dataset's name has letters, digits, _ . and - only, no scope before it; "
                "${JUSTIN_SCOPE}, ${JUSTIN_WORKFLOW_ID} and ${JUSTIN_STAGE_ID} are filled in.",
            )
        if output.for_next_stage and is_last:
            yield WrongValue(f"{where}.for_next_stage", "No stage follows that would read it.")
    if not is_last and not any(output.for_next_stage for output in stage.outputs):
        yield WrongValue(f"{path}.outputs", "Say which of its outputs the next stage reads; else that stage has no input.")
    if stage.lifetime_days is None and any(not output.is_scratch for output in stage.outputs):
        yield WrongValue(
            f"{path}.lifetime_days", "Say for how many days the outputs are kept; justIN wants it for every Rucio dataset."
        )


def _count_problems(path: str, n: int | None, what: str) -> Iterator[WrongValue]:
    if n is not None and not 1 <= n < 10**12:
        yield WrongValue(path, f"{n} is not {what}; it must be a whole number, 1 or more.")


def _place_problems(path: str, name: str, what: str) -> Iterator[WrongValue]:
    if not PLACE.fullmatch(name):
        yield WrongValue(path, f"“{name[:60]}” is not the name of {what}.")


def _pair_problems(path: str, pairs: tuple[tuple[str, str], ...], what: str) -> Iterator[WrongValue]:
    seen: set[str] = set()
    for number, (name, value) in enumerate(pairs):
        if not NAME.fullmatch(name):
            yield WrongValue(f"{path}.{number}", f"“{name[:60]}” is not the name of {what}: letters, digits and _ only.")
        if name in seen:
            yield WrongValue(f"{path}.{number}", f"{name} is there twice; justIN would take the first and say nothing.")
        seen.add(name)
        yield from text_problems(f"{path}.{number}", value)
