#!/bin/sh
# Makes .venv with exactly the packages of requirements/dev.txt.
# Also the parts of the system that making PDFs needs, where it may (as root, with apt-get); the portal runs without them, and
# its page says what is missing.
#
# .venv/.installed is a copy of the lock that was installed last: while the two are equal there is nothing to do.
# PYTHON=/path/to/python3.11 names an interpreter that is not on the PATH.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/dev.txt
stamp=.venv/.installed

is_311() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

# What the PDF of a log is made with. Never fails the set-up: quiet where it cannot be had.
system_parts() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v ldconfig >/dev/null || return 0
    known=$(ldconfig -p 2>/dev/null) || return 0
    wanted=
    for pair in libpango-1.0.so.0:libpango-1.0-0 libpangoft2-1.0.so.0:libpangoft2-1.0-0 \
        libharfbuzz-subset.so.0:libharfbuzz-subset0; do
        case $known in *"${pair%%:*}"*) ;; *) wanted="$wanted ${pair##*:}" ;; esac
    done
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name '*.[to]tf' 2>/dev/null | head -n 1)" ] || wanted="$wanted fonts-dejavu-core"
    [ -n "$wanted" ] || return 0
    echo "Installing what making PDFs needs:$wanted"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  one word each
    apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $wanted; } >/dev/null 2>&1 ||
        echo "They could not be installed; the portal runs, without PDFs of logs (docs/log-documents.md)."
}
system_parts || true

if cmp -s "$lock" "$stamp" && is_311 .venv/bin/python; then
    exit 0
fi

if ! is_311 .venv/bin/python; then
    python=
    for candidate in ${PYTHON:-python3.11 python3 python}; do
        if is_311 "$candidate"; then
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "make setup: the portal needs Python 3.11, and none of these is it: ${PYTHON:-python3.11 python3 python}." >&2
        echo "Install Python 3.11 (Debian 12: apt-get install python3.11-venv), or name it: make setup PYTHON=/path/to/python3.11" >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "make setup: $python has no venv module. Install it (Debian 12: apt-get install python3.11-venv)." >&2
        exit 1
    fi
    "$python" -m venv --clear .venv
fi

echo "Installing the packages of $lock into .venv (a minute or so, once)"
rm -f "$stamp"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
cp "$lock" "$stamp"
