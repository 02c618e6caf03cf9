"""A campaign's page as text for a wiki, and its short address, which no renaming changes."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from campaigns.summary import weekly_table
from campaigns.views.campaign_overview import overview_of
from campaigns.views.columns import address
from campaigns.wiki import page_of
from campaigns.wiki_text import as_markdown, as_mediawiki

WRITERS = {"markdown": ("Markdown", as_markdown), "mediawiki": ("MediaWiki", as_mediawiki)}


@require_safe
def campaign_short(request: HttpRequest, pk: int) -> HttpResponse:
    """To the campaign, by whatever name it has now."""
    return redirect(get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk))


@require_safe
def campaign_wiki(request: HttpRequest, slug: str) -> HttpResponse:
    """The text to copy; `?as=mediawiki` for the other kind of wiki."""
    campaign = _campaign(request, slug)
    kind = "mediawiki" if request.GET.get("as") == "mediawiki" else "markdown"
    return render(
        request,
        "campaigns/campaign_wiki.html",
        {
            "campaign": campaign,
            "current": "campaign-wiki",
            "chips": [(label, address(request, **{"as": name}), name == kind) for name, (label, _write) in WRITERS.items()],
            "label": WRITERS[kind][0],
            "download": f"campaigns:campaign-{kind}",
            "text": _text(request, campaign, kind),
            "short": f"{settings.SITE_URL.rstrip('/')}/c/{campaign.pk}/",
        },
    )


@require_safe
def campaign_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    return _download(request, slug, "markdown", "md", "text/markdown")


@require_safe
def campaign_mediawiki(request: HttpRequest, slug: str) -> HttpResponse:
    return _download(request, slug, "mediawiki", "mediawiki", "text/plain")


def _download(request: HttpRequest, slug: str, kind: str, ending: str, content_type: str) -> HttpResponse:
    campaign = _campaign(request, slug)
    response = HttpResponse(_text(request, campaign, kind), content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{campaign.slug}.{ending}"'
    return response


def _campaign(request: HttpRequest, slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.user), slug=slug)


def _text(request: HttpRequest, campaign: Campaign, kind: str) -> str:
    blocks = page_of(
        overview_of(campaign, request.user),
        weekly_table(campaign),
        site=settings.SITE_URL.rstrip("/"),
        now=timezone.now(),
    )
    return WRITERS[kind][1](blocks)
