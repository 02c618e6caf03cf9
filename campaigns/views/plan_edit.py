"""The editor of a plan: one form, saved as the draft. Nothing typed is lost by a refusal, or by somebody who saved first."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.models import Campaign, PlanDraft
from campaigns.plan.slices import Slice, coverage
from campaigns.plan_services import save_plan
from campaigns.planning.content import MOST_ROWS, PlanContent, PlannedRow, read_content, written
from campaigns.planning.keys import FOR_NAMES
from campaigns.planning.rows import Layout, lay_out
from campaigns.views.plan_changes import changes
from campaigns.views.plan_form import PlanForm, base_in, base_of, form_from, form_of
from campaigns.views.plan_rows import sample_name
from campaigns.views.plan_sizes import honest, with_count, with_known
from campaigns.views.plan_text import read_rows, whole, write_rows
from campaigns.views.plan_words import coverage_words, lane_name
from campaigns.views.planners import for_planners
from campaigns.views.sent import whole_sent
from monitoring.counting import kept
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.wording import counted


@dataclass
class Clash:
    """Somebody saved meanwhile: who, and what they changed."""

    theirs: PlanDraft
    changed: list[str] = field(default_factory=list)


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: HttpRequest, campaign: Campaign, user: User) -> HttpResponse:
    """Change the draft. `?add=SAMPLE:FROM:TO` puts a row for these files at the end, not saved yet; `?take=SAMPLE` MetaCat's
    number of files into that sample, as far as it is known; `&close=ROW:LIMIT` a limit to a row that runs to the end.
    """
    draft = PlanDraft.objects.filter(campaign=campaign).select_related("saved_by").first()
    if request.method != "POST":
        content = read_content(draft.content) if draft else PlanContent()
        form = form_of(content, draft.version if draft else 0)
        content = with_known(form, content, request.GET.get("take", ""), request.GET.getlist("close"))
        _add_asked(form, content, request.GET.get("add", ""))
        return _show(request, campaign, form)
    action, about, why = request.POST.get("action", "save"), "", ""
    posted: QueryDict = request.POST
    if action.startswith("count:"):
        posted, about, why = with_count(posted, action, campaign, user)
    form = form_from(honest(posted, base_in(posted.get("base", "")), user.username), who=user.username)
    if why:
        form.say(about, why)
    if action == "add-stage" and form.may_add_stage:
        form.add_stage()
    if action == "slice":
        _slice(form, request.POST.get("slice_sample", ""), request.POST.get("slice_size", ""))
    if action != "save":
        return _show(request, campaign, form, status=400 if form.is_wrong else 200)
    if form.content is None:
        return _show(request, campaign, form, status=400)
    return _save(request, campaign, form, draft, user)


def _save(request: HttpRequest, campaign: Campaign, form: PlanForm, draft: PlanDraft | None, user: User) -> HttpResponse:
    assert form.content is not None  # the caller looked
    over = whole_sent(request.POST.get("over", ""))
    try:
        saved = save_plan(campaign, written(form.content), actor=user, version=form.version if over is None else over)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Conflict as refused:
        theirs = PlanDraft.objects.filter(campaign=campaign).select_related("saved_by").first()
        if theirs is None or refused.field != "version":
            form.general.append(refused.message)
            return _show(request, campaign, form, status=409)
        return _show(request, campaign, form, clash=_clash(form, theirs), status=409)
    except Invalid as refused:
        form.refuse(refused)
        return _show(request, campaign, form, status=400)
    if draft is not None and saved.version == draft.version:
        messages.info(request, "Nothing was changed.")
    else:
        messages.success(request, f"The draft is saved: {counted(len(form.content.rows), 'row')}, version {saved.version}.")
    return redirect("campaigns:campaign-plan", campaign.slug)


def _clash(form: PlanForm, theirs: PlanDraft) -> Clash:
    base = base_of(form)
    return Clash(theirs, changes(base, read_content(theirs.content)) if base is not None else [])


def _show(
    request: HttpRequest, campaign: Campaign, form: PlanForm, *, clash: Clash | None = None, status: int = 200
) -> HttpResponse:
    counts = kept(row.values["mql"] for row in form.samples)
    for row in form.samples:
        row.count = counts.get(row.values["mql"].strip())
    context = {
        "campaign": campaign,
        "current": "campaign-plan",
        "form": form,
        "clash": clash,
        "lanes": _lanes(form),
        "for_names": FOR_NAMES,
        "slice_size": request.POST.get("slice_size", "5000"),
        "most_rows": MOST_ROWS,
    }
    return render(request, "plan/plan_edit.html", context, status=status)


def _lanes(form: PlanForm) -> list[tuple[str, str, str, bool]]:
    """(key, name, what its rows make of the sample, whether that is all right), where the rows can be read."""
    content = form.content
    if content is None:
        return []
    layout: Layout = lay_out(content)
    names = {sample.key: f"{sample.key} {sample_name(sample)}" for sample in content.samples}
    told = []
    for lane, covered in layout.coverages.items():
        is_whole = lane[:2] == ("production", "main")
        is_right = not (covered.overlaps or covered.past_end or (is_whole and covered.gaps))
        words = coverage_words(covered, is_whole=is_whole)
        told.append((" ".join(lane), f"{lane_name(lane)}, {names[lane[2]]}", words, is_right))
    return told


def _add_asked(form: PlanForm, content: PlanContent, asked: str) -> None:
    """A row for a gap that the page of the plan showed."""
    sample, _colon, rest = asked.partition(":")
    start, _colon, end = rest.partition(":")
    known = content.sample(sample)
    if known is None or not re.fullmatch(r"[0-9]{1,9}:[0-9]{1,9}", rest) or int(start) >= int(end):
        return
    _append(form, content, [PlannedRow("", "production", sample, skip=int(start), limit=int(end) - int(start))])


def _slice(form: PlanForm, key: str, size_typed: str) -> None:
    """Rows in full production for all files of a sample that no row takes yet."""
    if form.content is None:
        return
    sample = form.content.sample(key)
    try:
        size = whole(size_typed, least=1)
    except ValueError as error:
        form.general.append(f"Files in a workflow: {error}")
        return
    if sample is None or size is None:
        form.general.append("Say which sample is to be sliced, and how many files a workflow takes.")
        return
    if not sample.mql or sample.n_files is None:
        at = form.content.samples.index(sample)
        missing = "mql" if not sample.mql else "n_files"
        form.samples[at].errors[missing] = "It takes a query to slice." if missing == "mql" else "Say how many files it has."
        return
    rows = [
        row for row in form.content.rows if (row.step, row.use, row.sample) == ("production", "main", key) and not row.parent
    ]
    left = coverage(sample.n_files, [(row.key, Slice(row.skip, row.limit)) for row in rows if not row.mql]).gaps
    made = []
    for gap in left:
        for start in range(gap.start, gap.end, size):
            end = min(start + size, gap.end)
            made.append(PlannedRow("", "production", key, skip=start, limit=None if end == sample.n_files else end - start))
            if len(form.content.rows) + len(made) > MOST_ROWS:
                form.general.append(f"This would make more than {MOST_ROWS:,} rows. Take more files in each.")
                return
    _append(form, form.content, made)


def _append(form: PlanForm, content: PlanContent, made: list[PlannedRow]) -> None:
    """New rows at the end of the text, each with its key."""
    form.text = write_rows([*content.rows, *made])
    form.rows = read_rows(form.text, [sample.key for sample in content.samples])
    form.is_unsaved = True
    form.content = read_content(written(content) | {"rows": form.rows.rows})
    form.text = write_rows(form.content.rows)
