"""Outputs: their metadata, their names, and how many events are in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.jobscripts.findings import Finding
from campaigns.jobscripts.reading import OF_ART, Reading, name_of, names_in, program_of
from campaigns.jobscripts.shell import Command, split_words

FEWEST_EVENTS = 10
OUTPUT = ("-o", "--output")
HISTOGRAMS = ("-T", "--TFileName")
# options of lar that take a value, which therefore is no option itself
TAKE_VALUE = frozenset(
    "-c --config -s --source -S --source-list -e --estart --nskip --skip -o --output -T --TFileName --tmpdir --trace --memdb "
    "--timing-db --sam-inrun --process-name --sam-web-uri --sam-process-id".split()
)
EVENTS = re.compile(r"ev(?:en)?t|nev|n_?max|number", re.IGNORECASE)
AT_FREE = re.compile(r"//@|/@/|\bsed\b|\btr\b")
JOB_ID = re.compile(r"\$\{?JUSTIN_JOBSUB_ID\}?")


@dataclass(frozen=True)
class _Output:
    """An output of an application: how its name is written, and the variable that holds it."""

    run: Command
    written: str
    variable: str = ""


def rules_output(reading: Reading) -> Iterator[Finding]:
    outputs = [one for run in reading.runs for one in _outputs(run)]
    yield from _metadata(reading, outputs)
    seen: set[str] = set()
    for one in outputs:
        if one.written not in seen:
            seen.add(one.written)
            yield from _named(reading, one)
    yield from _job_ids(reading, outputs)
    for run in reading.runs:
        if program_of(run) in OF_ART:
            yield from _events(reading, run)


def _outputs(run: Command) -> list[_Output]:
    """Of options -o; of -T only where there is no other."""
    found = _values_of(run, OUTPUT) or _values_of(run, HISTOGRAMS)
    return [_Output(run, text, _variable(text)) for text in found if text and not text.startswith("/dev/")]


def _values_of(run: Command, options: tuple[str, ...]) -> list[str]:
    words, found = split_words(run.text), []
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in options and equals:
            found.append(value)
        elif word in options and at + 1 < len(words):
            found.append(words[at + 1])
    return [re.sub(r"^\w+:", "", value.strip("\"'")) for value in found]


def _variable(text: str) -> str:
    found = re.fullmatch(r"\$\{?([A-Za-z_]\w*)\}?", text)
    return found[1] if found else ""


# --- metadata ---


def _metadata(reading: Reading, outputs: list[_Output]) -> Iterator[Finding]:
    everything = reading.everything
    if not outputs:
        if not re.search(r"\.json\b|metadata", everything, re.IGNORECASE):
            line = reading.runs[0].line if reading.runs else 1
            yield Finding(line, "metadata", "No file of metadata is written.")
        return
    said: set[str] = set()
    for one in outputs:
        if one.written in said or _has_metadata(reading, one, everything):
            continue
        said.add(one.written)
        misnamed = _misnamed(reading, one)
        if misnamed is not None:
            yield Finding(misnamed.line, "metadata-name", f"The metadata of {one.written[:60]} get a name without its ending.")
        else:
            yield Finding(one.run.line, "metadata", f"No file of metadata is written for {one.written[:60]}.")


def _has_metadata(reading: Reading, one: _Output, everything: str) -> bool:
    if one.variable:
        name = one.variable
        if re.search(rf"\$\{{?{name}\}}?[\"']?\.json\b", everything):
            return True
    elif f"{one.written}.json" in everything.replace('"', "").replace("'", ""):
        return True
    looped = {"1", "f", "file", "root", "out", "output"} | _loop_variables(reading)
    general = any(re.search(rf"\$\{{?{re.escape(name)}\}}?[\"']?\.json\b", everything) for name in looped)
    if general and (_goes_over_files(reading) or _is_handed_on(reading, one)):
        return True
    return any(
        re.search(r"meta|json|extractor", command.text, re.IGNORECASE) and _names(command, one)
        for command in reading.commands
        if command not in reading.runs
        and name_of(command) not in ("echo", "printf", "ls", "rm")
        and not _cuts(command.text, one)
    )


def _loop_variables(reading: Reading) -> set[str]:
    return {words[0] for one in reading.commands if (words := split_words(one.text)[:2])[1:] == ["in"]}


def _goes_over_files(reading: Reading) -> bool:
    return any(re.match(r"\w+\s+in\s", one.text) and re.search(r"\*|root|out", one.text) for one in reading.commands)


def _is_handed_on(reading: Reading, one: _Output) -> bool:
    """Whether a function or program gets the output as its argument."""
    return any(
        _names(command, one)
        for command in reading.commands
        if command not in reading.runs and command.assigned is None and name_of(command) not in ("echo", "ls", "rm", "mv")
    )


def _names(command: Command, one: _Output) -> bool:
    return one.variable in names_in(command.text) if one.variable else one.written in command.text


def _cuts(text: str, one: _Output) -> bool:
    """Whether the output's name loses its ending there: ${out%.root}.json, ${out/.root/.json}, basename $out .root."""
    name = re.escape(one.variable)
    return bool(
        one.variable
        and (
            re.search(rf"\$\{{{name}%+[^}}]*\}}[\"']?\.json", text)
            or re.search(rf"\$\{{{name}/[^}}]*json[^}}]*\}}", text)
            or re.search(rf"basename\s+[\"']?\$\{{?{name}\}}?[\"']?\s+\.root[^.]*\.json", text)
        )
    )


def _misnamed(reading: Reading, one: _Output) -> Command | None:
    return next((command for command in reading.commands if _cuts(command.text, one)), None)


# --- names ---


def _named(reading: Reading, one: _Output) -> Iterator[Finding]:
    values = reading.values.get(one.variable, []) if one.variable else [(one.run, one.written)]
    for command, value in values:
        plain = value.strip("\"'")
        is_fixed = "$" not in plain and "`" not in plain and bool(plain)
        if is_fixed and not _is_renamed(reading, one):
            yield Finding(command.line, "output-name", f"Every job would write {plain[:60]}.")
            return
        rest = re.sub(r"\$\([^)]*\)|`[^`]*`|\$\{[^}]*\}|\$\w+", "", plain)
        odd = sorted({char for char in rest if not re.match(r"[A-Za-z0-9_./-]", char)})
        if odd and not is_fixed and not re.search(r"[\s()|]", rest):
            yield Finding(command.line, "output-characters", f"The name {plain[:60]} has “{''.join(odd)[:10]}” in it.")
            return
        if (clock := _clock_in(reading, plain)) is not None:
            yield Finding(clock.line, "output-characters", "The time that goes into an output’s name has a colon.")
            return


def _is_renamed(reading: Reading, one: _Output) -> bool:
    return any(name_of(command) in ("mv", "cp", "rename") and _names(command, one) for command in reading.commands)


def _clock_in(reading: Reading, text: str) -> Command | None:
    """Where a time with colons is taken that the text names."""
    with_colon = re.compile(r"\bdate\b[^|)`]*(?:%T|%H:%M|-I(?:s|m|h)|--iso|--rfc|%R)")
    for name in names_in(text):
        for command, value in reading.values.get(name, []):
            if with_colon.search(value) and not re.search(r"\btr\b|\bsed\b", value):
                return command
    return None


def _job_ids(reading: Reading, outputs: list[_Output]) -> Iterator[Finding]:
    """A job's id, with its @, in the name of a file."""
    of_outputs = {one.variable for one in outputs if one.variable}
    for command in reading.commands:
        if not JOB_ID.search(command.text) or AT_FREE.search(command.text):
            continue
        assigned = command.assigned
        to_output = assigned is not None and assigned[0] in of_outputs
        in_file = re.search(r"JUSTIN_JOBSUB_ID\}?[\w.-]*\.(?:root|tgz|tar|gz|h5|hdf5|json|log|txt|out)\b", command.text)
        if (
            to_output
            or in_file
            or (command in reading.runs and any(JOB_ID.search(text) for text in _values_of(command, OUTPUT)))
        ):
            yield Finding(command.line, "output-characters", "The job’s id goes into the name of a file as it is, with its @.")
            return


# --- events ---


def _events(reading: Reading, run: Command) -> Iterator[Finding]:
    words = split_words(run.text)
    at = next((n for n, word in enumerate(words) if re.match(r"(?:-n|--nevts)(?:=|\d|-|$)", word)), None)
    if at is None:
        if _may_hold_it(reading, words):
            return
        yield Finding(run.line, "events", f"{program_of(run)} runs without a number of events (-n).")
        return
    value = (
        words[at].partition("=")[2]
        or re.sub(r"^(?:-n|--nevts)", "", words[at])
        or (words[at + 1] if at + 1 < len(words) else "")
    )
    yield from _few(reading, run, value.strip("\"'"))


def _may_hold_it(reading: Reading, words: list[str]) -> bool:
    """Whether some word is a variable that may hold the option: options in a variable or an array."""
    previous = ""
    for word in words[1:]:
        is_value = previous in TAKE_VALUE
        previous = word
        plain = word.strip("\"'")
        if is_value or not plain.startswith("$"):
            continue
        names = names_in(plain)
        if EVENTS.search(plain) or "[@]" in plain or "[*]" in plain:
            return True
        if not names & reading.inputs and not any(name in ("1", "2", "3") for name in names):
            return True
        if any("-n" in value for name in names for _command, value in reading.values.get(name, [])):
            return True
    return False


def _few(reading: Reading, run: Command, value: str) -> Iterator[Finding]:
    if re.fullmatch(r"\d{1,9}", value):
        if int(value) <= FEWEST_EVENTS:
            yield Finding(
                run.line, "events-few", f"{program_of(run)} stops after {int(value)} event{'' if value == '1' else 's'}."
            )
        return
    name = _variable(re.sub(r"^\$\{([A-Za-z_]\w*):?[-=].*\}$", r"$\1", value))
    given = [(run, value)] if re.match(r"\$\{\w+:?[-=]", value) else []
    for command, one in [*given, *reading.values.get(name, [])]:
        found = re.fullmatch(r"[\"']?(?:\$\{\w+:?[-=])?[\"']?(\d{1,9})[\"']?\}?[\"']?", one)
        if found and int(found[1]) <= FEWEST_EVENTS:
            yield Finding(command.line, "events-few", f"{name} is {int(found[1])} unless somebody says otherwise.")
            return
