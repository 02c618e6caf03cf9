"""A shell script that submits many rows of a plan, one after the other, and notes which row became which workflow.

It stops at the first row that fails. What it knows of a row is the row's last line in a file with three columns, parted by
tabs: the row's number, its state, and the fingerprint of its command. States are the workflow's id; `not-made` and `drafting`
(nothing was submitted); `begun` and `submitting-N`, written before justin is asked, so that a run that dies leaves a trace. A
second run skips the rows that have an id, does those again of which nothing was submitted, and stops at a row whose outcome is
not known: a person looks, says it with one line, and runs the script again.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType

from campaigns.plan.commands import command_of, words_of
from campaigns.plan.errors import WrongValue
from campaigns.plan.reporting import Reporting, reporting_part
from campaigns.plan.shell import quoted
from campaigns.plan.submission import HIDDEN, Submission

RECORD = re.compile(r"[A-Za-z0-9_/.][A-Za-z0-9_/.-]*")
LONGEST_LABEL = 80
NO_HASHES: Mapping[str, str] = MappingProxyType({})

HEAD = """\
#!/usr/bin/env bash
# {title}
# Submits {n_rows} and stops at the first that fails.
# {record} keeps which row is which workflow: with that file in place a second run goes on where the first stopped.
record={record}
n_rows={count}
"""

FUNCTIONS = r"""
if [ -z "${BASH_VERSION-}" ] || [ "${BASH_VERSINFO[0]}" -lt 4 ]; then
    echo "Run this with bash 4 or newer: bash FILE" >&2
    exit 1
fi
set -u
unset JUSTIN_OPTIONS # what stands there would be added to every command
n_submitted=0
n_skipped=0
declare -A state_of print_of

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

is_id() {
    [[ $1 =~ ^[123456789][0123456789]{0,17}$ ]]
}

read_record() {
    local row state print
    [ -e "$record" ] || return 0
    if [ -n "$(tail -c 1 -- "$record")" ]; then # the last line was cut short
        echo >> "$record" || stop "$record cannot be written."
    fi
    while IFS=$'\t' read -r row state print; do
        [[ $row =~ ^[0123456789]{1,12}$ ]] || continue
        state_of[$row]=$state
        print_of[$row]=$print
    done < "$record"
}

note() {
    printf '%s\t%s\t%s\n' "$row" "$1" "$print" >> "$record" ||
        stop "$record cannot be written. Row $row is $1 now: write that down before anything else."
}

unknown() {
    stop "$@" \
        "It is not known whether row $row was submitted. Look at the page of its campaign in justIN, then run one of" \
        "    printf '$row\\tWORKFLOW-ID\\t$print\\n' >> $record   # if it was" \
        "    printf '$row\\tnot-made\\t$print\\n' >> $record   # if it was not" \
        "and this script again."
}

# begin ROW FINGERPRINT LABEL: succeeds when the row is to be submitted now
begin() {
    local state=${state_of[$1]-} before=${print_of[$1]-}
    row=$1 print=$2
    case $state in
        '' | not-made | drafting) ;;
        begun) unknown "Row $row ($3) was begun before, and how it ended was not written." ;;
        submitting-*) unknown "Row $row ($3) was begun before: its draft is workflow ${state#submitting-}." ;;
        *)
            is_id "$state" || unknown "Row $row ($3): $record says “$state” of it, which is no workflow's id."
            [ "$before" = "$print" ] ||
                stop "Row $row was submitted as workflow $state, but with another command: the plan has changed since." \
                    "Take the script of the rows that are left, or another folder."
            printf 'Row %s is workflow %s already.\n' "$row" "$state"
            tell "$row" "$state"
            n_skipped=$((n_skipped + 1))
            return 1
            ;;
    esac
    printf 'Row %s: %s\n' "$row" "$3"
}

# answer COMMAND…: what it says on stdout, but for one line break at the end, is in $said and its exit status in $code
answer() {
    said=$("$@" < /dev/null; code=$?; printf x; exit "$code")
    code=$?
    said=${said%x}
    said=${said%$'\n'}
}

# failed WHAT-IS-LEFT: ends the script after an answer that was not the right one
failed() {
    [ -z "$said" ] || printf '%s\n' "$said" >&2
    if [ "$code" = 0 ] && [[ $said == *usage:* ]]; then
        note not-made
        stop "Row $row: justin printed its help, as it does not know an option of the command. It was not submitted. $1"
    fi
    case $code in
        1 | 2 | 126 | 127)
            if [ -z "$said" ]; then
                note not-made
                stop "Row $row: justin refused it (exit $code) and said why above. It was not submitted. $1" \
                    "Was it a lost or late answer? Then look for it in justIN before you run this again."
            fi
            ;;
    esac
    unknown "Row $row: justin exited $code and did not answer as it should. $1"
}

submitted() {
    note "$1"
    printf 'Row %s is workflow %s.\n' "$row" "$1"
    tell "$row" "$1"
    n_submitted=$((n_submitted + 1))
}

# submit ROW FINGERPRINT LABEL COMMAND…: a workflow of one stage
submit() {
    begin "$1" "$2" "$3" || return 0
    shift 3
    note begun
    answer "$@"
    if [ "$code" != 0 ] || ! is_id "$said"; then
        failed ""
    fi
    submitted "$said"
}

# draft COMMAND…, stage COMMAND…, finish COMMAND…: a workflow of several stages. Before finish nothing is submitted
draft() {
    note drafting
    answer "$@"
    if [ "$code" != 0 ] || ! is_id "$said"; then
        undrafted "its draft was not made, as far as justin says"
    fi
    workflow_id=$said
    printf 'Row %s: draft %s\n' "$row" "$workflow_id"
}

stage() {
    answer "$@"
    if [ "$code" != 0 ] || [ -n "$said" ]; then
        undrafted "a stage was not made; its draft $workflow_id stays behind"
    fi
}

undrafted() {
    [ -z "$said" ] || printf '%s\n' "$said" >&2
    note not-made
    stop "Row $row: $1 (exit $code). It was not submitted. Put it right and run this again."
}

finish() {
    note "submitting-$workflow_id"
    answer "$@"
    if [ "$code" != 0 ] || [ -n "$said" ]; then
        failed "Its draft is workflow $workflow_id."
    fi
    submitted "$workflow_id"
}

# what a script that reports ids to the portal does otherwise
tell() {
    :
}
said_of_reports() {
    :
}

[ $# = 0 ] || [ "$*" = --report ] || stop "It takes no option, or --report."
command -v justin > /dev/null || [ $# = 1 ] || stop "There is no justin here. Set it up first: setup justin"
mkdir -- "$record.lock" 2> /dev/null ||
    stop "Another run is under way, or one was killed. If none is, run: rmdir $record.lock" \
        "(If the folder cannot be written, go to one that can.)"
trap 'rmdir -- "$record.lock"' EXIT
: >> "$record" || stop "$record cannot be written."
read_record
"""

TAIL = r"""
printf '%s of %s rows submitted now, %s before. %s says which row is which workflow.\n' \
    "$n_submitted" "$n_rows" "$n_skipped" "$record"
said_of_reports
"""

REFUSES_REPORT = """
[ $# = 0 ] || stop "This script reports no ids. Take one that does from the page of the plan."
"""


def script_of(
    rows: Iterable[tuple[int, Submission]],
    *,
    step_key: str,
    title: str = "",
    record_file: str = "workflows.tsv",
    hashes: Mapping[str, str] = NO_HASHES,
    reporting: Reporting | None = None,
) -> str:
    """The script for these numbered rows, all of one step, whose scope is guarded. Raises WrongValue, naming the row.

    `hashes`: SHA-256 of jobscripts, by their names in the rows; a file that has another is not submitted. With `reporting` it
    tells the portal each id as soon as justIN gave it.
    """
    numbered = list(rows)
    if not RECORD.fullmatch(record_file):
        raise WrongValue("record_file", "Name the file with letters, digits, . _ - and / only, for example workflows.tsv.")
    if not numbered:
        raise WrongValue("rows", "There is no row to submit.")
    seen: set[int] = set()
    parts: list[str] = []
    for number, row in numbered:
        if number < 1 or number in seen:
            raise WrongValue("rows", f"Row {number} is there twice." if number in seen else f"{number} is no row's number.")
        seen.add(number)
        try:
            parts.append(_row_part(number, row, step_key))
        except WrongValue as problem:
            raise WrongValue(f"rows.{number}.{problem.field}", f"Row {number}: {problem.message}") from problem
    count = len(numbered)
    head = HEAD.format(
        title=_label(title) or "Workflows of a plan",
        n_rows="one row of a plan" if count == 1 else f"{count:,} rows of a plan, one after the other,",
        record=record_file,
        count=count,
    )
    told = REFUSES_REPORT
    if reporting is not None:
        told = reporting_part(reporting, {number: fingerprint_of(row) for number, row in numbered})
    return "\n".join([head + FUNCTIONS + told, *_checks([row for _, row in numbered], hashes), *parts]) + "\n" + TAIL


def fingerprint_of(row: Submission) -> str:
    """By which a record knows a row's command again."""
    return sha256(command_of(row).encode()).hexdigest()[:12]


def read_record(text: str) -> dict[int, int]:
    """Workflow ids by row number, from the file that the script keeps; rows without one are left out."""
    ids: dict[int, int] = {}
    for line in text.splitlines():
        number, _, rest = line.partition("\t")
        state = rest.partition("\t")[0]
        if not re.fullmatch(r"[0-9]{1,12}", number):
            continue
        ids.pop(int(number), None)
        if re.fullmatch(r"[1-9][0-9]{0,17}", state):
            ids[int(number)] = int(state)
    return ids


def _row_part(number: int, row: Submission, step_key: str) -> str:
    first, *others = words_of(row, step_key=step_key)
    begin = f"{number} {fingerprint_of(row)} {shlex.quote(_label(row.description) or 'no description')}"
    if not others:
        return f"submit {begin} \\\n    {quoted(first)}"
    lines = [f"draft {quoted(first)}", *(f"stage {quoted(words)}" for words in others[:-1]), f"finish {quoted(others[-1])}"]
    return f"if begin {begin}; then\n" + "".join(f"    {line}\n" for line in lines) + "fi"


def _checks(submissions: Sequence[Submission], hashes: Mapping[str, str]) -> Iterator[str]:
    """Before the first row: a jobscript that cannot be read, or is not the version meant, fails now, and so does a file of ids.

    justin writes that file after the workflow is made; failing there it exits 1 and keeps the id to itself.
    """
    jobscripts = dict.fromkeys(stage.jobscript for row in submissions for stage in row.stages if stage.jobscript)
    for name in jobscripts:
        yield f"[ -r {shlex.quote(name)} ] || stop {shlex.quote(f'The jobscript {_label(name)} cannot be read here.')}"
        if name in hashes:
            said = f"The jobscript {_label(name)} is not the version that the portal keeps. Download it there."
            yield (
                f'[ "$(sha256sum < {shlex.quote(name)} | cut -d " " -f 1)" = {shlex.quote(hashes[name])} ] || '
                f"stop {shlex.quote(said)}"
            )
    for name in dict.fromkeys(row.workflow_id_file for row in submissions if row.workflow_id_file):
        yield f": >> {shlex.quote(name)} || stop {shlex.quote(f'The file {_label(name)} cannot be written here.')}"


def _label(text: str) -> str:
    """One line of a text that does nothing but show."""
    line = " ".join(HIDDEN.sub(" ", text).split())
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"
