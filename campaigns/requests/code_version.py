"""Item 1: is this a tagged version of an official repository? Pure.

DUNE's LArSoft packages tag like v10_12_01d00; other packages of the organisation like v1.2.0 or 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

from campaigns.requests.reading import Code, Notes

ORGANISATION = "DUNE"
EXAMPLE = "v10_12_01d00"
LARSOFT_STYLE = re.compile(r"v[0-9]{2}_[0-9]{2}_[0-9]{2}(_[0-9]{2})?(d[0-9]{2})?(_?rc[0-9]+)?")
OTHER_STYLE = re.compile(r"[A-Za-z0-9]*?v?[0-9]+([._][0-9]+)+([._-]?(rc|beta|alpha|d|p)?[0-9]*)?[a-z]?", re.IGNORECASE)
LARSOFT_PACKAGES = re.compile(
    r"(dune(sw|core|reco|sim|ana|opdet|dataprep|prototypes|calib|util|examples)|protoduneana|larsoft)"
)
BRANCHES = re.compile(
    r"(develop|development|main|master|head|latest|trunk|nightly|current|stable|test|production|default)"
    r"|(feature|hotfix|release|bugfix|fix|origin|users?|refs)[/_].*",
    re.IGNORECASE,
)
COMMIT = re.compile(r"[0-9a-f]{7,40}", re.IGNORECASE)


class Official(Protocol):
    """A row of the list of official repositories."""

    name: str
    package: str


def read_code(notes: Notes, row: dict[str, Any], repositories: Sequence[Official] | None) -> Code:
    """Package, tag and official repository; None for `repositories` leaves out the look into the list."""
    package, tag = row["package"].strip(), row["tag"].strip()
    repository = repository_name(row["repository"])
    nothing = not (package or tag or repository)
    if not package:
        notes.need("code.package", "Name the package, for example dunesw.", "none yet" if nothing else "package missing")
    elif not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,49}", package):
        notes.error(
            "code.package", f"“{package[:50]}” is not a package's name. Give the name alone, for example dunesw.", "package"
        )
    if not tag:
        notes.need("code.tag", f"Give a tagged version such as {EXAMPLE}.", "none yet" if nothing else "tag missing")
    elif why := why_not_a_tag(tag, package):
        notes.error("code.tag", why, "not a tag")
    if not repository:
        notes.need("code.repository", "Choose the official repository.", "none yet" if nothing else "repository missing")
    else:
        _check_repository(notes, repository, package, repositories)
    return Code(package, tag, repository)


def why_not_a_tag(tag: str, package: str = "dunesw") -> str:
    """Why this is no tag that can be run again; empty when it looks like one."""
    shown = tag[:50]
    larsoft = LARSOFT_PACKAGES.fullmatch(package) is not None
    if (LARSOFT_STYLE if larsoft else OTHER_STYLE).fullmatch(tag) and len(tag) <= 50:
        return ""
    again = f"Give a tagged version such as {EXAMPLE}, so that it can be run again."
    if BRANCHES.fullmatch(tag):
        return f"“{shown}” is a branch. {again}"
    if COMMIT.fullmatch(tag) and not tag.isdigit():
        return f"“{shown}” is a commit. {again}"
    if re.search(r"\s", tag):
        return f"“{shown}” holds a blank. Give one tag, for example {EXAMPLE}."
    first = re.split(r"[:,;]", tag)[0]
    if first != tag and LARSOFT_STYLE.fullmatch(first):
        return f"“{shown}” has qualifiers. Give the tag alone: {first}."
    if larsoft:
        for meant in (f"v{tag}", tag.replace(".", "_").replace("-", "_"), tag.lower(), "v" + tag.replace(".", "_")):
            if LARSOFT_STYLE.fullmatch(meant):
                return f"“{shown}” does not look like a tag of {package}. Did you mean {meant}?"
        return f"“{shown}” does not look like a tag of {package}. They are written like {EXAMPLE}."
    return f"“{shown}” does not look like a tag. Tags are written like {EXAMPLE} or v1.2.0."


def repository_name(typed: str) -> str:
    """ORGANISATION/NAME of what was typed, which may be an address on GitHub."""
    name = typed.strip()
    name = re.sub(r"^(?:https?://)?(?:www\.)?github\.com/|^git@github\.com:", "", name, flags=re.IGNORECASE)
    name = re.sub(r"(?:\.git)?/*$", "", name)
    organisation, slash, rest = name.partition("/")
    return f"{ORGANISATION}/{rest}" if slash and organisation.upper() == ORGANISATION else name


def _check_repository(notes: Notes, repository: str, package: str, repositories: Sequence[Official] | None) -> None:
    path, shown = "code.repository", repository[:60]
    listed = ", ".join(sorted(official.name for official in repositories or ())[:6])
    choose = f" Choose one of {listed}." if listed else ""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", repository):
        notes.error(path, f"“{shown}” is not a repository. Write ORGANISATION/NAME, for example DUNE/dunesw.", "repository")
    elif not repository.startswith(f"{ORGANISATION}/"):
        notes.error(
            path, f"“{shown}” is outside DUNE's organisation; production runs only what DUNE keeps.{choose}",
            "not DUNE's",
        )  # fmt: skip
    elif repositories is not None:
        known = {official.name.lower(): official for official in repositories}
        official = known.get(repository.lower())
        if official is None:
            notes.error(
                path, f"{shown} is not on the list of official repositories.{choose} An administrator can add it.",
                "not official",
            )  # fmt: skip
        elif package and official.package and official.package != package and package.lower() in _packages(known.values()):
            notes.warn(path, f"{official.name} provides {official.package}, not {package}.", "other package")


def _packages(officials: Any) -> set[str]:
    return {official.package.lower() for official in officials}
