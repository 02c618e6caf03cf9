#!/bin/bash
# Not art: edep-sim and larnd-sim in a container.
while true; do
  read -r did pfn rse < <("$JUSTIN_PATH"/justin-get-file)
  if [[ -n "$did" ]]; then :; else break; fi
  work=$(mktemp -d)
  number=${did##*-}
  out=ndlar_${JUSTIN_WORKFLOW_ID}_${number}.hdf5
  if ! apptainer exec --bind /cvmfs "$IMAGE" simulate_pixels.py --input_filename "$pfn" --output_filename "$out"; then
    echo "larnd-sim failed for $did" >&2
    exit 65
  fi
  cat > "$out".json <<META
{"parents": [{"did": "$did"}], "metadata": {"core.data_tier": "detector-simulated"}}
META
  printf '%s\n' "$did" >> justin-processed-dids.txt
  rm -rf "$work"
done
exit 0
