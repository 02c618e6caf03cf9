"""What may be kept as a version: names that do nothing in a shell or browser, texts, and git references with their commit."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from campaigns.plan.submission import GIT
from campaigns.requests.attachments import safe_name
from portal.errors import Invalid

LARGEST_BYTES = 1_000_000
LONGEST_NAME = 100
LONGEST_REFERENCE = 300
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
COMMIT = re.compile(r"[0-9a-f]{40}")
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
# what is kept cannot be taken out again, and everybody may read it
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{60}")


@dataclass(frozen=True)
class Content:
    """What a version holds: a text, a git reference with its commit, or both."""

    text: str = ""
    git_reference: str = ""
    git_commit: str = ""

    @property
    def sha256(self) -> str:
        """Of the text's bytes, so that anybody can compare it with a file; without text, of reference and commit."""
        told = self.text or f"git {self.git_reference} {self.git_commit}"
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def size_bytes(self) -> int:
        return len(self.text.encode())


def read_upload(file: UploadedFile[Any]) -> str:
    """The text of an uploaded file, as it is. Raises Invalid (field `file`)."""
    if file.size is not None and file.size > LARGEST_BYTES:
        raise Invalid(_too_large(file.size), field="file")
    body = file.read(LARGEST_BYTES + 1)
    if not body:
        raise Invalid("The file is empty. Choose the one that is run.", field="file")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Invalid(NO_TEXT, field="file") from None
    return checked_text(text, field="file")


NO_TEXT = (
    "This is no text. Jobscripts and input files are; put a tar file or a binary into cvmfs, and name it in the jobscript."
)


def checked_text(text: str, *, field: str = "text") -> str:
    """The text, if it may be kept. Raises Invalid."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_BYTES:
        raise Invalid(_too_large(size), field=field)
    if UNSEEN.search(text) or re.search(r"[\ud800-\udfff]", text):
        raise Invalid(NO_TEXT, field=field)
    if not text.strip():
        raise Invalid("There is nothing but blanks in it. Give the text that is run.", field=field)
    if SECRET.search(text):
        raise Invalid(
            "It holds a private key or an access token. Take it out: what is kept here stays, and everybody may read it. "
            "Count the secret as known, and have it replaced.",
            field=field,
        )
    return text


def typed_text(text: str) -> str:
    """What a browser sends of a text field: its line ends are made those of the shell, and the last line gets one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "" if not text.strip() else text if text.endswith("\n") else f"{text}\n"


def checked_name(name: str) -> str:
    """A name as it was typed. Raises Invalid (field `name`)."""
    name = name.strip()
    if not name:
        raise Invalid("Give the file a name, for example reco.jobscript.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"The name has {len(name)} characters; use at most {LONGEST_NAME}.", field="name")
    if not NAME.fullmatch(name):
        raise Invalid(
            "A name has letters, digits, dot, hyphen, plus and underscore, and begins with a letter or digit; no blank, no "
            "folder: reco.jobscript.",
            field="name",
        )
    return name


def name_of_upload(name: str) -> str:
    """The name that an uploaded file gets: its own, without its folder and whatever a shell would take for more."""
    plain = re.sub(r"[^A-Za-z0-9_.+-]+", "_", safe_name(name)).lstrip(".-+")[:LONGEST_NAME]
    return plain or "file"


def checked_git(reference: str, commit: str) -> tuple[str, str]:
    """ORG/REPO/PATH:TAG and the 40 digits of its commit, or two empty texts. Raises Invalid."""
    reference, commit = reference.strip(), commit.strip().lower()
    if not reference and not commit:
        return "", ""
    if not reference:
        raise Invalid("Say which file of which repository this commit is of.", field="git_reference")
    if len(reference) > LONGEST_REFERENCE or not GIT.fullmatch(reference):
        raise Invalid("Write ORG/REPO/PATH:TAG, for example DUNE/prod/hd/reco.jobscript:v1.", field="git_reference")
    if not COMMIT.fullmatch(commit):
        raise Invalid(
            "Give the commit that the tag stands for, all 40 digits: git rev-parse TAG^{commit} says it. A tag can be moved, "
            "a commit cannot.",
            field="git_commit",
        )
    return reference, commit


def _too_large(size: int) -> str:
    return f"It has {size:,} bytes; at most {LARGEST_BYTES:,} are kept. Put large inputs into cvmfs, and keep their list here."
