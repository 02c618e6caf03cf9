"""The part of a script that tells the portal which row became which workflow, as soon as justIN gave the id.

The token is read from the file that PORTAL_TOKEN_FILE names, or from PORTAL_TOKEN; it stands in no script, in no argument of
a program (curl reads it from its standard input) and in the environment of none. What could not be told stays in the file of
ids, and `--report` tells it again: a report that fails never stops a submission.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.plan.errors import WrongValue

ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/\[\]@%-]+")
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")

PART = r"""
report_url={url}
declare -A key_of=({keys}) wanted_of=({prints}) reported_of
n_untold=0
n_told=0
n_silent=0
unset token # or it would be exported where the environment had one
token=${{PORTAL_TOKEN-}}
unset PORTAL_TOKEN # no program needs to see it

read_token() {{
    if [ -n "${{PORTAL_TOKEN_FILE-}}" ]; then
        token=
        [ -r "$PORTAL_TOKEN_FILE" ] && IFS= read -r token < "$PORTAL_TOKEN_FILE"
    fi
    [[ $token =~ ^dpt_[A-Za-z0-9_-]{{20,80}}$ ]] && return
    token=
    why_untold="there is no token: name the file that holds one, PORTAL_TOKEN_FILE=FILE"
    return 1
}}

# give_up WHY: submissions do not wait for a portal that does not listen
give_up() {{
    token=
    why_untold=$1
}}

# tell ROW WORKFLOW-ID: posts one id. It always succeeds: what was not told stays to be told
tell() {{
    local body answer status said_by_portal
    [ "${{reported_of[$1]-}}" = "$2" ] && return 0
    if [ -n "$token" ] && command -v curl > /dev/null; then
        body="{{\"row\": \"${{key_of[$1]}}\", \"workflow_id\": $2, \"command_sha\": \"${{wanted_of[$1]}}\"}}"
        answer=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
            curl --disable --silent --show-error --config - --connect-timeout 10 --max-time 60 --proto '=http,https' \
                --header 'Content-Type: application/json' --header 'Accept: application/json' \
                --data "$body" --write-out '\n%{{http_code}}' "$report_url" 2>&1)
        status=${{answer##*$'\n'}}
        case $status in
            200 | 201)
                printf '%s\t%s\n' "$1" "$2" >> "$record.reported"
                reported_of[$1]=$2
                n_told=$((n_told + 1))
                n_silent=0
                return 0
                ;;
            401 | 403) give_up "it does not take the token" ;;
            [1234]??) n_silent=0 ;;
            *)
                n_silent=$((n_silent + 1))
                [ "$n_silent" -lt 3 ] || give_up "it did not answer three times"
                ;;
        esac
        said_by_portal=${{answer%$'\n'*}}
        said_by_portal=${{said_by_portal//[![:print:]]/ }}
        printf 'The portal was not told that row %s is workflow %s (%s): %.400s\n' "$1" "$2" "$status" "$said_by_portal" >&2
    else
        [ -z "$token" ] || why_untold="there is no curl"
        printf 'The portal was not told that row %s is workflow %s: %s\n' "$1" "$2" "$why_untold" >&2
    fi
    n_untold=$((n_untold + 1))
}}

# report_all: tells every id in the record whose command is that of this script
report_all() {{
    local row
    for row in $(printf '%s\n' "${{!key_of[@]}}" | sort -n); do
        is_id "${{state_of[$row]-}}" || continue
        if [ "${{print_of[$row]-}}" = "${{wanted_of[$row]}}" ]; then
            tell "$row" "${{state_of[$row]}}"
        else
            printf 'Row %s was another command as workflow %s: record it on the page of the plan.\n' \
                "$row" "${{state_of[$row]}}" >&2
            n_untold=$((n_untold + 1))
        fi
    done
    said_of_reports
    [ "$n_untold" = 0 ]
}}

said_of_reports() {{
    [ "$n_told" = 0 ] || printf 'The portal was told of %s.\n' "$n_told"
    [ "$n_untold" = 0 ] ||
        printf 'Not told: %s. Put it right, then run this with --report: it tells them, submits nothing.\n' "$n_untold" >&2
}}

why_untold=
read_token
if [ -f "$record.reported" ]; then
    while IFS=$'\t' read -r row state; do
        [[ $row =~ ^[0123456789]{{1,12}}$ ]] && reported_of[$row]=$state
    done < "$record.reported"
fi
if [ "${{1-}}" = --report ]; then
    report_all
    exit
fi
[ -z "$why_untold" ] || printf 'The portal will not be told of ids: %s\n' "$why_untold" >&2
"""


@dataclass(frozen=True)
class Reporting:
    """Where ids are posted, and the key by which the portal knows each row, by its number."""

    url: str
    keys: Mapping[int, str]


def reporting_part(reporting: Reporting, prints: Mapping[int, str]) -> str:
    """The functions `tell` and `said_of_reports`, and what `--report` does. Raises WrongValue.

    `prints`: fingerprints of the rows' commands, by number.
    """
    if not ADDRESS.fullmatch(reporting.url):
        raise WrongValue("url", "The portal's address cannot be written into a script; see SITE_URL.")
    for number in prints:
        if not KEY.fullmatch(reporting.keys.get(number, "")):
            raise WrongValue("rows", f"Row {number} has no key by which the portal would know it.")
    keys = " ".join(f"[{number}]={reporting.keys[number]}" for number in prints)
    told = " ".join(f"[{number}]={print_}" for number, print_ in prints.items())
    return PART.format(url=shlex.quote(reporting.url), keys=keys, prints=told)
