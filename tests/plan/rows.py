"""Rows of a plan for tests: a plain one, and any that justIN would take."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from campaigns.plan.submission import Output, Stage, Submission

SAMPLE = "files from hd-protodune:hd-protodune-det-reco where core.data_tier='raw'"
RECO = Stage(
    jobscript_git="DUNE/prod-scripts/hd/reco.jobscript:v1.2",
    rss_mib=4000,
    max_distance=30,
    outputs=(Output("*_reco.root", "hd-reco-${JUSTIN_WORKFLOW_ID}"),),
    lifetime_days=90,
)
GEN = Stage(jobscript_git="DUNE/prod-scripts/hd/gen.jobscript:v1.2", outputs=(Output("*_gen.root", "", True),), lifetime_days=1)


def a_row(**changes: Any) -> Submission:
    """One workflow of 6,000 files in the scope hd-protodune. Of its only stage: `a_row(stages=(replace(RECO, …),))`."""
    row = Submission(
        scope="hd-protodune",
        stages=(RECO,),
        description="PDHD reconstruction, row 1",
        mql=f"{SAMPLE} ordered skip 0 limit 6000",
        campaign_id=402,
    )
    return replace(row, **changes)


LETTERS = "abcXYZ019_"
HOSTILE = [
    "$(touch pwned)", "`touch pwned`", "it's", "a;touch pwned", "&& touch pwned", "|| touch pwned", "> pwned", "$HOME",
    "$workflow_id", "-x", "--scope=usertests", "a\nb", "\t", "*", "~", "!!", "#", "é ü 日本", "'", "''", "%s", "=", " ", ")",
]  # fmt: skip
shown = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))
unquoting = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"), exclude_characters='"\\')


def texts_of(pieces: list[str], letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces) | letters, max_size=5).map("".join)


any_text = texts_of([*HOSTILE, '"', "\\", '"$(touch pwned)"'], shown)
quoteless = texts_of(HOSTILE, unquoting)
counts = st.none() | st.integers(1, 10**9)
names = st.text("abcXYZ_", min_size=1, max_size=6)
places = st.text(LETTERS + "-", min_size=1, max_size=8)
files = st.builds(
    "{}{}.f".format, st.sampled_from(["", "-", "/a b/"]), st.sampled_from(["x", "it's", "a;b", "`x`", "é*?", '"'])
)
dataset_parts = st.sampled_from(["a", "B.c", "-", "_1", "$JUSTIN_SCOPE.", "${JUSTIN_WORKFLOW_ID}"])
datasets = st.lists(dataset_parts, min_size=1, max_size=4).map("".join)
scratch = st.builds("https://x.org/{}".format, st.text(LETTERS + "/.~:?=&%-", max_size=9))
patterns = st.text(LETTERS + ".*-", min_size=1, max_size=8)


def outputs(*, for_next_stage: bool) -> st.SearchStrategy[Output]:
    to = st.just("") | datasets if for_next_stage else st.just("") | datasets | scratch
    return st.builds(Output, patterns, to, st.just(for_next_stage))


@st.composite
def stages(draw: st.DrawFn, *, is_last: bool) -> Stage:
    made = draw(st.lists(outputs(for_next_stage=False), max_size=3))
    if not is_last:
        made = draw(st.permutations([*made, *draw(st.lists(outputs(for_next_stage=True), min_size=1, max_size=2))]))
    in_git = draw(st.booleans())
    pairs = st.lists(st.tuples(names, any_text), max_size=3, unique_by=lambda pair: pair[0]).map(tuple)
    return Stage(
        jobscript="" if in_git else draw(files),
        jobscript_git=draw(st.builds("DUNE/{0}/{1}/{0}.jobscript:{1}".format, places, places)) if in_git else "",
        wall_seconds=draw(counts),
        rss_mib=draw(counts),
        processors=draw(counts),
        gpus=draw(counts),
        max_distance=draw(st.none() | st.integers(0, 100)),
        outputs=tuple(made),
        lifetime_days=draw(st.integers(1, 999)),
        output_rses=tuple(draw(st.lists(places, max_size=2))),
        output_rse_expression=draw(any_text),
        env=draw(pairs),
        classads=draw(pairs),
        site=draw(st.just("") | places),
        image=draw(st.just("") | st.text(LETTERS + ":/.-", min_size=1, max_size=8)),
    )


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    n_stages = draw(st.integers(1, 3))
    is_monte_carlo = draw(st.booleans())
    values = st.sampled_from(["$(touch pwned)", "`touch pwned`", "a  b", "*", "!!", "é"])
    return Submission(
        scope=draw(st.builds("{}{}".format, st.sampled_from("a9"), st.text("abc019_.-", max_size=8))),
        stages=tuple(draw(stages(is_last=number == n_stages - 1)) for number in range(n_stages)),
        description=draw(quoteless),
        mql="" if is_monte_carlo else f"{SAMPLE} and x='{draw(values)}'\nskip {draw(st.integers(0, 10**6))}",
        n_monte_carlo=draw(st.integers(1, 10**6)) if is_monte_carlo else None,
        campaign_id=draw(counts),
        refind_end_on=draw(st.none() | st.dates(date(1000, 1, 1))),
        refind_interval_hours=draw(counts),
        workflow_id_file=draw(st.just("") | files),
    )
