"""A campaign's numbers for pages, API and reports: the weekly table, totals, progress, and what is wrong.

Counts are summed, rates are made from summed counts, never averaged. Unknown is None, never 0. Every function makes a
constant number of queries, however many campaigns, workflows or jobs there are.
"""

from campaigns.summary.cards import CampaignCard, campaign_cards
from campaigns.summary.notices import campaign_notices
from campaigns.summary.progress import Progress, ProgressPoint, progress
from campaigns.summary.totals import Totals, campaign_totals
from campaigns.summary.weekly import DEFAULT_SORT, SORTS, WeeklyRow, WeeklyRows, WeeklyTable, weekly_table

__all__ = [
    "DEFAULT_SORT",
    "SORTS",
    "CampaignCard",
    "Progress",
    "ProgressPoint",
    "Totals",
    "WeeklyRow",
    "WeeklyRows",
    "WeeklyTable",
    "campaign_cards",
    "campaign_notices",
    "campaign_totals",
    "progress",
    "weekly_table",
]
