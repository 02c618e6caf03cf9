"""Production's own job lists and checklists taken into a plan, after a look at what they would change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.job_lists import sent_list
from campaigns.models import Campaign
from campaigns.plan_list_services import import_list, to_record
from campaigns.plan_services import draft_of
from campaigns.planning.content import PlanContent
from campaigns.planning.keys import FOR, FOR_NAMES
from campaigns.planning.list_reading import COLUMNS, JobList, ListedLine, read_list
from campaigns.planning.list_taking import Taken, take_list
from campaigns.views.plan_changes import changes
from campaigns.views.plan_words import capped, slice_words
from campaigns.views.planners import for_planners
from campaigns.views.sent import whole_sent
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User
from portal.wording import counted


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def plan_import(request: HttpRequest, campaign: Campaign, user: User) -> HttpResponse:
    """Rows from a file or from pasted text: looked at first, then the good ones are taken into the draft."""
    content, version = draft_of(campaign)
    for_what = request.POST.get("for", "")
    for_what = for_what if for_what in FOR else "production"
    context: dict[str, Any] = {
        "campaign": campaign, "current": "campaign-plan", "columns": COLUMNS, "for_names": FOR_NAMES, "for_what": for_what,
        "replace": request.POST.get("replace") == "yes", "n_now": len(content.rows), "version": version,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "plan/plan_import.html", context)
    text, refused = sent_list(request.FILES.get("file"), request.POST.get("text", ""))
    context |= {"text": text, "refused": refused}
    if refused:
        return render(request, "plan/plan_import.html", context, status=400)
    listed = read_list(text, for_what=for_what)
    try:
        taken = take_list(content, listed, replace=context["replace"], source=f"list of {user}"[:200])
    except Refused as error:
        return render(request, "plan/plan_import.html", context | {"refused": error.message}, status=400)
    context |= _seen(campaign, content, listed, taken)
    if request.POST.get("action") == "take" and taken.n_taken:
        return _take(request, campaign, taken, context, user)
    return render(request, "plan/plan_import.html", context, status=200 if taken.n_taken else 400)


def _take(request: HttpRequest, campaign: Campaign, taken: Taken, context: dict[str, Any], user: User) -> HttpResponse:
    version = whole_sent(request.POST.get("version", ""))
    try:
        imported = import_list(campaign, taken, actor=user, version=-1 if version is None else version)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except Refused as error:
        said = f"{error.message} What the list would change is worked out anew below; nothing is taken yet."
        context["refused"] = said if isinstance(error, Conflict) else error.message
        return render(request, "plan/plan_import.html", context, status=409 if isinstance(error, Conflict) else 400)
    if imported.draft.version == context["version"] and not imported.n_recorded:
        messages.info(request, "The plan says all that already: nothing was changed.")
    else:
        n = counted(taken.n_taken, "line")
        messages.success(request, f"{n} taken into the draft, which is version {imported.draft.version} now.")
    if imported.n_recorded:
        messages.success(request, f"{counted(imported.n_recorded, 'workflow')} of the list recorded for their rows.")
    for why in capped(imported.refused):
        messages.warning(request, why)
    if imported.n_left:
        messages.warning(request, f"{counted(imported.n_left, 'workflow')} not recorded yet: import the list once more.")
    return redirect("campaigns:campaign-plan", campaign.slug)


def _takes(line: ListedLine) -> str:
    """What the line's rows take, in words."""
    if not line.rows:
        return ""
    row = line.rows[0]
    if len(line.rows) > 1:
        return f"the whole sample in slices of {row['limit']:,}"
    if "mql" in row:
        return "its own query"
    if "n_jobs" in row and line.sample is not None and not line.sample.mql:
        return f"{row['n_jobs']:,} jobs"
    return slice_words(row["skip"], row.get("limit"))


def _seen(campaign: Campaign, content: PlanContent, listed: JobList, taken: Taken) -> dict[str, Any]:
    """What stands above and in the table of lines."""
    lines = [
        {
            "line": line,
            "fate": taken.fates.get(line.number, ""),
            "problem": taken.problems.get(line.number, ""),
            "takes": _takes(line),
        }
        for line in listed.lines
    ]
    n_bad = len(listed.lines) - taken.n_taken
    return {
        "preview": listed,
        "taken": taken,
        "lines": lines,
        "n_bad_words": f"{n_bad} left out" if n_bad else "",
        "changed": changes(content, taken.content) if taken.n_taken else [],
        "to_record": to_record(campaign, taken.reported),
    }
