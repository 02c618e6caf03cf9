"""What the rule sees of the log as PDF."""

from __future__ import annotations

from campaigns.steps.facts.findings import met, not_met
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Finding
from portal.wording import counted


@rule
def log_pdf(material: Material) -> Finding:
    """The newest PDF holds all that people wrote into the log, as it stands now. What machines added since does not matter."""
    log, made = material.log, material.log_document
    if log is None or not log.n:
        return not_met("Nobody wrote into the log yet.")
    if made is None:
        return not_met("No PDF was made of the log yet; its page, The log as a document, makes one.")
    when = f"{made.ended_at or made.at:%Y-%m-%d at %H:%M} UTC"
    if made.people_key != log.key:
        n = log.up_to - made.up_to
        since = f"{counted(n, 'entry', 'entries')} since" if n > 0 else "it was changed since"
        return not_met(f"The log went on after its PDF was made on {when}: {since}. Make it again.", document=made.pk)
    pages = counted(made.n_pages or 0, "page")
    return met(
        f"PDF of {pages}, entries 1 to {made.up_to}, made on {when}, sha256 {made.sha256[:8]}.", made.ended_at,
        document=made.pk, sha256=made.sha256,
    )  # fmt: skip
