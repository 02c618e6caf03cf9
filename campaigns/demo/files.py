"""The jobscripts and input files of the demonstration's campaigns, kept through the same actions that pages use."""

from __future__ import annotations

from campaigns.jobscript_services import keep_version, newest_of
from campaigns.models import Campaign, JobscriptKind, JobscriptVersion
from portal.models import User

RECO = r"""#!/bin/bash
# Reconstruction of one raw file: {about}
fcl=${{FCL_FILE:-{fcl}}}
version=${{DUNE_VERSION:-v10_12_01d00}}
events=${{NUM_EVENTS:--1}}

did_pfn_rse=$("$JUSTIN_PATH/justin-get-file")
if [ -z "$did_pfn_rse" ]; then
    echo "No input is left."
    exit 0
fi
did=$(echo "$did_pfn_rse" | cut -d' ' -f1)
pfn=$(echo "$did_pfn_rse" | cut -d' ' -f2)

source /cvmfs/dune.opensciencegrid.org/products/dune/setup_dune.sh
setup dunesw "$version" -q e26:prof || exit 3

base=$(basename "$pfn")
out="${{base%.*}}_{prefix}_w${{JUSTIN_WORKFLOW_ID}}.root"
log="${{out%.root}}.log"

lar -c "$fcl" -n "$events" -o "$out" "$pfn" > "$log" 2>&1
rc=$?
echo "lar ended with $rc"
if [ $rc -ne 0 ]; then
    tail -n 50 "$log"
    exit 1
fi

extractor_prod.py --infile "$out" --parent "$did" --scope "$JUSTIN_SCOPE" > "$out.json" || exit 4
echo "$did" > justin-processed-dids.txt
exit 0
"""

FIRST_TRY = r"""#!/bin/bash
# {about}, a first try
did_pfn_rse=$("$JUSTIN_PATH/justin-get-file")
pfn=$(echo $did_pfn_rse | cut -d' ' -f2)

source /exp/dune/app/users/dunepro/setup_{prefix}.sh

lar -c {fcl} -n 2 -o {prefix}_reco.root "$pfn" > lar.log 2>&1
echo "lar ended with $?"

echo "$pfn" > justin-processed-pfns.txt
exit 0
"""

SIMULATION = r"""#!/bin/bash
# Single particles in ProtoDUNE-VD: generation, simulation and reconstruction of one counter.
NEVENTS=${NEVENTS:-100}

read -r did number rse < <("$JUSTIN_PATH/justin-get-file")
if [ -z "$did" ]; then
    echo "No counter is left."
    exit 0
fi

source /cvmfs/dune.opensciencegrid.org/products/dune/setup_dune.sh
setup dunesw "${DUNE_VERSION:-v10_12_01d00}" -q e26:prof || exit 3

prefix=pdvd_mc_w${JUSTIN_WORKFLOW_ID}_$number
run() { # run NAME FCL OUT [IN]
    lar -n "$NEVENTS" -c "$2" -o "$3" ${4:+"$4"} > "$1.log" 2>&1 || {
        echo "$1 failed"
        tail -n 50 "$1.log"
        exit 1
    }
}

run gen prod_single_particle_protodunevd.fcl "${prefix}_gen.root"
run g4 standard_g4_protodunevd.fcl "${prefix}_g4.root" "${prefix}_gen.root"
run detsim standard_detsim_protodunevd.fcl "${prefix}_detsim.root" "${prefix}_g4.root"
run reco standard_reco_protodunevd.fcl "${prefix}_reco.root" "${prefix}_detsim.root"

for f in "${prefix}"_*.root; do
    extractor_prod.py --infile "$f" --parent "$did" --scope "$JUSTIN_SCOPE" > "$f.json" || exit 4
done
echo "$did" >> justin-processed-dids.txt
exit 0
"""

FCL = """#include "standard_reco_protodunehd_keepup.fcl"

services.NuRandomService.policy: "perEvent"
physics.producers.pandora.ShouldRunNeutrinoRecoOption: true
outputs.out1.outputCommands: [ "keep *", "drop raw::RawDigits_*_*_*" ]
"""

COMMIT = "3f9a0c12b7d45e6688f1a2c3d4e5f60718293a4b"


class Files:
    """The files of one campaign of the demonstration, kept in the name of its shifter."""

    def __init__(self, campaign: Campaign, shifter: User) -> None:
        self.campaign, self.shifter = campaign, shifter

    def first_try(self, prefix: str, fcl: str, about: str) -> JobscriptVersion:
        """As it begins: with everything that the linter looks for."""
        return self._keep("reco.jobscript", FIRST_TRY.format(prefix=prefix, fcl=fcl, about=about), "Ran on a gpvm.")

    def reco(
        self, prefix: str, fcl: str, about: str, *, note: str = "", origin: JobscriptVersion | None = None, git: str = ""
    ) -> JobscriptVersion:
        text = RECO.format(prefix=prefix, fcl=fcl, about=about)
        return self._keep("reco.jobscript", text, note, origin=origin, git=git)

    def simulation(self) -> JobscriptVersion:
        return self._keep("simulation.jobscript", SIMULATION, "")

    def fcl(self, name: str) -> JobscriptVersion:
        return self._keep(name, FCL, "", kind=JobscriptKind.INPUT)

    def _keep(
        self, name: str, text: str, note: str, *, kind: str = JobscriptKind.JOBSCRIPT, origin: JobscriptVersion | None = None,
        git: str = "",
    ) -> JobscriptVersion:  # fmt: skip
        before = newest_of(self.campaign, name)
        return keep_version(
            self.campaign, name, actor=self.shifter, version=before.number if before else 0, kind=kind, text=text, note=note,
            git_reference=git, git_commit=COMMIT if git else "", based_on=origin.pk if origin else None,
        )  # fmt: skip


def newest_reco_of(campaign_name: str) -> JobscriptVersion | None:
    """To start from: the newest reco.jobscript of another campaign, if it has one."""
    other = Campaign.objects.filter(name=campaign_name).first()
    return newest_of(other, "reco.jobscript") if other else None
