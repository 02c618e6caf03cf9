"""The catalogue of files beside the simulated justIN: MetaCat's answers about the samples and datasets of this world, in its
own manner.

What the real service does is kept, faults included: an unknown dataset or key is a count of zero without a word, a range of an
ordinary key is dropped, errors are plain text labelled as HTML, and no answer tells the time. Queries are read as far as
the samples of this world need: files of datasets, and conditions joined by `and`.
"""

import json
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

from monitoring.simulator.answers import Answer
from monitoring.simulator.catalogue import dataset_at, dataset_record, datasets_at
from monitoring.simulator.faults import Fault
from monitoring.simulator.scenes import HOUR
from monitoring.simulator.world import World
from monitoring.simulator.worlds import GROWN_FILES, SAMPLE_FILES

BASE = "/dune_meta_prod/app"
VERSION = "4.1.4"
RAW = "hd-protodune:hd-protodune-raw-2026"
EMPTY = "hd-protodune:hd-protodune-raw-2027"
# samples of other campaigns of the demonstration, as they are planned: what a query has that names these runs
BY_RUNS = {"core.runs>=27999": 2_400, "core.runs>=29000": 6_400}
GROWS_BEFORE_SECONDS = HOUR // 2  # the sample grew after its last slice was submitted, so that no workflow takes what came
_FILE_BYTES = 3_843_000_000
_QUERY = re.compile(r"files\s+from\s+(?P<names>[^\s,]+(?:\s*,\s*[^\s,]+)*)(?:\s+where\s+(?P<where>.+))?", re.DOTALL)
_CONDITION = re.compile(
    r"(?P<key>[A-Za-z_][\w.]*)(?P<index>\[any\])?\s*(?P<op>>=|<=|!=|=|>|<)\s*(?P<value>'[^']*'|\"[^\"]*\"|[\w$@.-]+)"
)
_RANGE = re.compile(r"[A-Za-z_]\w*(\.\w+)+\s+(not\s+)?in\s+\S+:\S+")
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


class _Unreadable(Exception):
    """MetaCat's refusal of a query."""


def is_metacats(path: str) -> bool:
    """Whether an address is the catalogue's."""
    return path == BASE or path.startswith(f"{BASE}/")


def answer(world: World, path: str, query: str, command: str, body: bytes, now: int) -> Answer:
    """The answer to a question at `now` (simulated seconds since 1970)."""
    method = path.removeprefix(BASE)
    params = {name: values[0] for name, values in parse_qs(query).items()}
    if method == "/data/version":
        return Answer(body=VERSION.encode(), content_type="text/plain; charset=UTF-8")
    if method == "/probe":
        return Answer(body=b"OK", content_type="text/html; charset=UTF-8")
    if method == "/data/dataset":
        return _dataset(world, params.get("dataset", ""), params.get("exact_file_count") == "yes", now)
    if method == "/data/datasets":
        return _json(_datasets(world, now))
    if method == "/data/query" and command == "POST":
        if not body.strip():
            return _json([])
        if params.get("summary") != "count":
            return _text(400, "Bad Request", f"Unsupported summary type: {params.get('summary')}")
        try:
            n = count(world, body.decode("utf-8", "replace"), now)
        except _Unreadable as refused:
            return _text(400, "Bad Request", str(refused))
        return _json({"count": n, "total_size": n * _FILE_BYTES})
    return _text(404, "Not Found", f"404 Not Found\n\nThe resource could not be found. invalid path: {method}")


def size_of(world: World, dataset: str, now: int) -> int | None:
    """How many files a dataset has; None when there is none of this name."""
    if dataset == EMPTY:
        return 0
    if dataset != RAW:
        found = dataset_at(world, dataset, now)
        return found.n_files if found is not None else None
    return SAMPLE_FILES + (GROWN_FILES if now >= world.start - GROWS_BEFORE_SECONDS else 0)


def count(world: World, mql: str, now: int) -> int:
    """How many files a query has, counted as MetaCat counts."""
    text = re.sub(r"#[^\n]*", " ", mql).strip()
    found = _QUERY.fullmatch(text)
    if found is None:
        word = text.split(None, 1)[0] if text else "end-of-input"
        raise _Unreadable(
            f"MQLSyntaxError: Unexpected {word!r} at line 1 col 1\n\n{text[:80]}\n^\nExpected one of: \n\t* FILES"
        )
    conditions = list(_conditions(found["where"] or ""))
    runs = [BY_RUNS[key] for one in conditions if (key := "".join(one)) in BY_RUNS]
    n = 0
    for name in re.split(r"\s*,\s*", found["names"]):
        if runs and name == RAW:
            n += min(runs)
            continue
        size = size_of(world, name, now) or 0
        n += sum(all(_holds(position, *one) for one in conditions) for position in range(size)) if conditions else size
    return n


def _conditions(where: str) -> Iterator[tuple[str, str, str]]:
    for part in re.split(r"\s+and\s+", where.strip()) if where.strip() else ():
        if _RANGE.fullmatch(part.strip()):
            continue  # dropped, as the real one does
        found = _CONDITION.fullmatch(part.strip())
        if found is None:
            raise _Unreadable(f"MQLSyntaxError: No terminal matches in the current parser context\n\n{part[:80]}\n^")
        yield found["key"], found["op"], found["value"].strip("'\"")


def _holds(position: int, key: str, op: str, value: str) -> bool:
    """A file without the key matches nothing; text and numbers do not compare."""
    has = {"core.data_tier": "raw", "core.run_type": "hd-protodune", "core.runs": 28_600 + position // 350}.get(key)
    if has is None or isinstance(has, int) != value.isdigit():
        return False
    return bool(_OPERATORS[op](has, int(value) if isinstance(has, int) else value))


def spoil(fault: Fault, good: Answer) -> Answer | None:
    """What a fault of answers makes of MetaCat's; None for those of the way, which it shares with justIN."""
    kind = fault.kind
    if kind == "login":
        return _text(401, "Unauthorized", "Token not found")
    if kind in ("error500", "error500_html"):
        page = (
            "<html><body><h2>Application error</h2>\n<h3>canceling statement due to statement timeout\n</h3>\n<pre>\n"
            "Traceback (most recent call last):\n</pre>\n</body></html>"
        )
        return Answer(500, "Internal Server Error", page.encode(), "text/html; charset=UTF-8", close=True)
    if kind not in ("empty", "fewer_rows", "wrong_types", "wrong_rows") or good.status != 200:
        return None
    try:
        told = json.loads(good.body)
    except ValueError:
        return None
    if kind == "wrong_rows":
        return Answer(body=b'\x1e{"fid": "MS1rYCrtQjOFPWFA"}\n', content_type="application/json-seq")
    if isinstance(told, list):
        kept = {"empty": [], "fewer_rows": told[: len(told) - len(told) // 5], "wrong_types": told}[kind]
        return _json([row | {"file_count": str(row["file_count"])} for row in kept] if kind == "wrong_types" else kept)
    if "count" in told:
        n = told["count"]
        told["count"] = {"empty": 0, "fewer_rows": n - n // 5, "wrong_types": str(n)}[kind]
    return _json(told)


def _dataset(world: World, did: str, is_exact: bool, now: int) -> Answer:
    if ":" not in did:
        page = "<html><body><h2>Application error</h2>\n<h3>not enough values to unpack (expected 2, got 1)</h3></body></html>"
        return Answer(500, "Internal Server Error", page.encode(), "text/html; charset=UTF-8")
    if found := dataset_at(world, did, now):
        return _json(found.record(is_exact=is_exact))
    collections = _collections(world, now)
    return _json(collections[did]) if did in collections else _text(404, "Not Found", "Dataset not found")


def _datasets(world: World, now: int) -> list[dict[str, Any]]:
    """Every dataset, with MetaCat's counter."""
    return [*_collections(world, now).values(), *(one.record() for one in datasets_at(world, now))]


def _collections(world: World, now: int) -> dict[str, dict[str, Any]]:
    """The samples, which have no metadata, by name."""
    found = [
        dataset_record(did.partition(":")[0], did.partition(":")[2], {}, world.start - 9_000_000, size_of(world, did, now) or 0)
        for did in (RAW, EMPTY)
    ]
    return {f"{one['namespace']}:{one['name']}": one for one in found}


def _json(value: object) -> Answer:
    return Answer(body=json.dumps(value).encode(), content_type="application/json")


def _text(status: int, reason: str, text: str) -> Answer:
    return Answer(status, reason, text.encode(), "text/html; charset=UTF-8")
