"""A shell script read as far as the linter needs it: its commands in order, each with what stands around it. Pure.

No shell is imitated: variables stay as they are written, and what is inside $(…) stays part of the word that it is in. A script
whose quotes or brackets do not close is read line by line instead, so that there is always something to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

BEFORE_COMMAND = frozenset({"if", "then", "elif", "else", "do", "while", "until", "!", "{", "time"})
LATER = frozenset({"fi", "done", "esac", "}"})
DEEPEST = 100
MOST_ENDLESS = 20  # here-documents without an end, after which none is looked for any more
HEREDOC = re.compile(r"<<(-?)[ \t]*(?:'([A-Za-z_]\w*)'|\"([A-Za-z_]\w*)\"|\\?([A-Za-z_]\w*))")
KEYWORD = re.compile(r"(if|then|elif|else|fi|while|until|for|select|do|done|case|esac|function|!|\{|\}|time)(?=\s|$)")
BLANKS = re.compile(r"\s+")
ASSIGNED = re.compile(r"(?:(?:export|local|readonly|declare(?: -\w+)?|typeset)\s+)*([A-Za-z_]\w*)\+?=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A command, an operator (line break, ; && || | & and brackets) or a keyword. `bare` is the text without what is quoted."""

    kind: str
    text: str
    line: int
    bare: str = ""


@dataclass
class Command:
    """One simple command. `at` is its place among the script's pieces; `loops`: keys of the loops around it."""

    text: str
    bare: str
    line: int
    at: int
    in_condition: bool = False
    loops: tuple[int, ...] = ()
    function: str = ""
    depth: int = 0

    @property
    def words(self) -> list[str]:
        return split_words(self.text)

    @property
    def assigned(self) -> tuple[str, str] | None:
        """(name, value) where it does nothing but set a variable."""
        found = ASSIGNED.fullmatch(self.text)
        if found is None:
            return None
        return (found[1], found[2]) if len(split_words(found[2])) <= 1 or found.start(1) > 0 else None


@dataclass
class Script:
    """The whole script. `bodies` are its here-documents, each with its first line, but for those that only explain
    (: <<EOF); `is_whole`: quotes and brackets close."""

    text: str
    pieces: list[Piece] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    bodies: list[tuple[int, str]] = field(default_factory=list)
    is_whole: bool = True
    of_bodies: list[range] = field(default_factory=list)  # the lines of all here-documents

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def assignments(self) -> Iterator[tuple[Command, str, str]]:
        """Every command that sets a variable, with name and value."""
        for command in self.commands:
            if (found := command.assigned) is not None:
                yield command, *found

    def after(self, command: Command) -> list[Piece]:
        return self.pieces[command.at + 1 :]


def read_script(text: str) -> Script:
    """Read a script. Takes time in proportion to its length, whatever it holds."""
    script = Script(text)
    reader = _Reader(text)
    reader.run()
    script.pieces, script.bodies, script.is_whole = reader.pieces, reader.bodies, reader.is_whole
    script.of_bodies = reader.of_bodies
    if not script.is_whole:
        script.pieces = _by_line(text, {number for lines in script.of_bodies for number in lines})
    script.commands = _commands(script.pieces)
    return script


def split_words(text: str) -> list[str]:
    """The words of a command, quotes and all; blanks within quotes, $(…) and ${…} part no words."""
    words: list[str] = []
    current: list[str] = []
    nested, braces, quote, at = 0, 0, "", 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'" and at + 1 < len(text):
            current.append(text[at : at + 2])
            at += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif text.startswith("${", at):
            braces += 1
        elif char == "}":
            braces = max(0, braces - 1)
        elif char == "(":
            nested += 1
        elif char == ")":
            nested = max(0, nested - 1)
        if char in " \t\n" and not (quote or nested or braces):
            if current:
                words.append("".join(current))
            current = []
        else:
            current.append(char)
        at += 1
    return [*words, "".join(current)] if current else words


class _Reader:
    """One pass over the text with a stack of what is open: ' " ` ( for $(…), { for ${…}, [ for [[…]]."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces: list[Piece] = []
        self.bodies: list[tuple[int, str]] = []
        self.of_bodies: list[range] = []
        self.is_whole = True
        self.is_too_deep = False
        self.n_endless = 0
        self.open: list[str] = []
        self.buffer: list[str] = []
        self.bare: list[str] = []
        self.began = 0
        self.line = 1
        self.pending: list[tuple[str, bool, bool]] = []

    def run(self) -> None:
        at = 0
        while at < len(self.text) and not self.is_too_deep:
            at = self._step(at)
        self._flush()
        self.is_whole = not self.open and not self.is_too_deep

    def _step(self, at: int) -> int:
        """Take what stands at a position; returns where to go on."""
        text, char = self.text, self.text[at]
        inside = self.open[-1] if self.open else ""
        if char == "\n":
            return self._line_break(at, inside)
        if inside == "'":
            return self._keep(at, 1, close=char == "'")
        if char == "\\" and at + 1 < len(text):
            if text[at + 1] == "\n":
                self.line += 1
                self._add(" ", quoted=False)
                return at + 2
            return self._keep(at, 2)
        if char == '"':
            return self._keep(at, 1, close=inside == '"', opens='"')
        if char == "`":
            return self._backtick(at)
        if text.startswith("$(", at):
            return self._keep(at, 2, opens="(")
        if text.startswith("${", at):
            return self._keep(at, 2, opens="{")
        if inside == "{":
            return self._keep(at, 1, close=char == "}")
        if inside == '"':
            return self._keep(at, 1)
        return self._unquoted(at, inside)

    def _unquoted(self, at: int, inside: str) -> int:
        text, char = self.text, self.text[at]
        if char == "'":
            return self._keep(at, 1, opens="'")
        if char == "#" and (at == 0 or text[at - 1] in " \t\n;()|&`"):
            end = text.find("\n", at)
            return len(text) if end < 0 else end
        if char == "<" and (found := HEREDOC.match(text, at)) and text[at - 1 : at] != "<" and "((" not in self._so_far():
            is_comment = self._so_far().strip() == ":"
            self.pending.append((found[2] or found[3] or found[4], found[1] == "-", is_comment))
            return self._keep(at, found.end() - at)
        if inside == "[":
            return self._keep(at, 2, close=True) if text.startswith("]]", at) else self._keep(at, 1)
        if inside in ("(", "`"):
            return self._keep(at, 1, close=inside == "(" and char == ")", opens="(" if char == "(" else "")
        return self._top(at)

    def _top(self, at: int) -> int:
        """Outside of everything: here operators part commands."""
        text, char = self.text, self.text[at]
        two = text[at : at + 2]
        if two in ("((", "[[") and self._begins_command():
            return self._keep(at, 1, opens="(") if char == "(" else self._keep(at, 2, opens="[")
        if char == "(" and text[at - 1 : at] in ("<", ">", "="):
            return self._keep(at, 1, opens="(")  # <(…), and an array
        if two in ("&&", "||", ";;"):
            return self._operator(two, at)
        is_redirection = (at > 0 and text[at - 1] in "<>") or text[at + 1 : at + 2] == ">"
        if (char == "&" and is_redirection) or (char == "|" and at > 0 and text[at - 1] == ">"):
            return self._keep(at, 1)
        if two == "|&":
            return self._operator("|", at, 2)
        if char in ";|&()":
            return self._operator(char, at, 1)
        return self._keep(at, 1)

    def _begins_command(self) -> bool:
        begun = self._so_far().split()
        return not begun or begun[-1] in BEFORE_COMMAND

    def _so_far(self) -> str:
        return "".join(self.buffer[-200:])

    def _add(self, part: str, *, quoted: bool) -> None:
        if not self.buffer:
            self.began = self.line
        self.buffer.append(part)
        self.bare.append(" " * len(part) if quoted else part)

    def _keep(self, at: int, n: int, *, close: bool = False, opens: str = "") -> int:
        quoted = any(one in "'\"" for one in self.open)
        self._add(self.text[at : at + n], quoted=quoted)
        if close:
            self.open.pop()
        elif opens:
            self.open.append(opens)
            if len(self.open) > DEEPEST:
                self.is_too_deep = True
        return at + n

    def _backtick(self, at: int) -> int:
        if "`" in self.open:
            self._keep(at, 1)
            while self.open.pop() != "`":
                pass
            return at + 1
        return self._keep(at, 1, opens="`")

    def _operator(self, text: str, at: int, n: int = 2) -> int:
        self._flush()
        self.pieces.append(Piece("operator", text, self.line))
        return at + n

    def _line_break(self, at: int, inside: str) -> int:
        self.line += 1
        if inside:
            self._add("\n", quoted=True)
        else:
            self._flush()
            self.pieces.append(Piece("operator", "\n", self.line - 1))
        at += 1
        if self.pending and inside not in ("'", '"', "{"):
            at = self._bodies(at)
        return at

    def _bodies(self, at: int) -> int:
        """Take the here-documents that were announced on the line before."""
        pending, self.pending = self.pending, []
        for word, may_be_indented, is_comment in pending[: MOST_ENDLESS - self.n_endless]:
            indent = r"\t*" if may_be_indented else ""
            found = re.compile(rf"^{indent}{re.escape(word)}[ \t]*$", re.MULTILINE).search(self.text, at)
            if found is None:  # it never ends; perhaps it was none
                self.n_endless += 1
                continue
            body = self.text[at : found.start()]
            if not is_comment:
                self.bodies.append((self.line, body))
            self.of_bodies.append(range(self.line, self.line + body.count("\n") + 1))
            self.line += body.count("\n") + 1
            at = min(found.end() + 1, len(self.text))
        return at

    def _flush(self) -> None:
        text, bare = "".join(self.buffer), "".join(self.bare)
        self.buffer, self.bare = [], []
        self.pieces += _parted(text, bare, self.began)


def _parted(text: str, bare: str, line: int) -> Iterator[Piece]:
    """The keywords before a command, then the command itself."""
    at = 0
    while True:
        begins = BLANKS.match(text, at)
        end = begins.end() if begins else at
        line += text.count("\n", at, end)
        at = end
        found = KEYWORD.match(text, at)
        if found is None:
            break
        yield Piece("keyword", found[1], line)
        at = found.end()
    if at < len(text):
        yield Piece("command", text[at:].rstrip(), line, bare[at:].rstrip())


def _by_line(text: str, left_out: set[int]) -> list[Piece]:
    """Each line for itself, for a script that cannot be read as a whole."""
    pieces: list[Piece] = []
    for number, line in enumerate(text.split("\n"), start=1):
        code = "" if number in left_out else re.sub(r"(^|\s)#.*", "", line)
        for part in re.split(r"(&&|\|\||;;|[;|])", code):
            if part in ("&&", "||", ";;", ";", "|"):
                pieces.append(Piece("operator", part, number))
            else:
                pieces += _parted(part, part, number)
        pieces.append(Piece("operator", "\n", number))
    return pieces


@dataclass
class _Around:
    """What is open around a command: if, loop, case, { or (."""

    kind: str
    key: int
    function: str = ""
    in_condition: bool = False


def _commands(pieces: list[Piece]) -> list[Command]:
    found: list[Command] = []
    around: list[_Around] = []
    function = ""
    for at, piece in enumerate(pieces):
        del around[DEEPEST:]
        if piece.kind == "keyword":
            function = _keyword(piece.text, around, at, function)
        elif piece.kind == "operator":
            if piece.text == "(":
                named = found[-1] if found and found[-1].at == at - 1 and re.fullmatch(r"[\w.-]+", found[-1].text) else None
                closes = at + 1 < len(pieces) and pieces[at + 1].text == ")"
                if named is not None and closes:
                    function = found.pop().text
                    continue
                around.append(_Around("(", at))
            elif piece.text == ")" and around and around[-1].kind == "(":
                around.pop()
        else:
            found.append(
                Command(
                    piece.text, piece.bare, piece.line, at,
                    in_condition=bool(around) and around[-1].in_condition,
                    loops=tuple(one.key for one in around if one.kind == "loop"),
                    function=next((one.function for one in reversed(around) if one.function), ""),
                    depth=len(around),
                )
            )  # fmt: skip
            if at and pieces[at - 1].text == "function":
                head = found.pop().text
                function = head.split()[0].removesuffix("()")
                if head.endswith("{"):
                    around.append(_Around("{", at, function))
                    function = ""
    return found


def _keyword(word: str, around: list[_Around], at: int, function: str) -> str:
    """Open or close what a keyword opens or closes; returns the name of a function whose body is still to come."""
    if word in ("if", "while", "until"):
        around.append(_Around("if" if word == "if" else "loop", at, in_condition=True))
    elif word in ("for", "select"):
        around.append(_Around("loop", at))
    elif word == "case":
        around.append(_Around("case", at))
    elif word == "{":
        around.append(_Around("{", at, function))
        return ""
    elif word in ("then", "else", "do") and around:
        around[-1].in_condition = False
    elif word == "elif" and around:
        around[-1].in_condition = True
    elif word in LATER and around:
        around.pop()
    return function
