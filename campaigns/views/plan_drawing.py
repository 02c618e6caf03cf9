"""The drawing of a sample's slices, planned above submitted: places in per cent, so that no style is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from campaigns.plan.slices import Coverage, Gap, Slice
from campaigns.views.plan_words import span

PHONE = 3.4  # a phone's drawing is so much narrower than a desk's
LEAST_SIGN = 0.25  # per cent: what is thinner would not be seen
LETTER = 0.75  # per cent of a desk's width
MOST_SIGNS = 200


@dataclass(frozen=True)
class Piece:
    """A slice with the name that stands in it. `css` of a workflow: done or nothing."""

    name: str
    slice: Slice
    css: str = ""


@dataclass(frozen=True)
class Box:
    x: float
    width: float
    css: str
    title: str
    label: str = ""  # empty where there is no room
    is_narrow: bool = False  # no room on a phone

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Sign:
    """An overlap or a gap, named under the drawing where there is room."""

    box: Box
    state: str
    label: str = ""
    anchor: str = "middle"
    is_narrow: bool = False

    @property
    def at(self) -> float:
        return self.box.middle

    @property
    def label_at(self) -> float:
        return {"start": 0.0, "end": 100.0}.get(self.anchor, self.at)


@dataclass(frozen=True)
class Tick:
    x: float
    label: str
    anchor: str


@dataclass(frozen=True)
class Drawing:
    """What the template draws; `planned` is empty for a sample that nobody planned."""

    id: str
    title: str
    described: str
    planned: list[Box] = field(default_factory=list)
    plan_signs: list[Sign] = field(default_factory=list)
    submitted: list[Box] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)

    @property
    def has_labels(self) -> bool:
        return any(sign.label for sign in self.signs)

    @property
    def top(self) -> int:
        """Where the lane of what was submitted begins, in pixels."""
        return 54 if self.planned else 0

    @property
    def height(self) -> int:
        return self.top + (94 if self.has_labels else 66)


def draw(
    key: str,
    n_files: int | None,
    planned: Sequence[Piece],
    submitted: Sequence[Piece],
    *,
    plan_coverage: Coverage[int] | None,
    twice: Iterable[tuple[int, int | None]],
    never: Iterable[Gap],
    described: str,
    again: Iterable[tuple[int, int | None]] = (),
) -> Drawing | None:
    """The drawing of one sample; None where there is nothing to draw. Lengths are those of the sample, if it is known.

    `twice` is in two workflows, `again` in a workflow and an open row, `never` in neither.
    """
    ends = [end for piece in (*planned, *submitted) for end in _ends(piece.slice)]
    whole = n_files if n_files is not None else round(max(ends, default=0) * 1.1)
    if not whole or not (planned or submitted):
        return None
    scale = _Scale(whole)
    signs = [_sign(scale, start, end, "overlap", "warning", "twice") for start, end in twice]
    signs += [_sign(scale, gap.start, gap.end, "gap", "bad", "never") for gap in never]
    plan_signs = [_sign(scale, start, end, "overlap", "warning", "would be taken twice") for start, end in again]
    if plan_coverage is not None:
        plan_signs += [_sign(scale, one.start, one.end, "overlap", "warning", "in two rows") for one in plan_coverage.overlaps]
        plan_signs += [_sign(scale, gap.start, gap.end, "gap", "bad", "in no row") for gap in plan_coverage.gaps]
    number = f"{n_files:,}" if n_files is not None else "an unknown number of"
    return Drawing(
        key, f"Slices of {number} files", described,
        planned=[_box(scale, piece, "plan") for piece in planned],
        plan_signs=plan_signs[:MOST_SIGNS],
        submitted=[_box(scale, piece, piece.css) for piece in submitted],
        signs=_labelled(sorted(signs, key=lambda sign: sign.at)[:MOST_SIGNS]),
        ticks=_ticks(whole, is_known=n_files is not None),
    )  # fmt: skip


@dataclass(frozen=True)
class _Scale:
    whole: int

    def box(self, start: int, end: int | None, css: str, title: str) -> Box:
        x = min(100.0, 100 * start / self.whole)
        right = 100.0 if end is None else min(100.0, 100 * end / self.whole)
        return Box(round(x, 3), round(max(right - x, 0.0), 3), css, title)


def _box(scale: _Scale, piece: Piece, css: str) -> Box:
    limit = piece.slice.limit
    end = None if limit is None else piece.slice.skip + limit
    box = scale.box(piece.slice.skip, end, css, f"{piece.name}: {span(piece.slice.skip, end)}")
    room = len(piece.name) * LETTER + 0.6
    if box.width < room:
        return box
    return Box(box.x, box.width, box.css, box.title, piece.name, is_narrow=box.width < room * PHONE)


def _sign(scale: _Scale, start: int, end: int | None, css: str, state: str, word: str) -> Sign:
    size = "" if end is None else f"{end - start:,} "
    box = scale.box(start, end, css, f"{size}{word}: {span(start, end)}")
    if box.width < LEAST_SIGN:
        box = Box(min(box.x, 100 - LEAST_SIGN), LEAST_SIGN, box.css, box.title)
    return Sign(box, state, f"{size}{word}".strip())


def _labelled(signs: Sequence[Sign]) -> list[Sign]:
    """Labels where they do not run into each other; the words beside the drawing name the rest."""
    made: list[Sign] = []
    free_from = free_on_phone_from = 0.0
    for sign in signs:
        room = len(sign.label) * LETTER
        anchor = "start" if sign.at < room / 2 else "end" if sign.at > 100 - room / 2 else "middle"
        left = sign.at - room / 2
        if sign.label and left >= free_from - room / 2 * (anchor == "start"):
            is_narrow = sign.at - room * PHONE / 2 < free_on_phone_from and bool(made)
            made.append(Sign(sign.box, sign.state, sign.label, anchor, is_narrow))
            free_from = sign.at + room / 2 + 1
            if not is_narrow:
                free_on_phone_from = sign.at + room * PHONE / 2
        else:
            made.append(Sign(sign.box, sign.state))
    return made


def _ends(piece: Slice) -> tuple[int, ...]:
    return (piece.skip + piece.limit,) if piece.limit is not None else (piece.skip + 1,)


def _ticks(whole: int, *, is_known: bool) -> list[Tick]:
    """0, round numbers, and the end where it is known."""
    step = 1
    while whole / step > 5:
        step *= 5 if str(step)[0] == "1" else 2
    ticks = [Tick(0.0, "0", "start")]
    ticks += [Tick(round(100 * at / whole, 3), f"{at:,}", "middle") for at in range(step, whole, step) if at / whole < 0.88]
    return [*ticks, Tick(100.0, f"{whole:,}", "end")] if is_known else ticks
