"""What the linter may say: for each rule why it matters and what would be right. Pure.

Facts about justIN are from docs/justin.md: outcomes of jobs and exit codes from its section on jobs, the rest from what a
submission must hold.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One thing that is looked for. `title` names it in lists."""

    title: str
    why: str
    right: str


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is worth a look, at a line (from 1). It never blocks anything."""

    line: int
    rule: str
    what: str

    @property
    def why(self) -> str:
        return RULES[self.rule].why

    @property
    def right(self) -> str:
        return RULES[self.rule].right


RULES: dict[str, Rule] = {
    "first-line": Rule(
        "The first line names the shell",
        "The worker node runs the file as it is; without that line it depends on the site which shell reads it.",
        "Begin with #!/bin/bash, with nothing before it.",
    ),
    "line-ends": Rule(
        "Lines end as the shell wants it",
        "The file was saved with Windows line ends: the shell takes the invisible character for a part of the last word, and "
        "does not even find the interpreter of the first line.",
        "Save it with Unix line ends (dos2unix FILE), then upload it again.",
    ),
    "typography": Rule(
        "Quotes and hyphens are those of the keyboard",
        "A word processor, web page or mail turned it into a character that only looks like a quote, hyphen or blank. The "
        "shell takes it for an ordinary letter.",
        "Type it again on the keyboard.",
    ),
    "hidden": Rule(
        "Nothing is invisible",
        "It turns the direction of writing round or cannot be seen, so that what people read is not what is run.",
        "Take it out; an editor shows it as its number.",
    ),
    "not-whole": Rule(
        "Quotes and brackets close",
        "A quote or bracket is opened and never closed; the shell would stop with a syntax error at the end of the file.",
        "bash -n FILE says where. Until then the linter reads every line for itself and may be wrong.",
    ),
    "not-shell": Rule(
        "It is a shell script",
        "The linter reads shell scripts. Of others it sees only whether the names that justIN wants occur.",
        "Check by hand what this list would have said.",
    ),
    "get-file": Rule(
        "It asks justIN for an input",
        "A job that takes no input processes nothing, also for Monte Carlo, where the inputs are counters. After more than ten "
        "such jobs within an hour justIN pauses the workflow.",
        'did_pfn_rse=$("$JUSTIN_PATH/justin-get-file")',
    ),
    "get-file-empty": Rule(
        "It knows what to do when no input is left",
        "More jobs start than there are inputs: the late ones get an empty answer. Not looked at, the application runs without "
        "an input and fails, or the script asks for ever.",
        'if [ -z "$did_pfn_rse" ]; then echo "Nothing to do."; exit 0; fi, right after the question.',
    ),
    "get-file-empty-exit": Rule(
        "No input left is no error",
        "A job that found no input is a normal end. With another code than 0 it counts as failed, spoils the success rate, and "
        "may let justIN pause the workflow.",
        "exit 0 there.",
    ),
    "application-exit": Rule(
        "The exit code of the application is looked at",
        "When the application fails and nobody looks, the job ends with 0: its input counts as processed, and broken or "
        "missing outputs are noticed when somebody reads them.",
        "Keep it in the very next command, rc=$?, and decide by it: if [ $rc -ne 0 ]; then … exit 1; fi",
    ),
    "exit-always-zero": Rule(
        "Some way ends with another code than 0",
        "justIN knows only the exit code. If that is always 0, every job is good and no input is tried again.",
        "exit 1 where the application failed, exit 0 at the end.",
    ),
    "exit-range": Rule(
        "Exit codes are 0 to 127",
        "justIN keeps codes up to 127. A larger one, such as 134, 137 or 139 of a crash (128 and the signal), is lost: the job "
        "shows as “result lost”, or as 127, and nobody can tell why.",
        'Give it a code of your own: [ "$rc" -gt 127 ] && rc=$((rc - 128 + 64)), or simply exit 1.',
    ),
    "processed": Rule(
        "It tells justIN what was processed",
        "justIN takes an input as processed only if it is listed in justin-processed-dids.txt or justin-processed-pfns.txt. "
        "Others are handed out again, up to six times, and fail in the end although their outputs are there.",
        'echo "$did" >> justin-processed-dids.txt, once the application has ended with 0.',
    ),
    "processed-name": Rule(
        "The list of what was processed has the right name",
        "justIN reads justin-processed-dids.txt and justin-processed-pfns.txt, and nothing else.",
        "Use one of these two names.",
    ),
    "processed-kind": Rule(
        "DIDs are listed as DIDs, file names as file names",
        "A list with the other kind in it fits no input of the job, so that none counts as processed.",
        "The first word of what justin-get-file answers is the DID, the second the file’s name (PFN).",
    ),
    "processed-overwritten": Rule(
        "The list grows in a loop",
        "Each turn of the loop begins the list anew, so that only the last input counts as processed.",
        "Append with >>.",
    ),
    "metadata": Rule(
        "Each output has its metadata",
        "An output goes to MetaCat with what stands in the file of the same name with .json added. Without it nobody finds the "
        "output by run, detector or parents, and the test’s criterion on metadata is not met.",
        'Write "$output.json" beside "$output", for example with the metadata extractor of the release.',
    ),
    "metadata-name": Rule(
        "Metadata have the output’s whole name",
        "justIN looks for the name of the output with .json added: reco.root belongs to reco.root.json, not to reco.json.",
        '"${output}.json"',
    ),
    "output-name": Rule(
        "Outputs of different jobs have different names",
        "Names of files are unique in a scope for ever. The second job with this name cannot register its output, and fails "
        "after all the work.",
        "Put into the name what differs: the input’s name, or workflow, stage and the number of the job.",
    ),
    "output-characters": Rule(
        "Names of outputs have plain characters",
        "In justIN’s patterns and in DIDs names have letters, digits, dot, hyphen and underscore. A job’s id has an @, a time "
        "of day a colon.",
        "Replace them: ${JUSTIN_JOBSUB_ID//@/_}, and date -u +%Y%m%dT%H%M%SZ.",
    ),
    "events": Rule(
        "The number of events is set",
        "Without it the number comes from the fcl file, and nobody sees here how long a job runs or how many events to expect.",
        'lar -n "$NUM_EVENTS" … with NUM_EVENTS=${NUM_EVENTS:--1} at the top (-1 is all of the input).',
    ),
    "events-few": Rule(
        "The number of events is not that of a test",
        "So few events are right for a test. In the validation sample and in full production jobs would do nearly nothing.",
        "Let --env NUM_EVENTS=… of the command say it, or set the number of the request.",
    ),
    "scope": Rule(
        "No scope is written into the script",
        "The same script runs in the scope usertests and in that of production. A scope in the script is wrong in one of them.",
        '"$JUSTIN_SCOPE"',
    ),
    "personal-path": Rule(
        "Nothing comes from a disk that worker nodes do not have",
        "Worker nodes see cvmfs and what the job brings along, not home directories and not the disks of the interactive "
        "machines.",
        "Put the files into cvmfs (justin-cvmfs-upload), and read them from there.",
    ),
    "too-long": Rule(
        "It is short enough to be read",
        "The linter reads the first 100,000 characters, and of those 5,000 commands.",
        "Move data into an input file.",
    ),
}
