"""What the rule sees of the datasets that MetaCat has."""

from __future__ import annotations

from campaigns.steps.facts.findings import met, not_available, not_met, noted
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import rule
from campaigns.steps.standing import Finding
from monitoring.counting import is_configured
from monitoring.models import Dataset
from portal.wording import counted, joined

MOST_NAMED = 2  # names are long; the page of datasets has them all
MOST_KEPT = 50  # names that are kept with the fact


@rule
def datasets_listed(material: Material) -> Finding:
    """MetaCat's list, as it was last read, has an official dataset of the campaign."""
    service = material.datasets_list
    if service.read_at is None:
        if not is_configured():
            return not_available("Needs MetaCat’s list of datasets; MetaCat is not configured here (METACAT_URL).")
        return not_available("Needs MetaCat’s list of datasets, which could not be read yet.")
    if not material.datasets:
        wanted = joined(material.campaign.dune_campaigns)
        return not_met(
            f"MetaCat lists no official dataset whose dune.campaign is {wanted}. The settings say which values are looked for.",
            service.read_at,
        )
    names = [_words(one) for one in material.datasets[:MOST_NAMED]]
    more = [f"{len(material.datasets) - MOST_NAMED} more"] if len(material.datasets) > MOST_NAMED else []
    said = f"{counted(len(material.datasets), 'official dataset')} in MetaCat: {joined([*names, *more])}"
    kept = {"datasets": [one.did for one in material.datasets[:MOST_KEPT]], "n_datasets": len(material.datasets)}
    if service.failing_since is not None:
        since = f"{service.failing_since:%Y-%m-%d %H:%M} UTC"
        return noted(f"{said}. The list could not be read again since {since}.", service.read_at, **kept)
    return met(f"{said}.", service.read_at, **kept)


def _words(dataset: Dataset) -> str:
    n = dataset.n_files_listed
    files = "number of files unknown" if n is None else f"{counted(n, 'file')} by its counter"
    return f"{dataset.did} ({files}{', frozen' if dataset.is_frozen else ''})"
