"""When two requests ask for the same: equal samples, code version and steps. Pure."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

from campaigns.requests.inputs import SampleKind, runs_of
from campaigns.requests.reading import Sample, Values


def likeness_of(values: Values) -> str:
    """A hash that is equal for duplicates, whatever their order of samples; empty while one of the three is not given."""
    samples = sorted({sample_key(sample) for sample in values.samples if sample.what})
    steps = [step.fcl for step in values.steps if step.fcl]
    if not (samples and steps and values.code.package and values.code.tag):
        return ""
    same = [samples, [values.code.package.lower(), values.code.tag], steps]
    return hashlib.sha256(json.dumps(same, ensure_ascii=True).encode()).hexdigest()


def sample_key(sample: Sample) -> str:
    """A sample's identity: its kind and what it is, without blanks and order that make no difference."""
    what = " ".join(sample.what.split())
    if sample.kind == SampleKind.RUNS:
        with suppress(ValueError):  # not readable yet: as typed
            what = ",".join(f"{first}-{last}" for first, last in sorted(runs_of(what)))
    if sample.kind == SampleKind.MONTE_CARLO:
        what = f"{what}; {sample.n_events} events"
    return f"{sample.kind}|{what}"
