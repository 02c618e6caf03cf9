"""Bars: an SVG whose parts are per cent attributes, so that no inline style is needed (docs/pages.md)."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitoring.numbers import EndRow, StageRow

register = template.Library()


@register.simple_tag
def bar(total: int | None, label: str, size: str = "", **parts: int | None) -> SafeString:
    """Parts of a whole side by side, e.g. `{% bar 20784 "90.6 per cent processed" ok=18828 bad=48 %}`.

    The names are fills: ok, running, warning, bad, unknown, maybe. Without a total the bar is empty. `size` may be "thick".
    """
    return _svg(total, [(fill, n or 0) for fill, n in parts.items()], label, size)


def _svg(total: int | None, parts: list[tuple[str, int]], label: str, size: str = "") -> SafeString:
    drawn: list[tuple[str, str, str]] = []
    at = 0.0
    for fill, n in parts:
        width = min(100 * n / total, 100 - at) if total else 0.0
        if width > 0:
            drawn.append((fill, f"{at:.2f}", f"{width:.2f}"))
            at += width
    rects = format_html_join("", '<rect class="fill-{}" x="{}%" width="{}%" height="100%"/>', drawn)
    return format_html(
        '<svg class="{}" role="img" aria-label="{}">{}</svg>', f"bar {size}".strip(), label or "nothing to show yet", rects
    )


@register.simple_tag
def heat(n: int, whole: int) -> int:
    """How strongly a cell is tinted, 0 to 4, by its share of the row: below 3 %, some, ≥ 10 %, ≥ 20 %, ≥ 50 %.

    The two strongest need 5 jobs: one of two is no pattern.
    """
    share = n / whole if n and whole else 0
    if share < 0.03:
        return 0
    if n >= 5 and share >= 0.2:
        return 4 if share >= 0.5 else 3
    return 2 if share >= 0.1 else 1


FILE_FILLS = {
    "processed": "ok",
    "outputting": "running",
    "allocated": "running",
    "failed": "bad",
    "notfound": "warning",
    "unallocated": "track",
    "finding": "track",
}


@register.inclusion_tag("monitoring/_file_states.html")
def file_states(stage: StageRow) -> dict[str, object]:
    """A stage's input files by state: a bar and its legend. A state that justIN invents is drawn as unknown."""
    order = list(FILE_FILLS)
    rows = sorted(stage.files, key=lambda row: order.index(row.state) if row.state in order else len(order))
    return {
        "stage": stage,
        "parts": [(FILE_FILLS.get(row.state, "unknown"), row) for row in rows],
        "bar": _svg(stage.n_files, [(FILE_FILLS.get(row.state, "unknown"), row.n) for row in rows],
                    ", ".join(f"{row.n:,} {row.state}" for row in rows)),
    }  # fmt: skip


@register.simple_tag
def ends_bar(ends: list[EndRow]) -> SafeString:
    """How a workflow's jobs ended, as one thick bar."""
    return _svg(
        sum(end.n_jobs for end in ends),
        [(end.fill, end.n_jobs) for end in ends],
        ", ".join(
            f"{end.n_jobs:,} exit {end.key}" if end.exit_code is not None else f"{end.n_jobs:,} {end.label}" for end in ends
        ),
        "thick",
    )
