#!/bin/bash -x
did_pfn_rse=$("$JUSTIN_PATH/justin-get-file")
if [ ! "${did_pfn_rse}" ] ; then exit 0 ; fi
pfn=$(awk '{print $2}' <<< "$did_pfn_rse")
did=${did_pfn_rse%% *}
args=(-c reco.fcl)
if [ -n "$NUM_EVENTS" ]; then args+=(-n "$NUM_EVENTS"); fi
OUTFILE=$(basename $pfn | sed 's/[.]root$//')_w${JUSTIN_WORKFLOW_ID}.root
timeout -k 60 20h lar "${args[@]}" -T "$OUTFILE" "$pfn" 2>&1 | tee lar.log
larExit=${PIPESTATUS[0]}
jobscriptExit=1
if [ $larExit -eq 0 ] ; then
  make_metadata "$OUTFILE" --did "$did"
  echo "$pfn" > justin-processed-pfns.txt
  jobscriptExit=0
fi
exit $jobscriptExit
