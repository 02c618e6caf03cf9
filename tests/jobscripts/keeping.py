"""Versions for tests."""

from __future__ import annotations

from typing import Any

from campaigns.jobscript_services import keep_version, newest_of
from campaigns.models import Campaign, JobscriptVersion
from tests.campaigns.steps.walking import Cast

COMMIT = "3f9a0c12b7d45e6688f1a2c3d4e5f60718293a4b"
REFERENCE = "DUNE/production-jobscripts/pdhd/reco.jobscript:v3"


def keep(
    campaign: Campaign, cast: Cast, text: str = "#!/bin/bash\n", name: str = "reco.jobscript", **more: Any
) -> JobscriptVersion:
    """The next version of a file, whatever the newest is."""
    before = newest_of(campaign, name)
    version = more.pop("version", before.number if before else 0)
    return keep_version(campaign, name, actor=more.pop("actor", cast.shifter), version=version, text=text, **more)
