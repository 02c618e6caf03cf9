"""How a job of a workflow stands or ended: the justIN contract's section 7, as names and groups. No ORM, no HTTP."""

from enum import StrEnum


class Outcome(StrEnum):
    """One per job, the first that fits in this order; stored values never change."""

    FINISHED = "finished"  # exit 0 and outputs in place
    SCRIPT_ERROR = "script-error"  # the jobscript's own code is known and not 0
    RESULT_LOST = "result-lost"  # justIN refused the result: codes above 127 end here, the code is lost
    OUTPUT_FAILED = "output-failed"  # exit 0, but outputs could not be put in place
    ABORTED = "aborted"  # ended before the jobscript, e.g. no CVMFS on the node
    STALLED = "stalled"  # no sign of life
    RUNNING = "running"
    QUEUED = "queued"  # submitted and not started: waiting, turned away or lost, justIN does not say which


ENDED = (
    Outcome.FINISHED,
    Outcome.SCRIPT_ERROR,
    Outcome.RESULT_LOST,
    Outcome.OUTPUT_FAILED,
    Outcome.ABORTED,
    Outcome.STALLED,
)
