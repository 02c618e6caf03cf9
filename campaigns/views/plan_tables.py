"""A plan for other programs and papers: CSV, Markdown, and a shell script that submits the rows still open."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from campaigns.plan.errors import WrongValue
from campaigns.plan.reporting import Reporting
from campaigns.plan.script import script_of
from campaigns.planning.rows import submission_of
from campaigns.views.plan_page import PlanPage, plan_page
from campaigns.views.plan_rows import RowLine
from campaigns.views.plan_words import STEP_NAMES
from campaigns.views.steps import campaign_of
from campaigns.wiki_text import Block, Heading, Paragraph, Table, as_markdown
from monitoring.csv_tables import csv_response
from portal.templatetags.portal_format import count, percent

COLUMNS = [
    "row", "key", "step", "use", "sample", "skip", "limit", "jobs_planned", "files_planned", "remaining", "scope", "workflow",
    "tries", "state", "submitted_otherwise", "jobs_ended", "jobs_exit_zero", "files_done", "files_failed", "files_not_found",
    "notes", "problems", "command",
]  # fmt: skip
HEADS = [
    "Row",
    "Skip",
    "Limit",
    "Remaining",
    "Workflow",
    "State",
    "Jobs",
    "Exit 0 %",
    "Files done",
    "Failed",
    "Not found",
    "Notes",
]
NUMBERS = frozenset({0, 1, 2, 3, 6, 7, 8, 9, 10})
NIL = "–"


@require_safe
def plan_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """One line a row, in the order of the plan. An empty `limit` is to the end; other empty cells are unknown."""
    page = _page(request, slug)
    lines = sorted((line for lane in page.lanes for line in lane.lines), key=lambda line: line.laid.number)
    return csv_response(f"{page.campaign.slug}-plan", COLUMNS, map(_values, lines))


@require_safe
def plan_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """A table for each lane."""
    page = _page(request, slug)
    blocks: list[Block] = [Heading(1, f"Plan of {page.campaign}"), Paragraph(_source(page))]
    for lane in page.lanes:
        blocks.append(Heading(2, lane.name))
        if lane.planned_words:
            blocks.append(Paragraph(lane.planned_words))
        blocks += [Paragraph(f"{text[:1].upper()}{text[1:]}.") for text in lane.troubles]
        blocks.append(Table(HEADS, [list(_cells(line)) for line in lane.lines], NUMBERS))
    response = HttpResponse(as_markdown(blocks), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{page.campaign.slug}-plan.md"'
    return response


@require_safe
def plan_script(request: HttpRequest, slug: str) -> HttpResponse:
    """Rows of `?step=` (production) without a workflow, as a script for bash; it names those that cannot be submitted yet.

    `?report=1`: one that tells the portal each id. It holds no token.
    """
    page, step = _page(request, slug), request.GET.get("step", "production")
    if step not in STEP_NAMES:
        raise Http404("Say which step: ?step=test, validation or production.")
    rows, reports = [one.laid for one in _open_rows(page, step)], request.GET.get("report") == "1"
    numbered = [(laid.number, submission_of(page.content, laid.row)) for laid in rows if laid.command]
    try:
        text = script_of(
            numbered, step_key=step, title=f"{page.campaign}: {STEP_NAMES[step].lower()}, {_source(page)}",
            record_file=f"{page.campaign.slug}-{step}.tsv", hashes=_hashes(page),
            reporting=_reporting(request, page) if reports else None,
        )  # fmt: skip
    except WrongValue as wrong:
        return HttpResponse(f"{wrong.message}\n", status=409, content_type="text/plain; charset=utf-8")
    left = [str(laid.number) for laid in rows if not laid.command]
    if left:
        text = text.replace("\n", f"\n# Left out, as they cannot be submitted yet: rows {', '.join(left)}\n", 1)
    response = HttpResponse(text, content_type="text/x-shellscript; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{page.campaign.slug}-{step}.sh"'
    return response


def _reporting(request: HttpRequest, page: PlanPage) -> Reporting:
    where = reverse("campaigns-api:plan-reports", args=[page.campaign.slug])
    keys = {laid.number: laid.row.key for laid in page.layout.rows}
    return Reporting(request.build_absolute_uri(where), keys)


def _page(request: HttpRequest, slug: str) -> PlanPage:
    asked = request.GET.get("revision", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None
    page = plan_page(campaign_of(request, slug), request.user, number=number)
    if page is None or (asked and number is None):
        raise Http404(f"There is no revision {asked[:20]} of this plan.")
    return page


def _hashes(page: PlanPage) -> dict[str, str]:
    """That of the kept jobscript whose file the commands name, so that no other is submitted by mistake."""
    kept, name = page.jobscript, page.content.common.jobscript
    return {name: kept.sha256} if kept is not None and name and kept.size_bytes else {}


def _open_rows(page: PlanPage, step: str) -> list[RowLine]:
    lines = [line for lane in page.lanes for line in lane.lines if line.row.step == step and line.newest is None]
    return sorted(lines, key=lambda line: line.laid.number)


def _source(page: PlanPage) -> str:
    if page.revision is not None:
        return f"revision {page.revision.number}, {page.revision.sha256[:8]}"
    return f"draft, version {page.draft.version}" if page.draft is not None and page.works else "no plan"


def _values(line: RowLine) -> list[object]:
    laid, row, numbers, newest = line.laid, line.row, line.numbers, line.newest
    lost = numbers.lost
    return [
        laid.number, row.key, row.step, row.use, row.sample,
        row.skip if line.takes_slice else None, row.limit if line.takes_slice else None,
        row.n_jobs, laid.n_files, laid.remaining, laid.scope,
        newest.justin_id if newest else None, len(line.actual.attempts), newest.state if newest else None, line.differs,
        numbers.jobs, numbers.exit_zero, numbers.done, lost.failed if lost else None, lost.not_found if lost else None,
        "; ".join(line.notes), " ".join(laid.problems), laid.command,
    ]  # fmt: skip


def _cells(line: RowLine) -> list[str]:
    laid, numbers, newest = line.laid, line.numbers, line.newest
    has_numbers = newest is not None and numbers.has_begun
    lost = numbers.lost
    notes = [f"submitted as {line.differs}"] if line.differs else []
    return [
        str(laid.number),
        f"{line.row.skip:,}" if line.takes_slice else NIL,
        line.limit_words if line.takes_slice else f"{line.row.n_jobs or 0:,} jobs",
        NIL if laid.remaining is None else f"{laid.remaining:,}",
        NIL if newest is None else f"{newest.justin_id} {line.attempt}".strip(),
        ("next" if line.is_next else "not submitted") if newest is None else newest.state or "unknown",
        count(numbers.jobs) if has_numbers else NIL,
        percent(numbers.rate) if has_numbers else NIL,
        count(numbers.done) if has_numbers else NIL,
        count(lost.failed if lost else None) if has_numbers else NIL,
        count(lost.not_found if lost else None) if has_numbers else NIL,
        "; ".join([*notes, *line.notes, *laid.problems]) or NIL,
    ]  # fmt: skip
