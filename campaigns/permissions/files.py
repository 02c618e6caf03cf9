"""The rows of the table that are about a campaign's jobscript and input files."""

from __future__ import annotations

from campaigns.permissions.cases import Action, anybody, form, get, post
from campaigns.steps import rules as step_rules

FILES: tuple[Action, ...] = (
    Action(
        "Read jobscripts and input files, what the linter says, and what differs, on pages and by API",
        anybody,
        get("campaigns:file-list", "campaigns:file-find", "campaigns:file-version", "campaigns:file-download")
        + get("campaigns:file-compare", "campaigns-api:campaign-jobscripts", "campaigns-api:campaign-jobscript"),
    ),
    Action(
        "Read which datasets MetaCat has of a campaign, on pages and by API",
        anybody,
        get("campaigns:dataset-list", "campaigns:dataset-list-csv", "campaigns:dataset-list-json")
        + get("campaigns-api:campaign-datasets"),
    ),
    Action(
        "Keep a version of a jobscript or input file, withdraw a file",
        lambda case: step_rules.can_work(case.user, case.campaign),
        form("campaigns:file-new") + post("campaigns:file-withdraw", "campaigns-api:campaign-jobscripts"),
    ),
)
