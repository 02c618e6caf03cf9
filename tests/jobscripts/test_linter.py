"""What the linter says, and above all of what it says nothing: each rule is tried on good scripts with one place changed."""

from __future__ import annotations

import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.jobscripts.findings import RULES
from campaigns.jobscripts.linter import MOST_OF_A_RULE, MOST_READ, lint
from tests.jobscripts.scripts import FOLDER, NAMES, changed, line_of, script

HEAD = '#!/bin/bash\nanswer=$("$JUSTIN_PATH/justin-get-file")\n[ -z "$answer" ] && exit 0\npfn=${answer#* }\nout=x_$pfn.root\n'
LAR = 'lar -c reco.fcl -n -1 -o "$out" "$pfn"'
TAIL = 'touch "$out.json"\necho "${answer%% *}" >> justin-processed-dids.txt\nexit 0\n'


def said(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.rule) for one in lint(text)]


def rules(text: str) -> list[str]:
    return [one.rule for one in lint(text)]


def around(middle: str, tail: str = TAIL) -> str:
    """A whole good script around the place where the application is run."""
    return f"{HEAD}{middle}\n{tail}"


@pytest.mark.parametrize("name", NAMES)
def test_a_good_jobscript_passes_clean(name: str) -> None:
    assert said(script(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_good_jobscripts_are_right_for_bash_itself(name: str) -> None:
    assert subprocess.run(["bash", "-n", str(FOLDER / f"{name}.sh")], capture_output=True, check=False).stderr == b""


@pytest.mark.parametrize("name", NAMES)
def test_line_ends_of_windows_are_the_only_thing_said_of_a_good_script_that_has_them(name: str) -> None:
    assert "line-ends" in rules(script(name).replace("\n", "\r\n"))
    assert "line-ends" not in rules(script(name))


# One place of a good script changed: (script, what stood there, what stands there now, the rule, a part of the line blamed)
BROKEN = [
    ("reco", "#!/bin/bash\n", "\n#!/bin/bash\n", "first-line", None),
    ("reco", "#!/bin/bash\n", "\ufeff#!/bin/bash\n", "first-line", None),
    ("reco", 'if [ -z "$answer" ]; then', "if [ -z “$answer” ]; then", "typography", "“"),
    ("reco", 'lar -c "$fcl"', 'lar –c "$fcl"', "typography", "–c"),
    ("reco", "# what to work on", "# what to \u202e work on", "hidden", "work on"),
    ("reco", 'echo "lar ended with $rc"', 'echo "lar ended with $rc', "not-whole", "ended with"),
    ("reco", 'answer=$("$JUSTIN_PATH/justin-get-file")', "answer=$1", "get-file", None),
    ("reco", 'if [ -z "$answer" ]; then', 'if [ -z "$HOME" ]; then', "get-file-empty", "justin-get-file"),
    ("many", '[ "$did_pfn_rse" == "" ] && break', "true", "get-file-empty", "justin-get-file"),
    ("simulation", '[ "x$did_pfn_rse" = "x" ]', '[ "x$NEVENTS" = "x" ]', "get-file-empty", "justin-get-file ||"),
    ("larnd", 'if [[ -n "$did" ]]; then :; else break; fi', "", "get-file-empty", "justin-get-file)"),
    ("reco", "it's fine.\"\n    exit 0", "it's fine.\"\n    exit 7", "get-file-empty-exit", "exit 7"),
    ("piped", '"${did_pfn_rse}" ] ; then exit 0', '"${did_pfn_rse}" ] ; then exit 1', "get-file-empty-exit", "exit 1 ;"),
    ("reco", "\nrc=$?\n", "\n", "application-exit", "lar -c"),
    ("reco", '\nrc=$?\necho "lar ended with $rc"', '\necho "lar has ended"\nrc=$?', "application-exit", "lar -c"),
    ("reco", "if [ $rc -ne 0 ]; then", "if [ $UID -ne 0 ]; then", "application-exit", "rc=$?"),
    ("reco", '"$pfn" > "$log" 2>&1', '"$pfn" 2>&1 | tee "$log"', "application-exit", "lar -c"),
    ("reco", '"$pfn" > "$log" 2>&1', '"$pfn" > "$log" 2>&1 &', "application-exit", "lar -c"),
    ("many", "set -u -o pipefail", "set -u", "application-exit", "time -v lar"),
    ("many", "if (( $? != 0 )); then return 1; fi", "", "application-exit", "time -v lar"),
    ("piped", "larExit=${PIPESTATUS[0]}", "larExit=$?", "application-exit", "timeout -k"),
    ("larnd", '_filename "$out"; then', '_filename "$out"; [ -s "$out" ]; then', "application-exit", "apptainer exec"),
    ("reco", '    tail -n 100 "$log"\n    exit 1\n', '    tail -n 100 "$log"\n    exit 134\n', "exit-range", "exit 134"),
    ("reco", '    tail -n 100 "$log"\n    exit 1\n', '    tail -n 100 "$log"\n    exit $rc\n', "exit-range", "exit $rc"),
    ("larnd", "exit 65", "exit -1", "exit-range", "exit -1"),
    ("piped", "jobscriptExit=1", "jobscriptExit=200", "exit-range", "jobscriptExit=200"),
    ("simulation", 'if [ "$rc" -gt 127 ]; then rc=$(( rc - 128 + 64 )); fi', "", "exit-range", 'exit "$rc"'),
    ("larnd", "exit 65", "break", "exit-always-zero", None),
    ("reco", 'echo "$did" > justin-processed-dids.txt', "", "processed", "lar -c"),
    ("simulation", "echo $did >> justin-processed-dids.txt", "", "processed", 'lar -n $NEVENTS'),
    ("reco", "> justin-processed-dids.txt", "> justin-processed-did.txt", "processed-name", "processed-did.txt"),
    ("piped", "> justin-processed-pfns.txt", "> justin_processed_pfns.txt", "processed-name", "justin_processed"),
    ("reco", '"$did" > justin-processed-dids.txt', '"$pfn" > justin-processed-dids.txt', "processed-kind", "processed-dids"),
    ("reco", "> justin-processed-dids.txt", "> justin-processed-pfns.txt", "processed-kind", "processed-pfns"),
    ("many", '"$2" >> justin', '"$2" > justin', "processed-overwritten", "processed-pfns"),
    ("larnd", '"$did" >> justin', '"$did" > justin', "processed-overwritten", "processed-dids"),
    ("reco", '> "$out.json" || exit 4', "|| exit 4", None, None),  # a tool that knows where metadata belong
    ("piped", '  make_metadata "$OUTFILE" --did "$did"\n', "", "metadata", "timeout -k"),
    ("larnd", 'cat > "$out".json <<META', "cat > notes.txt <<META", None, None),  # the here-document still tells of metadata
    ("reco", '> "$out.json"', '> "${out%.root}.json"', "metadata-name", "extractor_prod.py"),
    ("reco", 'out="${base}_reco_${JUSTIN_WORKFLOW_ID}_${now}.root"', "out=reco.root", "output-name", "out=reco.root"),
    ("many", '--output "$out"', "--output ana.root", "output-name", "time -v lar"),
    ("reco", "+%Y%m%dT%H%M%SZ", "+%Y-%m-%dT%H:%M:%SZ", "output-characters", "now="),
    ("reco", "${JUSTIN_JOBSUB_ID//@/_}.logs", "${JUSTIN_JOBSUB_ID}.logs", "output-characters", ".logs.tgz"),
    ("reco", "_${JUSTIN_WORKFLOW_ID}_${now}.root", "_${JUSTIN_JOBSUB_ID}_${now}.root", "output-characters", "out="),
    ("reco", "_reco_${JUSTIN_WORKFLOW_ID}", "_reco:${JUSTIN_WORKFLOW_ID}", "output-characters", "out="),
    ("reco", ' -n "$events"', "", "events", "lar -c"),
    ("many", " --nevts -1", "", "events", "time -v lar"),
    ("reco", "events=${NUM_EVENTS:--1}", "events=${NUM_EVENTS:-2}", "events-few", "events="),
    ("simulation", "-n $NEVENTS", "-n 5", "events-few", "lar -n"),
    ("reco", '--scope "$JUSTIN_SCOPE"', "--scope usertests", "scope", "extractor_prod.py"),
    ("reco", "fcl=${FCL_FILE:-standard", "fcl=${FCL_FILE:-/exp/dune/app/users/dunepro/standard", "personal-path", "fcl="),
    ("simulation", "source setup.sh", "source /nashome/d/dunepro/setup.sh", "personal-path", "/nashome"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "rule", "blamed"), BROKEN, ids=[f"{one[0]}-{one[3]}-{n}" for n, one in enumerate(BROKEN)]
)
def test_one_broken_place_is_found_at_its_line_and_nothing_else_is_said(
    name: str, old: str, new: str, rule: str | None, blamed: str | None
) -> None:
    text = changed(name, old, new)
    found = lint(text)
    if rule is None:
        assert found == ()
        return
    assert rule in {one.rule for one in found}, [(one.line, one.rule, one.what) for one in found]
    others = {one.rule for one in found} - {rule}
    assert others <= FOLLOWS.get(rule, set()), [(one.line, one.rule, one.what) for one in found]
    if blamed is not None:
        assert line_of(text, blamed) in {one.line for one in found if one.rule == rule}, [one.line for one in found]


# what is true as well when that is broken
FOLLOWS = {
    "get-file": {"get-file-empty"},
    "typography": {"get-file-empty", "events", "not-whole"},
    "not-whole": set(RULES),
    "processed-name": {"processed"},
    "first-line": {"hidden"},
    "output-name": {"metadata"},
}


def test_every_rule_is_tried_and_says_why_and_what_would_be_right() -> None:
    tried = {rule for _n, _o, _w, rule, _b in BROKEN if rule} | {"line-ends", "not-shell", "too-long"}
    assert tried == set(RULES)
    for one in RULES.values():
        assert one.title
        assert one.why.endswith(".")
        assert one.right


# --- the application's exit code ---

LOOKED_AT = [
    f"{LAR}\nrc=$?\n[ $rc -eq 0 ] || exit 1",
    f"{LAR}; rc=$?\nif [[ $rc != 0 ]]; then exit 1; fi",
    f"{LAR} || exit 1",
    f"{LAR} || {{ echo failed; exit 1; }}",
    f"if {LAR}; then echo good; else exit 1; fi",
    f"if ! {LAR} > log 2>&1; then\n  exit 1\nfi",
    f"{LAR} && touch good\n[ -e good ] || exit 1",
    f"{LAR}\nif [ $? -ne 0 ]; then exit 1; fi",
    f"{LAR}\ncase $? in\n 0) ;;\n *) exit 1 ;;\nesac",
    f"(\n  {LAR}\n) > log 2>&1\nlarExit=$?\nif [ $larExit -ne 0 ]; then exit 1; fi",
    f"(cd work && {LAR}) || exit 1",
    f"run() {{\n  {LAR}\n}}\nrun || exit 1",
    f"run() {{\n  {LAR}\n  return $?\n}}\nif ! run; then exit 1; fi",
    f"run() {{ local rc; {LAR}; rc=$?; [ $rc -gt 127 ] && rc=1; return $rc; }}\nrun; code=$?\n[ $code -ne 0 ] && exit $code",
    f"function run {{\n  {LAR}\n}}\nrun\nstatus=$?\n((status != 0)) && exit 1",
    f"set -o pipefail\n{LAR} 2>&1 | tee log || exit 1",
    f"set -eo pipefail\n{LAR} 2>&1 | tee log || exit 1",
    f"{LAR} | tee log\n[ ${{PIPESTATUS[0]}} -eq 0 ] || exit 1",
    f"trap 'exit 1' ERR\n{LAR}",
    f"timeout 10h {LAR}\nrc=$?\ntest $rc -eq 0 || exit 1",
    f"LD_PRELOAD=$XROOTD_LIB/x.so {LAR}\nrc=$?\nif (( rc )); then exit 1; fi",
    f"{LAR}\ncheck $?\ncheck() {{ [ $1 -eq 0 ] || exit 1; }}",
    f"/cvmfs/x/{LAR}\nrc=$?   # $? of lar\n\n# and then\nif [ $rc != 0 ]; then exit 1; fi",
    f"while ! {LAR}; do n=$((n+1)); [ $n -gt 3 ] && exit 1; done",
    f"{LAR} \\\n  --tmpdir . \\\n  || exit 1",
    "lar --version\n" + f"{LAR} || exit 1",
]  # fmt: skip
NOT_LOOKED_AT = [
    LAR,
    f"{LAR} > log 2>&1\necho done",
    f"{LAR}\necho $?",
    f"{LAR}\ntar czf logs.tgz *.log\nrc=$?\n[ $rc -eq 0 ] || exit 1",
    f"{LAR} | tee log\nrc=$?\n[ $rc -eq 0 ] || exit 1",
    f"{LAR} |& tee log || exit 1",
    f"{LAR} &\nwait",
    f"run() {{\n  {LAR}\n}}\nrun\necho done",
    f"(\n  {LAR}\n)\necho done",
    f"for n in 1 2; do\n  {LAR}\ndone\nls",
    f"{LAR}\nrc=$?\necho $rc",
    f"time {LAR}\nls",
    f"nice -n 5 {LAR}\nls",
    f"set -e\nset +e\n{LAR}\nls",
    f"echo 'set -e'\n{LAR}\nls",
    f"# set -e\n{LAR}\nls",
]


@pytest.mark.parametrize("middle", LOOKED_AT)
def test_an_exit_code_that_is_looked_at_is_not_spoken_of(middle: str) -> None:
    assert said(around(middle)) == []


@pytest.mark.parametrize("middle", NOT_LOOKED_AT)
def test_an_exit_code_that_nobody_looks_at_is_named_at_the_application_s_line(middle: str) -> None:
    text = around(middle, TAIL.replace("exit 0", "exit ${failed:-0}"))
    (found,) = [one for one in lint(text) if one.rule == "application-exit"]
    assert "lar" in text.split("\n")[found.line - 1] or "rc=$?" in text.split("\n")[found.line - 1]


@pytest.mark.parametrize("middle", [f"{LAR}\nexit $?", f"set -e\n{LAR}", f"{LAR}\nrc=$?\n[ $rc -ne 0 ] && exit $rc",
                                    f"{LAR}\nrc=$?\ncode=$rc\nif [ $code -ne 0 ]; then exit $code; fi"])  # fmt: skip
def test_the_code_of_a_crash_must_not_become_that_of_the_script(middle: str) -> None:
    assert "exit-range" in rules(around(middle))


@pytest.mark.parametrize("guard", ["[ $rc -gt 127 ] && rc=1", "[ $rc -ge 128 ] && rc=$((rc-64))", "rc=$((rc % 128))",
                                   "(( rc > 127 )) && rc=1"])  # fmt: skip
def test_a_code_that_is_made_smaller_first_may_be_passed_on(guard: str) -> None:
    assert said(around(f"{LAR}\nrc=$?\n{guard}\n[ $rc -ne 0 ] && exit $rc")) == []


def test_a_script_that_ends_with_its_application_ends_with_its_code() -> None:
    text = HEAD + 'touch "$out.json"\necho "${answer%% *}" >> justin-processed-dids.txt\n' + LAR + "\n"
    assert [rule for _line, rule in said(text)] == ["exit-range"]


@pytest.mark.parametrize("code", ["0", "1", "127", "64", '"3"'])
def test_codes_that_justin_keeps_are_not_spoken_of(code: str) -> None:
    assert said(around(f"{LAR} || exit {code if code != '0' else 1}\n[ -e stop ] && exit {code}")) == []


@pytest.mark.parametrize("code", ["128", "134", "255", "256", "-1", "'137'"])
def test_codes_that_justin_loses_are_named(code: str) -> None:
    assert "exit-range" in rules(around(f"{LAR} || exit {code}"))


# --- asking for an input ---

WAYS_TO_NOTICE = [
    '[ -z "$answer" ] && exit 0',
    'if [ "$answer" = "" ]; then exit 0; fi',
    "if [ x$answer = x ]; then exit 0; fi",
    'if [ "" == "$answer" ]; then exit 0; fi',
    "if [[ -z ${answer} ]]; then exit 0; fi",
    'if test -z "$answer"; then exit 0; fi',
    '[ -n "$answer" ] || exit 0',
    'if [ ! -n "$answer" ]; then exit 0; fi',
    "[[ $answer ]] || exit 0",
    "if [ ${#answer} -eq 0 ]; then exit 0; fi",
    'case "$answer" in "") exit 0 ;; esac',
    "set -- $answer\n[ $# -lt 3 ] && exit 0",
    'did=$(echo "$answer" | cut -d" " -f1)\n[ -z "$did" ] && exit 0',
    'read -r did rest <<< "$answer"\nif [ "$did" == "" ]; then exit 0; fi',
    'if [ -z "$answer" ]; then echo "none"\n exit 0\nelse echo "some"; fi',
    'if [ -z "$answer" -o -z "$JUSTIN_PATH" ]; then exit 0; fi',
]


@pytest.mark.parametrize("way", WAYS_TO_NOTICE)
def test_an_empty_answer_that_is_noticed_is_not_spoken_of(way: str) -> None:
    assert said(around(f"{LAR} || exit 1").replace('[ -z "$answer" ] && exit 0', way)) == []


@pytest.mark.parametrize("way", ['echo "$answer"', '[ -z "$JUSTIN_PATH" ] && exit 0', '# [ -z "$answer" ] && exit 0',
                                 "echo '[ -z \"$answer\" ] && exit 0'", '[ -z "$answer" ]',
                                 '[ -d "$answer" ] && exit 0'])  # fmt: skip
def test_an_empty_answer_that_nobody_notices_is_named_where_it_was_asked_for(way: str) -> None:
    text = around(f"{LAR} || exit 1").replace('[ -z "$answer" ] && exit 0', way)
    assert said(text) == [(2, "get-file-empty")]


@pytest.mark.parametrize("way", ['[ -z "$answer" ] && exit 1', 'if [ -z "$answer" ]; then\n echo none\n exit 2\nfi',
                                 '[ -n "$answer" ] || exit 3', '[ -n "$answer" ] || { echo none; exit 4; }'])  # fmt: skip
def test_no_input_left_must_not_look_like_a_failure(way: str) -> None:
    assert rules(around(f"{LAR} || exit 1").replace('[ -z "$answer" ] && exit 0', way)) == ["get-file-empty-exit"]


def test_a_failure_after_an_input_was_found_is_no_failure_of_the_question() -> None:
    text = around(f"{LAR} || exit 1").replace(
        '[ -z "$answer" ] && exit 0', 'if [ -z "$answer" ]; then exit 0; fi\n[ -r setup.sh ] || exit 5'
    )
    assert said(text) == []


# --- metadata and names ---


@pytest.mark.parametrize("line", ['touch "${out}.json"', 'meta "$out" > "$out".json',
                                  'for f in *.root; do meta $f > $f.json; done',
                                  'write() { meta "$1" > "$1.json"; }\nwrite "$out"', 'metadata_of "$out"',
                                  'cat > "$out.json" <<EOF\n{}\nEOF'])  # fmt: skip
def test_metadata_that_are_written_one_way_or_another_are_not_spoken_of(line: str) -> None:
    assert said(around(f"{LAR} || exit 1", TAIL.replace('touch "$out.json"', line))) == []


@pytest.mark.parametrize("line", ["touch other.json", "# $out.json", 'echo "$out"', "ls *.json"])
def test_metadata_of_something_else_are_not_those_of_the_output(line: str) -> None:
    assert rules(around(f"{LAR} || exit 1", TAIL.replace('touch "$out.json"', line))) == ["metadata"]


def test_each_of_several_outputs_wants_metadata() -> None:
    two = 'lar -c a.fcl -n -1 -o "out1:$out" -o "out2:$second" "$pfn" || exit 1'
    text = around(f"second=y_$pfn.root\n{two}")
    assert [(one.rule, "second" in one.what) for one in lint(text)] == [("metadata", True)]
    assert said(text.replace('touch "$out.json"', 'touch "$out.json" "$second.json"')) == []


def test_a_fixed_name_that_is_changed_later_is_not_spoken_of() -> None:
    lar = 'lar -c a.fcl -n -1 -o reco.root "$pfn" || exit 1'
    assert "output-name" in rules(around(lar))
    assert "output-name" not in rules(around(f'{lar}\nmv reco.root "$out"'))


@pytest.mark.parametrize("options", ['$events_option', '${events:+-n $events}', '"${args[@]}"', "$LAR_OPTIONS", "-n $N",
                                     "-n=100", "--nevts 500", "-n-1"])  # fmt: skip
def test_a_number_of_events_that_is_or_may_be_given_is_not_spoken_of(options: str) -> None:
    assert said(around(f'lar -c reco.fcl {options} -o "$out" "$pfn" || exit 1')) == []


@pytest.mark.parametrize("options", ["", "-c $FCL", '-T "hist_$out"', "--nskip 5"])
def test_a_missing_number_of_events_is_named(options: str) -> None:
    text = around(f'lar -c reco.fcl {options} -o "$out" "$pfn" || exit 1')
    assert "events" in rules(text)


def test_programs_that_are_not_of_art_need_no_number_of_events() -> None:
    assert said(around('edep-sim -o "$out" "$pfn" || exit 1')) == []


def test_an_application_that_nobody_knows_is_what_gets_the_input() -> None:
    text = around('python3 analyse.py --in "$pfn" --out "$out"\necho done', TAIL.replace("exit 0", "exit ${failed:-0}"))
    assert [rule for _line, rule in said(text)] == ["application-exit"]
    assert said(text.replace('"$out"\n', '"$out" || exit 1\n', 1)) == []


def test_words_in_texts_and_comments_are_no_commands() -> None:
    text = around(
        f'{LAR} || exit 1\n# lar -c x.fcl; exit 255; usertests; /nashome/d/dunepro\necho "then lar -c x.fcl; exit 255"\n'
        "echo 'justin-processed-did.txt' > /dev/null\n: <<'NO'\nlar; exit 200\n--scope usertests in /exp/dune/app/users/x\nNO"
    )
    assert [one for one in rules(text) if one != "processed-name"] == []


def test_asking_which_scope_it_is_is_no_scope_in_the_script() -> None:
    assert said(around(f'{LAR} || exit 1\nif [ "$JUSTIN_SCOPE" = "usertests" ]; then echo test; fi')) == []


# --- any text at all ---


@pytest.mark.parametrize("first", ["#!/usr/bin/env python3", "#!/usr/bin/perl", "#!/bin/tcsh"])
def test_of_another_language_only_the_names_are_looked_for(first: str) -> None:
    found = rules(f"{first}\nprint('hello')\n")
    assert set(found) == {"not-shell", "get-file", "processed", "metadata"}
    good = f"{first}\n# justin-get-file\nrun('justin-get-file'); open('justin-processed-dids.txt'); open(out + '.json')\n"
    assert rules(good) == ["not-shell"]


@pytest.mark.parametrize(
    "first", ["#!/bin/sh", "#!/usr/bin/env bash", "#! /bin/bash -x", "#!/usr/bin/env -S bash -e", "#!/bin/dash"]
)
def test_shells_of_every_name_are_read(first: str) -> None:
    assert "not-shell" not in rules(f"{first}\nls\n")


def test_a_long_script_is_read_to_a_point_and_says_so() -> None:
    text = script("reco") + "# " + "x" * MOST_READ + "\n"
    assert rules(text) == ["too-long"]


def test_a_thing_that_is_wrong_a_hundred_times_is_said_a_few_times() -> None:
    assert rules(around("\n".join([LAR] * 45))).count("application-exit") == MOST_OF_A_RULE


HOSTILE = [
    "$(" * 40_000, '"' * 90_001, "<<A\n" * 20_000, "a'" * 40_001, "(((" * 30_000, "x;" * 45_000, "if " * 30_000, "`" * 90_001,
    "${" * 40_000, "lar;" * 22_000, "lar -o $a;a=$a$(justin-get-file)\n" * 2_700, "f(){ lar\n}\nf;" * 6_500,
    "lar|" * 22_000, "lar\nx=$?\n" * 9_000, "justin-processed-" * 5_500, "a=1 " * 22_000, "[ -z $x ] &&" * 7_000,
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=[repr(one[:12]) for one in HOSTILE])
def test_no_text_takes_long(body: str) -> None:
    began = time.process_time()
    lint(f"#!/bin/bash\n{body}")
    assert time.process_time() - began < 8


PARTS = st.sampled_from(
    ["lar -c x", "\n", ";", "&&", "||", "|", "&", "(", ")", "{", "}", "$(", "`", "'", '"', "<<EOF", "EOF", "if ", "then ", "fi",
     "do ", "done", "case ", "esac", "exit $?", "rc=$?", "justin-get-file", "x=$(justin-get-file)", "[ -z $x ]", "#", "\\",
     "f() {", "f", " ", "[[", "]]", "((", "))", ">", "-o a", "${", "$x", "set -e", "é", "\r", "while ", "!"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=60))
def test_whatever_it_is_given_it_answers_with_lines_that_are_there(parts: list[str]) -> None:
    text = "#!/bin/bash\n" + "".join(parts)
    for one in lint(text):
        assert 1 <= one.line <= text.count("\n") + 1
        assert one.rule in RULES
