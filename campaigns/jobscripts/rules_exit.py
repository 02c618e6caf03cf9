"""Is the application's exit code looked at, and does the script end with a code that justIN keeps? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from campaigns.jobscripts.findings import Finding
from campaigns.jobscripts.reading import Reading, name_of, names_in, program_of
from campaigns.jobscripts.shell import Command, Piece

LARGEST_CODE = 127
LAST_CODE = re.compile(r"\$\?|\$\{\?\}|\$\{?PIPESTATUS")
ONLY_REDIRECTS = re.compile(r"(?:\d*|&)[<>].*", re.DOTALL)
SMALLER = re.compile(r"(?:-gt|-ge|>=?)\s*[\"']?12[78]\b|%\s*12[78]|&\s*127|12[78]\s*<=?")
DECIDING = re.compile(r"^(?:\[\[?|test|case|exit|return|\(\(|let|if)(?:\s|\(|$)")


@dataclass(frozen=True)
class _Fate:
    """What becomes of a command's exit code: `how` is tested, kept, trapped, exit, errexit, last, unseen,
    overtaken, pipe or background."""

    how: str
    by: Command | None = None
    name: str = ""


def rules_exit(reading: Reading) -> Iterator[Finding]:
    fates = [(run, fate) for run in reading.runs for fate in _fates(run, reading, 0)]
    for run, fate in fates:
        yield from _application(run, fate, reading)
    yield from _literals(reading)
    yield from _always_zero(reading, fates)


def _application(run: Command, fate: _Fate, reading: Reading) -> Iterator[Finding]:
    program = program_of(run)
    match fate.how:
        case "background":
            yield Finding(run.line, "application-exit", f"{program} runs in the background, where its exit code is lost.")
        case "pipe":
            yield Finding(
                run.line,
                "application-exit",
                f"{program} is followed by a pipe: $? is the code of what comes last in it. Write set -o pipefail before, or "
                "use ${PIPESTATUS[0]}.",
            )
        case "overtaken":
            by = name_of(fate.by) if fate.by else "another command"
            yield Finding(
                run.line, "application-exit", f"$? is read after {by} has run, whose code it is, not that of {program}."
            )
        case "unseen":
            yield Finding(run.line, "application-exit", f"Nothing looks at the exit code of {program}.")
        case "kept" if not _is_used(fate.name, reading):
            line = fate.by.line if fate.by else run.line
            yield Finding(
                line, "application-exit", f"The exit code of {program} is kept in {fate.name}, and nothing decides by it."
            )
        case "kept":
            yield from _passed_on(fate.name, program, reading)
        case "exit":
            line = fate.by.line if fate.by else run.line
            yield Finding(line, "exit-range", f"The script ends with the code of {program} as it is, that of a crash too.")
        case "errexit":
            yield Finding(run.line, "exit-range", f"By set -e the script ends with the code of {program} as it is.")
        case "last":
            yield Finding(run.line, "exit-range", f"{program} is the last command: the script ends with its code as it is.")


def _fates(run: Command, reading: Reading, depth: int) -> list[_Fate]:
    """What becomes of the exit code of a command; of the last of a function, at each call of it."""
    if run.in_condition and _decides(run, reading):
        return [_Fate("tested")]
    pieces, commands = reading.script.after(run), reading.commands
    ends_function, at = False, 0
    while at < len(pieces):
        piece = pieces[at]
        if piece.kind == "operator" and piece.text in ("&&", "||"):
            then = next((one for one in commands if one.at > run.at + at), None)
            if piece.text == "||" and then is not None and then.assigned and LAST_CODE.search(then.text):
                return [_Fate("kept", then, then.assigned[0])]
            return [_Fate("tested")]
        if piece.kind == "operator" and piece.text == "&":
            return [_Fate("background")]
        if piece.kind == "operator" and piece.text == "|":
            return [_of_pipe(run, pieces[at:], reading)]
        if piece.kind == "keyword" and piece.text == "}" and run.function:
            ends_function = True
        elif piece.kind == "keyword" and piece.text in ("done", "fi", "else", "elif", "esac"):
            pass
        elif piece.kind == "command" and not ONLY_REDIRECTS.fullmatch(piece.text):
            break
        at += 1
    if ends_function and depth < 3:
        calls = reading.calls_of(run.function)
        return [fate for call in calls for fate in _fates(call, reading, depth + 1)]
    following = next((one for one in commands if one.at == run.at + 1 + at), None)
    if following is None:
        return [_Fate("last") if program_of(run) != "exec" else _Fate("exit")]
    return [_by_next(run, following, reading, depth)]


def _decides(run: Command, reading: Reading) -> bool:
    """Whether a command between if (or while) and then (or do) is the one that decides: the last of them."""
    for piece in reading.script.pieces[run.at + 1 : run.at + 50]:
        if piece.kind == "keyword":
            return piece.text in ("then", "do")
        if piece.kind == "command" and not ONLY_REDIRECTS.fullmatch(piece.text):
            return False
        if piece.text not in ("\n", ";", "(", ")"):
            return False
    return True


def _by_next(run: Command, following: Command, reading: Reading, depth: int) -> _Fate:
    if LAST_CODE.search(following.text):
        assigned = following.assigned
        if assigned is not None:
            return _Fate("kept", following, assigned[0])
        if name_of(following) == "exit":
            return _Fate("exit", following)
        if name_of(following) == "return" and run.function and depth < 3:
            fates = [fate for call in reading.calls_of(run.function) for fate in _fates(call, reading, depth + 1)]
            return fates[0] if fates else _Fate("tested")
        if following.in_condition or DECIDING.match(following.text):
            return _Fate("tested")
        if name_of(following) not in ("echo", "printf"):
            return _Fate("tested")  # a function gets it as its argument
    if _has_option(reading, run, "e"):
        return _Fate("errexit")
    if any(one.text.startswith("trap ") and re.search(r"\bERR\b", one.text) and one.at < run.at for one in reading.commands):
        return _Fate("trapped")
    later = [one for one in reading.commands if one.at > following.at][:2]
    if any(LAST_CODE.search(one.text) for one in later):
        return _Fate("overtaken", following)
    return _Fate("unseen")


def _of_pipe(run: Command, pieces: Sequence[Piece], reading: Reading) -> _Fate:
    """An application whose output goes through a pipe, for example into tee."""
    last = next(
        (n for n, piece in enumerate(pieces) if piece.kind == "operator" and piece.text in ("\n", ";", "&&", "||")), None
    )
    end = run.at + 1 + (last if last is not None else len(pieces))
    if _has_option(reading, run, "pipefail"):
        in_pipe = [one for one in reading.commands if run.at < one.at < end]
        fates = _fates(in_pipe[-1], reading, 2) if in_pipe else []
        return fates[0] if fates else _Fate("unseen")
    following = next((one for one in reading.commands if one.at > end), None)
    if following is not None and "PIPESTATUS" in following.text:
        assigned = following.assigned
        return _Fate("kept", following, assigned[0]) if assigned else _Fate("tested")
    return _Fate("pipe")


def _has_option(reading: Reading, run: Command, option: str) -> bool:
    """Whether `set` has switched it on before the command (and not off again), or the first line has."""
    is_on = option == "e" and bool(re.match(r"#!\s*\S+(?:\s+\S+)*?\s+-\w*e", reading.script.lines[0]))
    named = {"e": r"(?:-\w*e\w*|-o\s+errexit|-\w*o\s+errexit)", "pipefail": r"-\w*o\s+pipefail"}[option]
    unnamed = {"e": r"\+\w*e\w*|\+o\s+errexit", "pipefail": r"\+o\s+pipefail"}[option]
    for command in reading.commands:
        if command.at >= run.at:
            break
        if name_of(command) == "set":
            if re.search(rf"\s(?:{unnamed})(?:\s|$)", command.text):
                is_on = False
            elif re.search(rf"\s(?:{named})(?:\s|$)", command.text):
                is_on = True
    return is_on


def _is_used(name: str, reading: Reading) -> bool:
    """Whether something decides by a variable: a test, an exit, or another variable that is used so."""
    for one in reading.commands:
        if name not in names_in(one.text) and not re.search(rf"\(\(.*\b{re.escape(name)}\b", one.text):
            continue
        if one.in_condition or DECIDING.match(one.text) or name_of(one) not in ("echo", "printf"):
            return True
    return False


def _passed_on(name: str, program: str, reading: Reading) -> Iterator[Finding]:
    """The code of an application that becomes that of the script, with nothing between that makes it smaller."""
    names = {name}
    for _turn in range(3):
        for other, values in reading.values.items():
            if any(re.fullmatch(rf"[\"']?\$\{{?(?:{'|'.join(names)})\}}?[\"']?", value) for _command, value in values):
                names.add(other)
    about = re.compile(rf"\b(?:{'|'.join(names)})\b")
    if any(about.search(one.text) and SMALLER.search(one.text) for one in reading.commands):
        return
    for one in reading.commands:
        if re.fullmatch(rf"exit\s+[\"']?\$\{{?(?:{'|'.join(names)})\}}?[\"']?", one.text):
            yield Finding(one.line, "exit-range", f"The script ends with the code of {program} as it is, that of a crash too.")
            return


def _literals(reading: Reading) -> Iterator[Finding]:
    """Codes that are written out."""
    ends = {name for one in reading.commands if name_of(one) == "exit" for name in names_in(one.text)}
    for one in reading.commands:
        found = re.fullmatch(r"exit\s+[\"']?(-?\d{1,9})[\"']?", one.text)
        if found and not 0 <= int(found[1]) <= LARGEST_CODE:
            yield Finding(one.line, "exit-range", f"It ends with {found[1]}.")
    for name in sorted(ends & set(reading.values)):
        for command, value in reading.values[name]:
            found = re.fullmatch(r"[\"']?(-?\d{1,9})[\"']?", value)
            if found and not 0 <= int(found[1]) <= LARGEST_CODE:
                yield Finding(command.line, "exit-range", f"It ends with {name}, which is {found[1]} here.")


def _always_zero(reading: Reading, fates: Sequence[tuple[Command, _Fate]]) -> Iterator[Finding]:
    """The application's code is looked at, and yet nothing ends with another code than 0."""
    if not fates or any(fate.how not in ("tested", "kept") for _run, fate in fates):
        return  # said already, or the code is passed on
    if any(fate.how == "kept" and not _is_used(fate.name, reading) for _run, fate in fates):
        return
    exits = [one for one in reading.commands if name_of(one) in ("exit", "return", "exec", "kill", "die", "fail")]
    if any(_may_fail(one) for one in exits) or _has_option(reading, reading.commands[-1], "e"):
        return
    last = reading.commands[-1]
    if not exits or exits[-1] is not last:
        if name_of(last) in ("false", "[", "[[", "test") or last.text.startswith("(("):
            return
        if any(name not in ("echo", "printf") and reading.calls_of(name) for name in [name_of(last)]):
            return
    line = (exits[-1] if exits else last).line
    yield Finding(line, "exit-always-zero", "However the application ends, the script ends with 0.")


def _may_fail(command: Command) -> bool:
    words = command.words[1:]
    return name_of(command) not in ("exit", "return") or (bool(words) and words[0].strip("\"'") != "0")
