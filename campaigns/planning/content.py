"""The plan as one document. `read_content` checks what came in, with the path of what is wrong; `written` is what is stored."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

import msgspec

from portal.errors import Invalid

LONGEST = 2_000
LONGEST_QUERY = 10_000
LONGEST_OWN_QUERY = 30_000  # names of files make long ones
MOST_ROWS = 2_000
MOST_STAGES = 9
LARGEST = 2**31 - 1

Text = Annotated[str, msgspec.Meta(max_length=LONGEST)]
Name = Annotated[str, msgspec.Meta(max_length=100)]
Key = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]


class StageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A stage of each workflow. `output_patterns` and `next_patterns` (what the next stage reads) are PATTERN[:DATASET]."""

    jobscript: Text = ""
    jobscript_git: Text = ""
    rss_mib: Positive | None = None
    wall_seconds: Positive | None = None
    processors: Positive | None = None
    max_distance: Count | None = None
    lifetime_days: Positive | None = None
    env: Annotated[list[Text], msgspec.Meta(max_length=100)] = []
    output_patterns: Annotated[list[Text], msgspec.Meta(max_length=50)] = []
    next_patterns: Annotated[list[Text], msgspec.Meta(max_length=50)] = []


class Common(StageSettings, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What holds for every row that does not say otherwise, the first stage and those after it (mostly none). Tests are always
    run in the scope usertests."""

    description: Annotated[str, msgspec.Meta(max_length=200)] = ""
    scope: Name = ""
    quota: Name = ""  # of the scope in justIN, where it is called otherwise
    campaign_id: Positive | None = None
    test_campaign_id: Positive | None = None
    n_jobs_reference: Positive | None = None
    later_stages: Annotated[list[StageSettings], msgspec.Meta(max_length=MOST_STAGES - 1)] = []

    @property
    def stages(self) -> list[StageSettings]:
        return [self, *self.later_stages]


class PlannedSample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something to process: a query without its slice, or (without one) Monte Carlo. `n_files_from` says whose number it is."""

    key: Key
    label: Annotated[str, msgspec.Meta(max_length=200)] = ""
    mql: Annotated[str, msgspec.Meta(max_length=LONGEST_QUERY)] = ""
    n_files: Count | None = None
    n_files_from: Annotated[str, msgspec.Meta(max_length=200)] = ""


class PlannedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A planned workflow: a slice of a sample (`limit` None: to the end), or so many Monte Carlo jobs."""

    key: Key
    step: Literal["test", "validation", "production"]
    sample: Key
    use: Literal["main", "small-run"] = "main"
    skip: Count = 0
    limit: Positive | None = None
    n_jobs: Positive | None = None
    parent: Annotated[str, msgspec.Meta(max_length=40)] = ""
    rss_mib: Positive | None = None
    max_distance: Count | None = None
    site: Name = ""
    mql: Annotated[str, msgspec.Meta(max_length=LONGEST_OWN_QUERY)] = ""
    notes: Text = ""


class PlanContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole plan. Samples in the order of their priority, rows in the order in which they are to be submitted."""

    common: Common = Common()
    samples: Annotated[list[PlannedSample], msgspec.Meta(max_length=200)] = []
    rows: Annotated[list[PlannedRow], msgspec.Meta(max_length=MOST_ROWS)] = []

    def sample(self, key: str) -> PlannedSample | None:
        return next((one for one in self.samples if one.key == key), None)

    def rows_of(self, step: str) -> list[PlannedRow]:
        return [row for row in self.rows if row.step == step]


def read_content(raw: object) -> PlanContent:
    """The plan that a document says. Raises Invalid, its `field` the path of what is wrong."""
    try:
        content = msgspec.convert(raw, PlanContent, strict=True)
    except msgspec.ValidationError as error:
        message, _at, path = str(error).partition(" - at `$")
        raise Invalid(f"{message}.", field=path.strip(".`").replace("[", ".").replace("]", "") or "plan") from error
    _check_keys("samples", [one.key for one in content.samples])
    _check_keys("rows", [one.key for one in content.rows])
    samples = {one.key: one for one in content.samples}
    keys = {row.key for row in content.rows}
    for number, row in enumerate(content.rows):
        if row.sample not in samples:
            raise Invalid(f"Row {number + 1} is of sample {row.sample}, which is not there.", field=f"rows.{number}.sample")
        if row.parent and (row.parent not in keys or row.parent == row.key):
            raise Invalid(f"Row {number + 1} belongs to row {row.parent}, which is not there.", field=f"rows.{number}.parent")
        if not samples[row.sample].mql and not row.mql and row.n_jobs is None:
            raise Invalid(
                f"Row {number + 1} is Monte Carlo (its sample has no query): give its number of jobs.",
                field=f"rows.{number}.n_jobs",
            )
    return content


def written(content: PlanContent) -> dict[str, Any]:
    """As it is stored and told."""
    told: dict[str, Any] = msgspec.to_builtins(content)
    return told


def hash_of(content: PlanContent) -> str:
    """Equal for equal plans."""
    return hashlib.sha256(json.dumps(written(content), sort_keys=True).encode()).hexdigest()


def _check_keys(what: str, keys: list[str]) -> None:
    seen: set[str] = set()
    for number, key in enumerate(keys):
        if key in seen:
            raise Invalid(f"{key} is there twice.", field=f"{what}.{number}.key")
        seen.add(key)
