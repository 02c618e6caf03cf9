#!/bin/bash
: <<'HOW'
Reconstruction of one raw file. To try it:
  justin simple-workflow --mql "files from hd-protodune:raw limit 2" --scope usertests \
    --jobscript reco.jobscript --env NUM_EVENTS=2   # don't forget: /exp/dune/app/users/shifter1 isn't seen by jobs
HOW

fcl=${FCL_FILE:-standard_reco_protodunehd_keepup.fcl}
version=${DUNE_VERSION:-v10_12_01d00}
events=${NUM_EVENTS:--1}

# what to work on
answer=$("$JUSTIN_PATH/justin-get-file")
if [ -z "$answer" ]; then
    echo "No input is left, it's fine."
    exit 0
fi
did=$(echo "$answer" | cut -d' ' -f1)
pfn=$(echo "$answer" | cut -d' ' -f2)
echo "Input: $did at $pfn, job $JUSTIN_JOBSUB_ID"

source /cvmfs/dune.opensciencegrid.org/products/dune/setup_dune.sh
setup dunesw "$version" -q e26:prof || { echo "dunesw $version is not there"; exit 3; }

base=$(basename "$pfn" .hdf5)
now=$(date -u +%Y%m%dT%H%M%SZ)
out="${base}_reco_${JUSTIN_WORKFLOW_ID}_${now}.root"
log="${out%.root}.log"

# the preload must not reach the rest of the script
(
    export LD_PRELOAD=$XROOTD_LIB/libXrdPosixPreload.so
    lar -c "$fcl" -n "$events" -o "$out" "$pfn" > "$log" 2>&1
)
rc=$?
echo "lar ended with $rc"
if [ $rc -ne 0 ]; then
    tail -n 100 "$log"
    exit 1
fi

extractor_prod.py --infile "$out" --parent "$did" --scope "$JUSTIN_SCOPE" > "$out.json" || exit 4

echo "$did" > justin-processed-dids.txt
tar zcf "${JUSTIN_JOBSUB_ID//@/_}.logs.tgz" *.log
exit 0
