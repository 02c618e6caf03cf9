"""A log as an Atom feed, with the filters of its page: what was written last comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from campaigns.log.reading import narrowed, with_all
from campaigns.log.watching import line_of
from campaigns.models import Campaign, LogEntry
from campaigns.views.log_filters import Asked, asked_of
from campaigns.views.log_shown import Shown, shown
from campaigns.views.steps import campaign_of

ENTRIES = 50
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


if TYPE_CHECKING:
    FeedOfLog = Feed["Shown", "Wanted"]  # Django's own class takes no parameters when it runs
else:
    FeedOfLog = Feed


@dataclass(frozen=True)
class Wanted:
    """What a feed is of."""

    campaign: Campaign
    asked: Asked


class LogFeed(FeedOfLog):
    """`/campaigns/<slug>/log/feed/?kind=incident`. Replies are items of their own."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, slug: str) -> Wanted:
        return Wanted(campaign_of(request, slug), asked_of(request))

    def title(self, wanted: Wanted) -> str:
        return f"Log of {wanted.campaign}"

    def subtitle(self, wanted: Wanted) -> str:
        return wanted.campaign.purpose

    def link(self, wanted: Wanted) -> str:
        return reverse("campaigns:campaign-log", args=[wanted.campaign.slug])

    def feed_guid(self, wanted: Wanted) -> str:
        return f"tag:portal,{wanted.campaign.created_at:%Y-%m-%d}:log/{wanted.campaign.pk}"

    def items(self, wanted: Wanted) -> list[Shown]:
        entries = LogEntry.objects.filter(campaign=wanted.campaign)
        found = (narrowed(entries, wanted.asked.filters) if wanted.asked.narrows else entries).order_by("-number")
        return shown(list(with_all(found, replies=False)[:ENTRIES]))

    def item_title(self, item: Shown) -> str:
        return _fit_for_xml(line_of(item.entry))

    def item_description(self, item: Shown) -> str:
        struck = f"<p>Struck through: {item.entry.struck_because}</p>" if item.entry.is_struck else ""
        return _fit_for_xml(struck + item.html + "".join(addition.html for addition in item.additions))

    def item_link(self, item: Shown) -> str:
        return item.entry.get_absolute_url()

    def item_guid(self, item: Shown) -> str:
        entry = item.entry
        return f"tag:portal,{entry.written_at:%Y-%m-%d}:log/{entry.campaign_id}/{entry.number}"

    def item_author_name(self, item: Shown) -> str:
        return item.entry.author.username if item.entry.author else "the portal"

    def item_pubdate(self, item: Shown) -> datetime:
        return item.entry.written_at

    def item_updateddate(self, item: Shown) -> datetime:
        versions = item.entry.versions.all()
        return max((version.at for version in versions), default=item.entry.written_at)

    def item_categories(self, item: Shown) -> list[str]:
        return [item.entry.kind, *item.entry.tags]


@require_safe
def log_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest fifty entries and replies, with the filters of the address."""
    return LogFeed()(request, slug=slug)


def _fit_for_xml(text: str) -> str:
    return NOT_IN_XML.sub("", text)
