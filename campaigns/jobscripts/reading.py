"""What a jobscript does, as far as its text tells: where it asks for inputs, what it runs, what it writes. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from campaigns.jobscripts.shell import Command, Script, read_script, split_words

GET_FILE = "justin-get-file"
MOST_COMMANDS = 5_000  # that are looked at, so that no text takes long
MOST_LOOKED_AT = 50  # applications, and questions for inputs
MOST_CALLS = 4  # of one function
MOST_VALUES = 20  # of one variable
APPLICATIONS = frozenset(
    "lar art edep-sim larnd-sim simulate_pixels.py gevgen gevgen_fnal makeCAF h5flow gallery root wire-cell apptainer "
    "singularity".split()
)
OF_ART = frozenset({"lar", "art"})
BEFORE = frozenset("time nice nohup command exec env stdbuf eval sudo".split())
# commands that look at an input's name and do nothing with the input
ASIDE = frozenset(
    "echo printf cut awk sed tr basename dirname grep egrep test [ [[ ls cat tee export local declare readonly read set shift "
    "rm mv cp touch date wc head tail true false : return exit break continue if source . setup unset trap cd mkdir tar gzip "
    "metacat xrdcp xrdfs ifdh sleep dirs id env printenv hostname let case for ((".split()
)
VARIABLE = re.compile(r"\$\{?#?!?([A-Za-z_]\w*|[0-9#@*])")
ENV_BEFORE = re.compile(r"(?:[A-Za-z_]\w*=(?:\"[^\"]*\"|'[^']*'|\S*)\s+)+")


@dataclass
class Reading:
    """A jobscript with what its rules ask again and again.

    `asks`: commands that call justin-get-file. `inputs`: variables that hold what it answered, or a part of it. `runs`: the
    applications. `values`: every value that a variable is given, by its name.
    """

    script: Script
    asks: list[Command] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)
    runs: list[Command] = field(default_factory=list)
    values: dict[str, list[tuple[Command, str]]] = field(default_factory=dict)

    @property
    def commands(self) -> list[Command]:
        return self.script.commands

    @cached_property
    def everything(self) -> str:
        """All that is not a comment, here-documents too."""
        return "\n".join([one.text for one in self.commands] + [body for _line, body in self.script.bodies])

    @cached_property
    def by_name(self) -> dict[str, list[Command]]:
        found: dict[str, list[Command]] = defaultdict(list)
        for one in self.commands:
            found[name_of(one)].append(one)
        return found

    def calls_of(self, function: str) -> list[Command]:
        """Where a function of the script is called, the first few."""
        return [one for one in self.by_name.get(function, [])[:MOST_CALLS] if one.function != function]


def read(text: str) -> Reading:
    script = read_script(text)
    script.commands = script.commands[:MOST_COMMANDS]
    reading = Reading(script)
    values: dict[str, list[tuple[Command, str]]] = defaultdict(list)
    for command, name, value in script.assignments():
        if len(values[name]) < MOST_VALUES:
            values[name].append((command, value))
    reading.values = dict(values)
    reading.asks = [one for one in script.commands if GET_FILE in one.text and name_of(one) not in ("echo", "printf", "which")]
    reading.asks = reading.asks[:MOST_LOOKED_AT]
    reading.inputs = _inputs(reading)
    known = [one for one in script.commands if program_of(one) in APPLICATIONS and not _asks_version(one)]
    reading.runs = (known or [one for one in script.commands if _works_on_input(one, reading.inputs)])[:MOST_LOOKED_AT]
    return reading


def name_of(command: Command) -> str:
    """The first word without quotes."""
    words = split_words(command.text[:2_000])
    return words[0].strip("\"'") if words else ""


def program_of(command: Command) -> str:
    """The program that is run, without its folder and without what is said before it: VAR=…, time, nice, timeout 10h."""
    text = ENV_BEFORE.sub("", command.text[:2_000], count=1) if "=" in command.text[:200] else command.text[:2_000]
    words = [word.strip("\"'") for word in split_words(text)]
    at = 0
    while at < len(words):
        name = words[at].rsplit("/", 1)[-1]
        if name == "timeout":
            at += 1
            while at < len(words) and words[at].startswith("-"):
                at += 2 if words[at] in ("-k", "-s") else 1
            at += 1
        elif name in BEFORE:
            at += 1
            while at < len(words) and (words[at].startswith("-") or re.match(r"[A-Za-z_]\w*=", words[at])):
                at += 1
        else:
            return name
    return ""


def names_in(text: str) -> set[str]:
    """The variables that a text names."""
    return {found[1] for found in VARIABLE.finditer(text)}


def _asks_version(command: Command) -> bool:
    return bool(re.search(r"\s(?:--help|-h|--version)(?:\s|$)", command.bare))


def _inputs(reading: Reading) -> set[str]:
    """Variables that hold the answer of justin-get-file, and those that are made of them."""
    found: set[str] = set()
    for ask in reading.asks:
        found |= _holds(ask)
    for _turn in range(5):
        before = len(found)
        for name, values in reading.values.items():
            if name not in found and any(names_in(value) & found for _command, value in values):
                found.add(name)
        for command in reading.commands:
            name = name_of(command)
            if name == "read" and names_in(command.text) & found:
                found |= _read_into(command)
            elif name == "set" and re.match(r"set\s+--", command.text) and names_in(command.text) & found:
                found |= {"1", "2", "3", "#", "@"}
        if len(found) == before:
            break
    return found


def _holds(ask: Command) -> set[str]:
    if (assigned := ask.assigned) is not None:
        return {assigned[0]}
    return _read_into(ask) if name_of(ask) == "read" else set()


def _read_into(command: Command) -> set[str]:
    words = split_words(command.text.partition("<")[0])[1:]
    return {word for word in words if re.fullmatch(r"[A-Za-z_]\w*", word)}


def _works_on_input(command: Command, inputs: set[str]) -> bool:
    """Where no known application is run: what gets the input as its argument."""
    if command.assigned is not None or GET_FILE in command.text:
        return False
    program = program_of(command)
    return bool(program) and program not in ASIDE and bool(names_in(command.text) & inputs)
