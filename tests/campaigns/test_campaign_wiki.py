"""The text for a wiki: the same facts as the page, and whatever people typed stays words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from campaigns import campaign_services as services
from campaigns.services import comment_on_workflow
from campaigns.wiki_text import Block, Code, Facts, Heading, Items, Link, Paragraph, Table, as_markdown, as_mediawiki
from portal.roles import Role
from tests.campaigns.serving import accepted
from tests.factories import NOW, Jobs, make_campaign, make_service, make_tally, make_workflow
from tests.requests.filing import cost

pytestmark = pytest.mark.time_machine(NOW, tick=False)

NASTY = [
    "a | b", "*bold* _it_ ~~s~~", "# no heading", "1. no list", "- no item", "<script>alert(1)</script>", "`code`",
    "[link](javascript:alert(1))", "![x](https://evil.example/x.png)", "'''bold'''", "{{template}}", "[[File:x.png]]",
    "{| table", "|-", "</nowiki><b>", "== head ==", "&lt;b&gt;", "~~~~", "a\n\n# b\n* c", "__TOC__", "\\", "trailing\\",
    "ISBN 978-3-16-148410-0", "``", "`", "|", "a``b`", "> quote", "+ item", "http", "café ≥ 3", "$x$", "1) one", "=====",
]  # fmt: skip


def cells_of(markdown: str) -> list[list[str]]:
    """The texts of the cells of the first table, as a Markdown parser reads them."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append("".join(part.content for part in token.children or []))
    return rows


@pytest.fixture
def campaign(db, coordinator, requester, shifter):
    make_service()
    campaign = make_campaign("pdhd-reco-2026b", 402)
    services.change_settings(
        campaign,
        {
            "purpose": "Reconstruction | for *all*",
            "detector_name": "ProtoDUNE-HD",
            "kind": "reconstruction",
            "jobscript_reference": "DUNE/prod/reco_*.jobscript:v1",
            "links": [{"label": "DocDB [1]", "url": "https://docs.example/?id=1(2)"}],
        },
        actor=coordinator,
    )
    services.appoint(campaign, shifter, actor=coordinator)
    accepted(requester, coordinator, campaign)
    workflow = make_workflow(12345, state="finished", files=(9700, 10000))
    make_tally(workflow, [Jobs("CERN", "finished", 9800), Jobs("CERN", "script-error", 200, code=1)])
    comment_on_workflow(campaign, workflow, "a | b, see https://site.example/x_y_z.", actor=coordinator)
    return campaign


def markdown(client):
    answer = client.get("/campaigns/pdhd-reco-2026b/page.md")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pdhd-reco-2026b.md"'
    return answer.content.decode()


@pytest.mark.django_db
def test_markdown_holds_the_campaign_its_request_and_the_tutorials_row(client, campaign):
    text = markdown(client)
    assert text.startswith("# pdhd-reco-2026b\n\nReconstruction \\| for \\*all\\*\n")
    assert "- **On shift:** shifter1 (from 2026-11-23)" in text
    assert "- **Jobscript:** `DUNE/prod/reco_*.jobscript:v1`" in text
    assert "[DocDB \\[1\\]](https://docs.example/?id=1%282%29)" in text
    assert "[402](https://" in text
    assert "Beam reconstruction, autumn runs" in text
    assert "- **1 Code version:** `dunesw v10_12_01d00` from DUNE/dunesw" in text
    assert "| `*reco.root` | 100,000 | 1.0 GB | 100 TB |" in text
    assert "40,000 CPU hours" in text
    assert "| 1 | Dataset | `vd-protodune:vd-beam-physics` | 62,104 | 1,863,120 |" in text
    assert "All samples: 3,000,000 events." in text
    row = next(line for line in text.splitlines() if "12345" in line)
    assert "| finished | 10,000 | 9,800 | 98.0 | 9,800 | 9,700 | 10,000 | a \\| b, see <https://site.example/x_y_z>. |" in row
    assert f"/c/{campaign.pk}/" in text


@pytest.mark.django_db
def test_mediawiki_holds_the_same(client, campaign):
    answer = client.get("/campaigns/pdhd-reco-2026b/page.mediawiki")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith("= pdhd-reco-2026b =\n\n<nowiki>Reconstruction | for *all*</nowiki>\n")
    assert "[https://docs.example/?id=1%282%29 <nowiki>DocDB [1]</nowiki>]" in text
    assert '| style="text-align:right" | 10,000\n| style="text-align:right" | 9,800\n| style="text-align:right" | 98.0' in text
    assert "| <code><nowiki>vd-protodune:vd-beam-physics</nowiki></code>" in text
    assert "<nowiki>a | b, see</nowiki> https://site.example/x_y_z." in text
    assert text.count("{|") == text.count("|}") == 4


@pytest.mark.django_db
def test_the_page_shows_the_text_with_a_way_to_copy_and_take_it(client, campaign):
    html = client.get("/campaigns/pdhd-reco-2026b/wiki/").content.decode()
    assert "# pdhd-reco-2026b" in html
    assert "data-copy-text" in html
    assert 'href="/campaigns/pdhd-reco-2026b/page.md"' in html
    html = client.get("/campaigns/pdhd-reco-2026b/wiki/?as=mediawiki").content.decode()
    assert "= pdhd-reco-2026b =" in html
    assert 'href="/campaigns/pdhd-reco-2026b/page.mediawiki"' in html


@pytest.mark.django_db
def test_a_campaign_with_nothing_said_has_a_text_too(client, db):
    make_service()
    make_campaign("bare")
    text = client.get("/campaigns/bare/page.md").content.decode()
    assert "- **Workflows:** 0" in text
    assert "unknown" not in text
    assert client.get("/campaigns/bare/page.mediawiki").status_code == 200


@pytest.mark.django_db
def test_it_costs_the_same_with_many_requests_and_workflows(client, campaign, coordinator, requester, make_user):
    costs = []
    for number in range(10):
        accepted(requester, coordinator, campaign, title=f"Request {number}")
        make_tally(make_workflow(20000 + number), [Jobs("CERN", "finished", 9)])
        services.appoint(campaign, make_user(f"on{number}", Role.SHIFTERS), actor=coordinator)
        if number in (1, 9):
            costs.append(cost(client, "/campaigns/pdhd-reco-2026b/wiki/"))
    assert costs[0] == costs[1] <= 25


@pytest.mark.parametrize("typed", NASTY)
def test_what_was_typed_stays_words_in_a_markdown_table(typed):
    text = as_markdown([Table(["a", "b"], [[typed, "end"], [Code(typed), "end"]])])
    words = " ".join(typed.split())
    assert cells_of(text)[1:] == [[words, "end"], [words, "end"]]


@pytest.mark.parametrize("typed", NASTY)
def test_what_was_typed_makes_no_markup_in_markdown(typed):
    blocks: list[Block] = [Heading(2, typed), Paragraph(typed), Facts([(typed, typed)]), Items([typed]), Paragraph("end")]
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(as_markdown(blocks))
    kinds = [token.type for token in tokens if token.type.endswith("_open")]
    assert kinds.count("heading_open") == 1
    assert kinds.count("list_item_open") == 2
    inner = {part.type for token in tokens for part in token.children or []}
    assert inner <= {"text", "text_special", "strong_open", "strong_close", "softbreak", "link_open", "link_close"}


@pytest.mark.parametrize("typed", NASTY)
def test_what_was_typed_makes_no_markup_in_mediawiki(typed):
    text = as_mediawiki([Paragraph(typed), Table(["a"], [[typed]]), Items([Link(typed, "https://a.example/ x|]")])])
    outside = re.sub(r"<nowiki>.*?</nowiki>", "", text, flags=re.DOTALL)
    assert not re.search(r"\[\[|\{\{|'''|<(?!nowiki)|__|~~~|^==|^\|-\S", outside, flags=re.MULTILINE)
    assert outside.count("{|") == outside.count("|}") == 1
    assert "[https://a.example/%20x%7C%5D " in text


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_keeps_its_cell(typed):
    typed = "".join(c for c in typed if c.isprintable())
    text = as_markdown([Table(["a", "b"], [[typed, "end"]])])
    if "http" not in typed:
        assert cells_of(text)[1] == [" ".join(typed.split()), "end"]
