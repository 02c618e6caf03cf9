"""Words of a POSIX shell: written so that nothing in them acts, and read only where nothing would."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from campaigns.plan.errors import WrongValue

WORKFLOW_ID = "\0workflow_id"  # stands for the id that create-workflow gives; no value can hold a NUL
CAMPAIGN_ID = "\0campaign_id"  # for the one that create-campaign gives
FILLED_IN = {WORKFLOW_ID: '"$workflow_id"', CAMPAIGN_ID: '"$campaign_id"'}
PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
BLANK = re.compile(r"(?:[ \t]|\\\n)+")
# What commands.command_of writes around the commands of a workflow with several stages
ENDS = ("&&", "\n")
OPENS = ("workflow_id=$(", "said=$(")
AROUND = (
    'said=""; ',
    '[ "$workflow_id" -gt 0 ]',
    '[ -z "$said" ]',
    'echo "$workflow_id"',
    '|| { echo "Not submitted. justin said: $workflow_id $said" >&2; false; }',
)


def quoted(words: Iterable[str]) -> str:
    """The words as a command line."""
    return " ".join(FILLED_IN.get(word) or shlex.quote(word) for word in words)


def commands_in(text: str) -> list[list[str]]:
    """The words of each command in a text as `commands.command_of` writes it, or as people do.

    Raises WrongValue for whatever a shell would fill in, run or look up: the words would not be what they seem.
    """
    return [words for words in _Reader(text).read() if words]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.word: str | None = None
        self.is_inside = False  # of a $( … )
        self.commands: list[list[str]] = [[]]

    def read(self) -> list[list[str]]:
        while self.at < len(self.text):
            self._step()
        self._end_word()
        return self.commands

    def _step(self) -> None:
        blank = BLANK.match(self.text, self.at)
        if blank:
            self._end_word()
            self.at = blank.end()
            return
        if self._takes(ENDS):
            self._end_word()
            self.commands.append([])
            return
        if self.word is None and self._takes(('"$workflow_id"',)):
            self.commands[-1].append(WORKFLOW_ID)
            return
        if self.word is None and self._takes(OPENS):
            self.is_inside = True
            return
        if self.is_inside and self._takes((")",)):
            self._end_word()
            self.is_inside = False
            return
        if self.word is None and self._takes(AROUND):
            return
        plain = PLAIN.match(self.text, self.at)
        if plain:
            self._add(plain.group())
            self.at = plain.end()
        else:
            self._quoted(self.text[self.at])

    def _quoted(self, mark: str) -> None:
        if mark == "'":
            end = self.text.find("'", self.at + 1)
            if end < 0:
                raise WrongValue("command", "A single quote is not closed.")
            self._add(self.text[self.at + 1 : end])
            self.at = end + 1
        elif mark == '"':
            self._double_quoted()
        elif mark == "\\" and self.at + 1 < len(self.text):
            self._add(self.text[self.at + 1])
            self.at += 2
        else:
            raise WrongValue("command", f"“{mark}” means something to the shell. Put it in single quotes.")

    def _double_quoted(self) -> None:
        match = re.compile(r'"((?:[^"\\$`]|\\.)*)"', re.DOTALL).match(self.text, self.at)
        if match is None:
            raise WrongValue("command", "A double quote is not closed, or the shell fills in $ or ` in it. Use single quotes.")
        self._add(re.sub(r'\\(["\\$`\n])', lambda escaped: escaped[1].strip("\n"), match[1]))
        self.at = match.end()

    def _takes(self, pieces: tuple[str, ...]) -> bool:
        for piece in pieces:
            if self.text.startswith(piece, self.at):
                self.at += len(piece)
                return True
        return False

    def _add(self, text: str) -> None:
        self.word = (self.word or "") + text

    def _end_word(self) -> None:
        if self.word is not None:
            self.commands[-1].append(self.word)
            self.word = None
