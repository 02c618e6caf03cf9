"""Search over the logs of all campaigns."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.log.content import words_of
from campaigns.log.reading import everywhere
from campaigns.log.words import in_words
from campaigns.models import EntryKind
from campaigns.views.log import number_of
from campaigns.views.log_filters import asked_of
from campaigns.views.log_marking import excerpt

HITS_PER_PAGE = 25
LAST_PAGE = 40  # whoever needs more than a thousand hits needs another word


@require_safe
def log_search(request: HttpRequest) -> HttpResponse:
    """Entries with all the words `q`, what was written last first; `kind` and the other filters of a log work here as well."""
    asked = asked_of(request)
    page = max(1, min(number_of(request.GET.get("page")) or 1, LAST_PAGE))
    first = (page - 1) * HITS_PER_PAGE
    words = words_of(asked.filters.words)
    searched = bool(words or asked.filters.references or asked.filters.tags or asked.filters.author)
    listed = []
    if searched:
        entries = everywhere(request.user, asked.filters)
        entries = entries.select_related("campaign", "author", "parent", "parent__campaign").defer("search_text")
        listed = list(entries[first : first + HITS_PER_PAGE + 1])
    hits = [(entry, excerpt(in_words(entry.body), words)) for entry in listed[:HITS_PER_PAGE]]
    context = {
        "asked": asked,
        "searched": searched,
        "hits": hits,
        "first": first + 1,
        "last": first + len(hits),
        "page": page,
        "previous": page - 1,
        "next": page + 1,
        "more": len(listed) > HITS_PER_PAGE and page < LAST_PAGE,
        "kinds": EntryKind.choices,
    }
    return render(request, "log/search.html", context)
