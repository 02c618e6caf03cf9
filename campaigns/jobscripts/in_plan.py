"""The kept jobscript in the plan: commands name it where the plan names none, and pages say which version they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import msgspec

from campaigns.models import JobscriptVersion
from campaigns.planning.content import PlanContent


def with_jobscript(content: PlanContent, kept: JobscriptVersion | None) -> PlanContent:
    """The plan with the kept jobscript, where it names none itself: its place in git if it has one, else its file's name."""
    common = content.common
    if kept is None or common.jobscript or common.jobscript_git:
        return content
    named = {"jobscript_git": kept.git_reference} if kept.git_reference else {"jobscript": kept.name}
    return msgspec.structs.replace(content, common=msgspec.structs.replace(common, **named))


def named_by(content: PlanContent, files: Sequence[JobscriptVersion]) -> JobscriptVersion | None:
    """Which of the campaign's files (in use) the plan's commands name; None where it is none of them."""
    common = content.common
    for one in files:
        if not one.is_jobscript:
            continue
        if common.jobscript_git and one.git_reference == common.jobscript_git:
            return one
        if common.jobscript and PurePosixPath(common.jobscript).name == one.name:
            return one
    return None
