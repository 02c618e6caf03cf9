"""Rules whose facts the portal does not know yet. Each says what it waits for; a coordinator may waive it with a reason."""

from __future__ import annotations

from campaigns.steps.facts.findings import not_available
from campaigns.steps.facts.material import Material
from campaigns.steps.facts.registry import RULES
from campaigns.steps.standing import Finding

METACAT = "Needs the metadata of files in MetaCat, of which the portal reads numbers of files and which datasets there are."
RUCIO = "Needs Rucio, which the portal does not read yet; of MetaCat it reads which datasets there are, not their files."

WAITING = {
    "metadata_uploaded": METACAT,
    "test_dataset": METACAT,
    "validation_datasets": RUCIO,
    "events_produced": METACAT,
    "datasets_complete": RUCIO,
}


def _register(name: str, needs: str) -> None:
    def waiting(material: Material) -> Finding:
        return not_available(needs)

    RULES[name] = waiting


for _name, _needs in WAITING.items():
    _register(_name, _needs)
