"""What changed between two contents, in words a reviewer reads. Rows are matched by what they say, not by their place. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from campaigns.requests.shape import CHOSEN, GROUPS, TABLES, TEXTS, Content, clean, is_empty_row

LABELS = {
    "title": "Title", "working_group": "Working group", "detector": "Detector", "kind": "Kind", "contact": "Contact",
    "wanted_by": "Wanted by", "why": "Why",
    "code.package": "Package", "code.tag": "Tag", "code.repository": "Official repository",
    "validation.what": "Validation sample", "validation.events": "Validation events", "validation.judge": "Judged by",
    "resources.cpu_seconds_per_event": "CPU per event (s)", "resources.memory_mib": "Memory (MiB)",
    "resources.storage_mb_per_event": "Storage per event (MB)", "datasets": "Final output datasets",
}  # fmt: skip
ROWS = {"steps": "Step", "outputs": "Output", "samples": "Sample"}
COLUMNS = {
    "steps": {"name": "name", "fcl": "fcl file", "events_per_job": "events per job"},
    "outputs": {"pattern": "pattern", "files": "files", "size": "size of one", "unit": "unit"},
    "samples": {"kind": "kind", "what": "dataset, query or runs", "files": "files", "events": "events"},
}
IDENTITY = {"steps": ("fcl", "name"), "outputs": ("pattern",), "samples": ("what",)}
Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One difference. `path` is the field's in the new content (in the old one for a removed row)."""

    path: str
    label: str
    old: str
    new: str


def changes(old: object, new: object) -> list[Change]:
    """All differences from old to new, in the order of the form. Blanks around a text and empty rows make none."""
    before, after = clean(old), clean(new)
    found = [_text(name, before[name], after[name]) for name in TEXTS]
    found += _group("code", before, after) + _table("steps", before, after) + _group("validation", before, after)
    found += _table("outputs", before, after) + _group("resources", before, after) + _table("samples", before, after)
    if before["datasets"] != after["datasets"]:
        found.append(Change("datasets", LABELS["datasets"], "\n".join(before["datasets"]), "\n".join(after["datasets"])))
    return [change for change in found if change is not None]


def label_of(path: str) -> str:
    """A field's name for people: "samples.1.events" → "Sample 2, events"."""
    table, *rest = path.split(".")
    if table in ROWS and rest and rest[0].isdigit():
        row = f"{ROWS[table]} {int(rest[0]) + 1}"
        return f"{row}, {COLUMNS[table].get(rest[1], rest[1])}" if len(rest) > 1 else row
    return LABELS.get(path, path.replace("_", " ").replace(".", ", "))


def row_in_words(table: str, row: Row) -> str:
    """A row in one line: "dataset, hd-protodune:raw, 62,104 files, 1863120 events"."""
    said = {name: " ".join(str(row[name]).split()) for name in TABLES[table]}
    if table == "outputs":
        said["size"] = f"{said['size']} {said.pop('unit')}".strip() if said["size"] else ""
    parts = []
    for name, text in said.items():
        if text and name in ("files", "events"):
            text = f"{text} {name}"
        elif text and name == "events_per_job":
            text = f"{text} events per job"
        if text:
            parts.append(text)
    return ", ".join(parts)


def _text(path: str, old: str, new: str) -> Change | None:
    old, new = old.strip(), new.strip()
    return None if old == new else Change(path, label_of(path), old, new)


def _group(group: str, before: Content, after: Content) -> list[Change | None]:
    return [_text(f"{group}.{name}", before[group][name], after[group][name]) for name in GROUPS[group]]


def _table(table: str, before: Content, after: Content) -> list[Change | None]:
    old = {i: row for i, row in enumerate(before[table]) if not is_empty_row(table, row)}
    new = {i: row for i, row in enumerate(after[table]) if not is_empty_row(table, row)}
    pairs = _matched(table, old, new)
    found: list[Change | None] = []
    taken = {i for i, _j in pairs}
    by_new = {j: i for i, j in pairs}
    for i, row in old.items():
        if i not in taken:
            found.append(Change(f"{table}.{i}", f"{ROWS[table]} {i + 1} removed", row_in_words(table, row), ""))
    for j, row in new.items():
        if j not in by_new:
            found.append(Change(f"{table}.{j}", f"{ROWS[table]} {j + 1} added", "", row_in_words(table, row)))
            continue
        found += [_text(f"{table}.{j}.{name}", old[by_new[j]][name], row[name]) for name in TABLES[table]]
    in_old_order = [j for _i, j in sorted(pairs)]
    if in_old_order != sorted(in_old_order):
        found.append(
            Change(
                table,
                f"Order of {table}",
                "\n".join(_name(table, new[j]) for j in in_old_order),
                "\n".join(_name(table, new[j]) for j in sorted(in_old_order)),
            )
        )
    return found


def _name(table: str, row: Row) -> str:
    return next((str(row[name]).strip() for name in IDENTITY[table] if str(row[name]).strip()), row_in_words(table, row))


def _matched(table: str, old: dict[int, Row], new: dict[int, Row]) -> list[tuple[int, int]]:
    """Pairs of places of the same row: equal rows first, then rows of the same name, then those alike in their old place."""
    pairs: list[tuple[int, int]] = []
    free_old, free_new = dict(old), dict(new)

    def pair(key: Any) -> None:
        waiting: dict[Any, list[int]] = {}
        for i, row in free_old.items():
            waiting.setdefault(key(i, row), []).append(i)
        for j, row in list(free_new.items()):
            same = waiting.get(key(j, row))
            if same and key(j, row) is not None:
                # of several that are equal, the one in the same place
                i = j if j in same else same[0]
                same.remove(i)
                pairs.append((i, j))
                del free_old[i], free_new[j]

    def said(row: Row, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(row[name]).strip() for name in names)

    pair(lambda place, row: said(row, TABLES[table]))
    pair(lambda place, row: said(row, IDENTITY[table]) if any(said(row, IDENTITY[table])) else None)
    if table == "steps":
        for name in ("fcl", "name"):
            pair(lambda place, row, name=name: said(row, (name,)) if any(said(row, (name,))) else None)
    for i in sorted(free_old):
        if i in free_new and _alike(table, free_old[i], free_new[i]):
            pairs.append((i, i))
            del free_old[i], free_new[i]
    return pairs


def _alike(table: str, old: Row, new: Row) -> bool:
    """Whether two rows in the same place share something that was typed, so that one is the other corrected."""
    chosen = CHOSEN.get(table, ())
    return any(
        str(old[name]).strip() and str(old[name]).strip() == str(new[name]).strip()
        for name in TABLES[table]
        if name not in chosen
    )
