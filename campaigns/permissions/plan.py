"""The rows of the table that are about a campaign's plan."""

from __future__ import annotations

from campaigns.permissions.cases import Action, Address, anybody, form, get, logged_in, post
from campaigns.steps import rules as step_rules

PLAN: tuple[Action, ...] = (
    Action(
        "Read the plan, and what was submitted of it, on pages and by API",
        anybody,
        get("campaigns:campaign-plan", "campaigns:plan-csv", "campaigns:plan-list", "campaigns:plan-markdown")
        + get("campaigns:plan-script")
        + get("campaigns-api:campaign-plan", "campaigns-api:campaign-plan-coverage", "campaigns-api:campaign-plan-samples")
        + get("campaigns-api:plan-reports"),
    ),
    Action("Have slices worked out by API without keeping them", logged_in, post("campaigns-api:campaign-plan-draft")),
    Action(
        "Draft, change and publish the plan; have MetaCat asked for its numbers of files",
        lambda case: step_rules.can_work(case.user, case.campaign),
        form("campaigns:plan-edit", "campaigns:plan-import", "campaigns:plan-recover")
        + post(
            "campaigns:plan-draft",
            "campaigns:plan-publish",
            "campaigns:plan-count",
            "campaigns-api:campaign-plan-publish",
            "campaigns-api:campaign-plan-samples",
        )
        + (Address("PUT", "campaigns-api:campaign-plan"),),
    ),
    Action(
        "Say which workflow is which row of the plan, and take it back (a token of the campaign may say it, too)",
        lambda case: step_rules.can_work(case.user, case.campaign),
        post("campaigns:plan-report", "campaigns-api:plan-reports")
        + form("campaigns:plan-unreport")
        + (Address("DELETE", "campaigns-api:plan-report"),),
    ),
    Action(
        "Make, see and revoke the campaign’s tokens",
        lambda case: step_rules.can_work(case.user, case.campaign),
        form("campaigns:plan-tokens", "campaigns:plan-token-revoke"),
    ),
)
