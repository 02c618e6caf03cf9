#!/bin/bash
# Monte Carlo: the "file" is a counter, its PFN the number.
set -e
did_pfn_rse=$($JUSTIN_PATH/justin-get-file || true)
if [ "x$did_pfn_rse" = "x" ]
then
  echo nothing left; exit 0
fi
read -r did number _ <<< "$did_pfn_rse"
NEVENTS=${NEVENTS:-100}
source setup.sh
seed=$(( 10#$number + JUSTIN_WORKFLOW_ID * 1000000 ))
run() { # run NAME FCL OUT [IN]
  local rc=0
  lar -n $NEVENTS -c "$2" -o "$3" ${4:+"$4"} || rc=$?
  if [ "$rc" -gt 127 ]; then rc=$(( rc - 128 + 64 )); fi
  if [ "$rc" -ne 0 ]; then echo "$1 failed"; exit "$rc"; fi
}
prefix=pdvd_mc_${JUSTIN_WORKFLOW_ID}_$number
cat > gen_local.fcl <<FCL
#include "prod_single_particle_protodunevd.fcl"
services.NuRandomService.baseSeed: $seed   # it's set per job
FCL
run gen gen_local.fcl "${prefix}_gen.root"
run g4 standard_g4_protodunevd.fcl "${prefix}_g4.root" "${prefix}_gen.root"
run reco standard_reco_protodunevd.fcl "${prefix}_reco.root" "${prefix}_g4.root"
for f in ${prefix}_*.root; do
  root_metadata.py "$f" --parents "$did" > "$f.json"
done
echo $did >> justin-processed-dids.txt
