"""The steps and their criteria, read from process.toml. A version that a campaign began with is kept in ProcessTemplate."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from campaigns.models import Campaign, ProcessTemplate, Team

FILE = Path(__file__).with_name("process.toml")
BINDINGS = frozenset({"plan", "jobscript", "code"})
LARGEST_VERSION = 10_000
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # stands in addresses
LONGEST_KEYS = {"step": 40, "criterion": 60}  # as the tables have them
LONGEST_TITLE = 100
NO_STEPS = frozenset({"template"})  # /steps/template/ is a page


class Kind(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"
    DECISION = "decision"
    SIGN_OFF = "sign-off"


class Who(StrEnum):
    """Who acts next on what is not met; for sign-offs the team."""

    SHIFTERS = "shifters"
    REQUESTERS = "requesters"
    COORDINATORS = "coordinators"
    PRODUCTION = "production"
    DATA_MANAGEMENT = "data-management"


class Guard(StrEnum):
    """Which scope the workflows of a step must have."""

    NONE = ""
    USERTESTS = "usertests"
    NOT_USERTESTS = "not-usertests"


class ProcessError(ValueError):
    """process.toml, or a kept version, says something that cannot be: which step or criterion, and what."""


@dataclass(frozen=True)
class Criterion:
    """One thing that must hold before its step is complete."""

    key: str
    text: str
    kind: Kind
    who: Who
    help: str = ""
    rule: str = ""
    team: Team | None = None
    explainable: bool = False
    stays_open: bool = False

    @property
    def takes_evidence(self) -> bool:
        """Whether evidence of a person can meet it."""
        return self.kind is Kind.MANUAL or self.explainable


@dataclass(frozen=True)
class Step:
    """One of the steps. `binds`: what its sign-offs are bound to beside the step's evidence."""

    key: str
    title: str
    position: int
    help: str = ""
    binds: frozenset[str] = frozenset()
    guard: Guard = Guard.NONE
    criteria: tuple[Criterion, ...] = ()

    @property
    def sign_offs(self) -> dict[Team, Criterion]:
        return {one.team: one for one in self.criteria if one.team is not None}

    def __str__(self) -> str:
        return f"step {self.position}, {self.title}"


@dataclass(frozen=True)
class Process:
    """A version of the whole. Steps in order."""

    version: int
    steps: tuple[Step, ...]
    _by_key: dict[str, Step] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {step.key: step for step in self.steps})

    def step(self, key: str) -> Step | None:
        return self._by_key.get(key)

    def criterion(self, key: str) -> tuple[Step, Criterion] | None:
        """The criterion of this key and its step."""
        return next(((step, one) for step in self.steps for one in step.criteria if one.key == key), None)

    def after(self, step: Step) -> Step | None:
        """The next step."""
        return self.steps[step.position] if step.position < len(self.steps) else None


@dataclass(frozen=True)
class Difference:
    """One way in which two versions differ; old or new is '' where the criterion is only in one of them."""

    step: str
    criterion: str
    what: str
    old: str
    new: str


def read_process(content: Mapping[str, Any]) -> Process:
    """Check and read what the file (or a kept version) says. Raises ProcessError."""
    _known("the template", content, {"version", "steps"})
    version = content.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= LARGEST_VERSION:
        raise ProcessError(f"version must be a whole number from 1 to {LARGEST_VERSION:,}")
    steps = tuple(_step(number, raw) for number, raw in enumerate(_tables("the template", content, "steps"), start=1))
    _check_unique("step", (step.key for step in steps))
    _check_unique("criterion", (one.key for step in steps for one in step.criteria))
    return Process(version, steps)


@cache
def file_content() -> dict[str, Any]:
    """What process.toml says now. Raises ProcessError where it is no TOML."""
    return parse(FILE.read_text(encoding="utf-8"))


def parse(text: str) -> dict[str, Any]:
    """A template as text, not checked yet. Raises ProcessError with the line at fault."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProcessError(f"this is no TOML: {error}") from error


def newest_template() -> ProcessTemplate:
    """The version in process.toml, kept in the database from its first use on. A version once kept stays as it was."""
    content = file_content()
    number = read_process(content).version
    found = ProcessTemplate.objects.filter(number=number).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return ProcessTemplate.objects.create(number=number, content=content, sha256=content_hash(content))
    except IntegrityError:  # another process was first
        return ProcessTemplate.objects.get(number=number)


def give_templates() -> None:
    """Keep the newest version, and give it to campaigns that began before there were steps."""
    template = newest_template()
    Campaign.objects.filter(template=None).update(template=template)


def content_hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def process_of(campaign: Campaign) -> Process:
    """The version that the campaign runs by; the newest where none was kept for it yet. At most one query."""
    template = campaign.template or newest_template()
    return _read_kept(template.pk, template.sha256)


@cache
def _read_kept(pk: int, sha256: str) -> Process:
    """Kept versions never change, so each is read once. The hash tells databases of tests apart."""
    return read_process(ProcessTemplate.objects.get(pk=pk).content)


def differences(old: Process, new: Process) -> list[Difference]:
    """What another version adds, takes away and says differently, in the order of the new one."""
    found: list[Difference] = []
    before = {one.key: (step, one) for step in old.steps for one in step.criteria}
    after = {one.key: (step, one) for step in new.steps for one in step.criteria}
    for step in new.steps:
        earlier = old.step(step.key)
        if earlier is None:
            found.append(Difference(step.title, "", "step added", "", step.title))
        elif (earlier.title, earlier.position) != (step.title, step.position):
            found.append(
                Difference(
                    step.title, "", "step changed", f"{earlier.position} {earlier.title}", f"{step.position} {step.title}"
                )
            )
        if earlier is not None:
            for name in ("binds", "guard"):
                was, now = _plain(getattr(earlier, name)), _plain(getattr(step, name))
                if was != now:
                    found.append(Difference(step.title, "", name, was, now))
    for key, (step, one) in after.items():
        if key not in before:
            found.append(Difference(step.title, key, "criterion added", "", one.text))
            continue
        step_before, one_before = before[key]
        if step_before.key != step.key:
            found.append(Difference(step.title, key, "moved to another step", step_before.title, step.title))
        for name in ("text", "kind", "who", "rule", "team", "explainable", "stays_open", "help"):
            was, now = _plain(getattr(one_before, name)), _plain(getattr(one, name))
            if was != now:
                found.append(Difference(step.title, key, name.replace("_", " "), was, now))
    found += [
        Difference(step.title, key, "criterion taken away", one.text, "")
        for key, (step, one) in before.items()
        if key not in after
    ]
    found += [Difference(step.title, "", "step taken away", step.title, "") for step in old.steps if new.step(step.key) is None]
    return found


def _step(position: int, raw: Mapping[str, Any]) -> Step:
    key = _key("step", raw)
    what = f"step {key}"
    _known(what, raw, {"key", "title", "help", "binds", "guard", "criteria"})
    if key in NO_STEPS:
        raise ProcessError(f"{what}: no step can have this key")
    binds = raw.get("binds", [])
    if not isinstance(binds, list):
        raise ProcessError(f'{what}: binds is a list, e.g. ["plan"]')
    if wrong := {str(one) for one in binds} - BINDINGS:
        raise ProcessError(f"step {key}: binds to {', '.join(sorted(wrong))}; known are {', '.join(sorted(BINDINGS))}")
    try:
        guard = Guard(raw.get("guard", ""))
    except ValueError as error:
        raise ProcessError(f"{what}: guard {raw['guard']} is not known") from error
    criteria = tuple(_criterion(one) for one in _tables(what, raw, "criteria"))
    _check_unique(f"team of {what}", (str(one.team) for one in criteria if one.team))
    title = _text(what, raw, "title")
    if len(title) > LONGEST_TITLE:
        raise ProcessError(f"{what}: its title has more than {LONGEST_TITLE} characters")
    return Step(key, title, position, _text(what, raw, "help", ""), frozenset(binds), guard, criteria)


def _criterion(raw: Mapping[str, Any]) -> Criterion:
    key = _key("criterion", raw)
    what = f"criterion {key}"
    _known(what, raw, {"key", "text", "kind", "who", "help", "rule", "team", "explainable", "stays_open"})
    try:
        kind = Kind(_text(what, raw, "kind"))
        team = Team(_text(what, raw, "team")) if "team" in raw else None
        who = Who(_text(what, raw, "who", team))
    except ValueError as error:
        raise error if isinstance(error, ProcessError) else ProcessError(f"{what}: {error}") from error
    if (kind is Kind.SIGN_OFF) != (team is not None):
        raise ProcessError(f"{what}: a sign-off names its team, and nothing else does")
    if team is not None and who.value != team.value:
        raise ProcessError(f"{what}: its team signs, and nobody else")
    rule = _text(what, raw, "rule", "")
    if kind is Kind.AUTO and not rule:
        raise ProcessError(f"{what}: an auto criterion names its rule")
    for name in ("explainable", "stays_open"):
        if not isinstance(raw.get(name, False), bool):
            raise ProcessError(f"{what}: {name} is true or false")
    return Criterion(
        key, _text(what, raw, "text"), kind, who, _text(what, raw, "help", ""), rule, team,
        raw.get("explainable", False), raw.get("stays_open", False),
    )  # fmt: skip


def _key(kind: str, raw: object) -> str:
    key = raw.get("key") if isinstance(raw, Mapping) else None
    if not isinstance(key, str) or not KEY.fullmatch(key) or len(key) > LONGEST_KEYS[kind]:
        raise ProcessError(
            f"a {kind} has the key {key!r}; use at most {LONGEST_KEYS[kind]} small letters and digits, with hyphens between"
        )
    return key


def _text(what: str, raw: Mapping[str, Any], name: str, default: str | None = None) -> str:
    found = raw.get(name, default)
    if found is None:
        raise ProcessError(f"{what}: {name} is missing")
    if not isinstance(found, str) or (default is None and not found.strip()):
        raise ProcessError(f"{what}: {name} is a text")
    return found


def _tables(what: str, raw: Mapping[str, Any], name: str) -> list[Any]:
    found = raw.get(name)
    if not isinstance(found, list) or not found:
        raise ProcessError(f"{what} has no {name}")
    return found


def _known(what: str, raw: Mapping[str, Any], names: set[str]) -> None:
    if unknown := set(raw) - names:
        raise ProcessError(f"{what}: {', '.join(sorted(unknown))} is not known here")


def _check_unique(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ProcessError(f"{what} {key} is there twice")
        seen.add(key)


def _plain(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return "" if value is None else str(value)
