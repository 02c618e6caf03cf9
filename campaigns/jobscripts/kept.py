"""Which versions of a campaign's files stand now. Whoever submits, signs or records a workflow asks here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from campaigns.models import Campaign, JobscriptKind, JobscriptVersion


def current_jobscript(campaign: Campaign) -> JobscriptVersion | None:
    """The jobscript that is run now: the version that was kept last, of those not withdrawn. Without its text. One query."""
    found = JobscriptVersion.objects.filter(campaign=campaign, kind=JobscriptKind.JOBSCRIPT).in_use()
    return found.defer("text").order_by("-pk").first()


def files_in_use(campaign: Campaign) -> list[JobscriptVersion]:
    """The newest version of every file that is not withdrawn, the current jobscript first. Without texts. One query."""
    found = list(JobscriptVersion.objects.filter(campaign=campaign).in_use().defer("text").order_by("-pk"))
    return sorted(found, key=lambda one: not one.is_jobscript)


def hash_of_all(files: Sequence[JobscriptVersion]) -> str:
    """Of all files together, equal for equal sets of versions: what sign-offs are bound to. '' for none."""
    if not files:
        return ""
    told = sorted([one.name, one.number, one.kind, one.sha256, one.git_reference, one.git_commit] for one in files)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def in_words(files: Sequence[JobscriptVersion]) -> str:
    """reco.jobscript version 2, 3f9a0c12; and 3 input files, 77aabb00."""
    scripts = [f"{one.name} version {one.number}, {one.short_hash}" for one in files if one.is_jobscript]
    inputs = [one for one in files if not one.is_jobscript]
    if len(scripts) > 2:
        several = hash_of_all([one for one in files if one.is_jobscript])[:8]
        scripts = [scripts[0], f"{len(scripts) - 1} more jobscripts, {several}"]
    if len(inputs) == 1:
        scripts.append(f"{inputs[0].name} version {inputs[0].number}, {inputs[0].short_hash}")
    elif inputs:
        scripts.append(f"{len(inputs)} input files, {hash_of_all(inputs)[:8]}")
    return "; ".join(scripts)
