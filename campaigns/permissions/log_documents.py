"""The rows of the table that are about a log as a document."""

from __future__ import annotations

from campaigns.log_documents import rules
from campaigns.permissions.cases import Action, anybody, form, get, post

LOG_DOCUMENTS: tuple[Action, ...] = (
    Action(
        "Read the log as a document, its PDF and its Markdown",
        anybody,
        get("campaigns:log-document", "campaigns:log-pdf", "campaigns:log-pdf-file", "campaigns:log-markdown")
        + get("campaigns:log-zip", "campaigns-api:log-pdf"),
    ),
    Action(
        "Have the log made into a PDF",
        lambda case: rules.can_ask(case.user),
        post("campaigns:log-pdf", "campaigns-api:log-pdf"),
    ),
    Action(
        "Take an earlier document into the log",
        lambda case: rules.can_import(case.user, case.campaign),
        form("campaigns:log-import"),
    ),
)
