#!/usr/bin/env bash
set -u -o pipefail
# Up to ten files a job; a file that fails is left to the next job.
fcl=$JUSTIN_FCL
n_failed=0 n_done=0

process() {
    local did=$1 pfn=$2 out log
    out="$(basename "${pfn%.root}")_ana_w${JUSTIN_WORKFLOW_ID}s${JUSTIN_STAGE_ID}.root"
    log="$out.log"
    /usr/bin/time -v lar --config "$fcl" --nevts -1 \
        --output "$out" --source "$pfn" 2>&1 | tee "$log"
    if (( $? != 0 )); then return 1; fi
    pdjson2metadata "$out.temp.json" "$did" "$JUSTIN_SCOPE" > "${out}.json" || return 2
}

for turn in $(seq 10); do
    did_pfn_rse=`$JUSTIN_PATH/justin-get-file --seconds-needed 7200`
    [ "$did_pfn_rse" == "" ] && break
    set -- $did_pfn_rse
    if process "$1" "$2"; then
        echo "$2" >> justin-processed-pfns.txt
        n_done=$(( n_done + 1 ))
    else
        n_failed=$((n_failed+1))
    fi
done
echo "$n_done done, $n_failed failed"   # a '#' and a "quote" in a comment
[ $n_done -gt 0 ] || [ $n_failed -eq 0 ] || exit 5
exit 0
